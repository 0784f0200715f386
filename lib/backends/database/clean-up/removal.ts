import type { Database, Run } from '../connections/database.js';
import type { Cull } from '../statements/table-queries.js';

/** Carries a bounded removal out; returns how many rows went. */
export async function remove(cull: Cull, run: Run, transaction: Database['transaction']): Promise<number> {
  if (cull.isOneStatement) return run(cull.query);
  return transaction(async (runWithin) => {
    const ids = await runWithin(cull.find);
    return ids.length === 0 ? 0 : runWithin(cull.remove(ids));
  });
}

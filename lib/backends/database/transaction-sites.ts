import { CacheTransactionError } from '../../core/errors.js';
import { CallerTransaction, runnerOf } from './connections/caller-transaction.js';
import { dialectNameOf } from './connections/data-source.js';
import type { TableSite, TableSites } from './row-store.js';
import type { Site } from './routing/site.js';
import type { Query } from './statements/statement.js';
import type { TableQueries } from './statements/table-queries.js';

/** The cache table as a transaction of the application sees it: read and written there alone. */
export function transactionSites(
  transaction: unknown,
  site: Site,
  { owner, outer, prepares }: { owner: string; outer: TableSites<TableSite>; prepares: boolean },
): TableSites<TableSite> {
  const { opened } = site;
  if (!opened)
    throw new CacheTransactionError(`${owner}: withinTransaction() before the database was ever reached.`);
  const { dataSource, queries } = opened;
  const runner = runnerOf(transaction, dataSource, owner);
  const connection = new CallerTransaction(runner, dataSource, dialectNameOf(dataSource, owner), prepares);
  const within: TableSite = {
    run: (make: (queries: TableQueries) => Query<never>) => connection.run(make(queries)),
    runIfAny: async (make) => {
      const query = make(queries);
      if (query) await connection.run(query);
    },
    longestStatement: site.longestStatement,
  };
  return {
    forRead: () => within,
    forWrite: () => within,
    wrote: (key) => outer.wrote(key),
    wroteAll: () => outer.wroteAll(),
    remembersWrites: outer.remembersWrites,
  };
}

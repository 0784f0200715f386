import type { QueryRunnerLike } from './data-source.js';

/** Gives a connection back to its pool. */
export function release(runner: QueryRunnerLike): void {
  // A runner whose connection broke has been released by TypeORM.
  if (!runner.isReleased) runner.release().catch(() => undefined);
}

import type { Answer } from '../../../core/answer.js';
import type { Query } from '../statements/statement.js';

/** Runs one statement, and says what it means. */
export type Run = <T>(query: Query<T>) => Answer<T>;

/** A database as a cache uses it: statements in, answers out, on connections that are none of the application's transactions. */
export interface Database {
  /** Prepares what statements need; repeated until it has succeeded once. Statements wait for it. */
  open(): Promise<void>;
  run<T>(query: Query<T>): Answer<T>;
  /** Finds out whether the database answers, whatever else is under way; the one before is not waited for any more. */
  probe(query: Query<unknown>): Promise<void>;
  /** Runs several statements in a transaction of their own. */
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /**
   * Sends everybody away, and ends the connections on which something is under way: the server may be carrying it out still, or will later.
   *
   * @returns what the server calls these connections
   */
  giveUp(): number[];
  close(): Promise<void>;
}

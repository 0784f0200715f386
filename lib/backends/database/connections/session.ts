import type { Answer } from '../../../core/answer.js';
import type { Outcome, Statement } from '../statements/statement.js';

/** One connection to a database, as the package of the database has it. */
export interface Session {
  /** Rejects with the error of the package. */
  run(statement: Statement, values: readonly unknown[]): Answer<Outcome>;
  /** What the server calls this connection; undefined where there is no server. */
  readonly serverId: number | undefined;
  /** Ends the connection from this side, whatever it is doing. */
  destroy(): void;
}

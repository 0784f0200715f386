import type { Outcome, Row, Statement } from '../statements/statement.js';
import type { Session } from './session.js';

/** The head of an answer without rows. */
interface MysqlHeader {
  readonly affectedRows: number | string;
  readonly insertId: number | string;
}

type MysqlCallback = (error: Error | null, answer: MysqlHeader | readonly object[]) => void;

interface MysqlCommand {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly rowsAsArray: true;
  /** The package's own reading of values, whatever the application has told the connection. */
  readonly typeCast: true;
}

/** What is used of a connection of the package `mysql2`, or of the older `mysql`, which prepares nothing. */
export interface MysqlConnection {
  readonly threadId?: number | null;
  query(command: MysqlCommand, callback: MysqlCallback): void;
  execute?(command: MysqlCommand, callback: MysqlCallback): void;
  destroy(): void;
}

/** A connection of the package `mysql2`. */
export class MysqlSession implements Session {
  /** What waits for an answer: `destroy` of the package leaves it waiting. */
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(
    private readonly connection: MysqlConnection,
    private readonly prepares: boolean,
  ) {}

  get serverId(): number | undefined {
    return this.connection.threadId ?? undefined;
  }

  run({ name, text }: Statement, values: readonly unknown[]): Promise<Outcome> {
    const { connection } = this;
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const command = { sql: text, values, rowsAsArray: true, typeCast: true } as const;
      const callback: MysqlCallback = (error, answer) => {
        this.#waiting.delete(reject);
        if (error) reject(error);
        else resolve(outcomeOf(answer));
      };
      if (name !== undefined && this.prepares && connection.execute) connection.execute(command, callback);
      else connection.query(command, callback);
    });
  }

  destroy(): void {
    this.connection.destroy();
    for (const reject of this.#waiting) reject(new Error('the connection was given up'));
    this.#waiting.clear();
  }
}

function outcomeOf(answer: MysqlHeader | readonly object[]): Outcome {
  if (Array.isArray(answer)) return { rows: answer.map(rowOf), changed: 0, mark: 0 };
  const { affectedRows, insertId } = answer as MysqlHeader;
  return { rows: [], changed: Number(affectedRows), mark: Number(insertId) };
}

function rowOf(row: object): Row {
  return Array.isArray(row) ? row : Object.values(row);
}

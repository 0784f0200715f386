import type { Outcome, Row, Statement } from '../statements/statement.js';
import type { Session } from './session.js';

interface SqliteStatement {
  readonly reader: boolean;
  raw(isRaw: true): SqliteStatement;
  all(...values: readonly unknown[]): Row[];
  run(...values: readonly unknown[]): { readonly changes: number };
}

/** What is used of a database of the package `better-sqlite3`. */
export interface SqliteDatabase {
  prepare(text: string): SqliteStatement;
}

/** A database file of the package `better-sqlite3`, which answers at once. */
export class SqliteSession implements Session {
  readonly serverId = undefined;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(private readonly database: SqliteDatabase) {}

  run({ name, text }: Statement, values: readonly unknown[]): Outcome {
    const prepared = name === undefined ? this.#prepare(text) : this.#remembered(text);
    if (prepared.reader) {
      const rows = prepared.all(...values);
      return { rows, changed: rows.length, mark: 0 };
    }
    return { rows: [], changed: prepared.run(...values).changes, mark: 0 };
  }

  destroy(): void {}

  #remembered(text: string): SqliteStatement {
    const known = this.#prepared.get(text);
    if (known) return known;
    const prepared = this.#prepare(text);
    this.#prepared.set(text, prepared);
    return prepared;
  }

  #prepare(text: string): SqliteStatement {
    const prepared = this.database.prepare(text);
    return prepared.reader ? prepared.raw(true) : prepared;
  }
}

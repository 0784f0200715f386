import type { TableName } from '../table/table-name.js';
import type { TableQueries } from './table-queries.js';

export type DialectName = 'postgres' | 'mysql' | 'sqlite';

/** What the server says of itself, where the statements depend on it. */
export interface ServerFacts {
  /** Whether `FOR UPDATE SKIP LOCKED` is understood. */
  readonly skipsLocked: boolean;
}

/** How one family of databases is spoken to. */
export interface Dialect {
  readonly name: DialectName;
  /** Puts a name between the quotes of the dialect; any text is safe in them. */
  quote(name: string): string;
  queries(table: TableName, facts: ServerFacts): TableQueries;
}

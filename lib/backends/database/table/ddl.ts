import { createHash } from 'node:crypto';
import type { DialectName } from '../statements/dialect.js';
import type { TableName } from './table-name.js';

/** A column of the cache table. */
export interface CacheColumn {
  readonly name: string;
  readonly type: Readonly<Record<DialectName, string>>;
  readonly isNullable?: boolean;
}

/** The columns of the cache table, as `CacheEntry` has them: whoever changes one changes the other. */
export const CACHE_COLUMNS: readonly CacheColumn[] = [
  { name: 'id', type: inAll('varchar(32)') },
  { name: 'cache_key', type: inAll('varchar(255)') },
  { name: 'value', type: { postgres: 'bytea', mysql: 'longblob', sqlite: 'blob' } },
  { name: 'expires_at', type: inAll('bigint'), isNullable: true },
  { name: 'written_at', type: inAll('bigint') },
  { name: 'scope', type: inAll('varchar(16)') },
];

export function columnOf(name: string): CacheColumn {
  return CACHE_COLUMNS.find((column) => column.name === name)!;
}

/** The columns by whose order the clean-up finds what goes first. */
export const INDEXED_COLUMNS = ['expires_at', 'written_at'] as const;
export type IndexedColumn = (typeof INDEXED_COLUMNS)[number];

/** PostgreSQL cuts longer names off, MySQL and MariaDB refuse them. */
const LONGEST_NAME_BYTES = 63;
const HASH_DIGITS = 8;

/** Returns the statements that create a cache table that is not there, with its indexes, to be sent one by one in this order. */
export function createTableStatements(dialect: DialectName, table: TableName): string[] {
  if (dialect === 'mysql') return [createTableStatement(dialect, table)];
  return [
    createTableStatement(dialect, table),
    ...INDEXED_COLUMNS.map((column) => createIndexStatement(dialect, table, column)),
  ];
}

/** Returns the statement that creates the table: on MySQL and MariaDB with its indexes, elsewhere without. */
export function createTableStatement(dialect: DialectName, table: TableName): string {
  const lines = CACHE_COLUMNS.map((column) => columnDefinition(dialect, column));
  lines.push(`PRIMARY KEY (${quoteName(dialect, 'id')})`);
  if (dialect === 'mysql') {
    for (const column of INDEXED_COLUMNS) {
      lines.push(`KEY ${quoteName(dialect, indexName(table.table, column))} (${quoteName(dialect, column)})`);
    }
  }
  const engine = dialect === 'mysql' ? ' ENGINE=InnoDB' : '';
  return `CREATE TABLE ${quoteTable(dialect, table)} (\n  ${lines.join(',\n  ')}\n)${engine}`;
}

/** Returns the statement that adds an index to a table that has none on this column. */
export function createIndexStatement(dialect: DialectName, table: TableName, column: IndexedColumn): string {
  const name = indexName(table.table, column);
  // In SQLite the schema is named with the index, elsewhere with the table.
  const [index, on] =
    dialect === 'sqlite'
      ? [quoteTable(dialect, { schema: table.schema, table: name }), quoteName(dialect, table.table)]
      : [quoteName(dialect, name), quoteTable(dialect, table)];
  return `CREATE INDEX ${index} ON ${on} (${quoteName(dialect, column)})`;
}

/** Returns the statement that drops the table, with its indexes, if it is there. */
export function dropTableStatement(dialect: DialectName, table: TableName): string {
  return `DROP TABLE IF EXISTS ${quoteTable(dialect, table)}`;
}

/** Names the index of a column after its table, since all indexes of a schema share one set of names. */
export function indexName(table: string, column: IndexedColumn): string {
  const name = `${table}_${column}`;
  if (Buffer.byteLength(name) <= LONGEST_NAME_BYTES) return name;
  const ending = `_${createHash('sha256').update(table).digest('hex').slice(0, HASH_DIGITS)}_${column}`;
  return cutTo(table, LONGEST_NAME_BYTES - ending.length) + ending;
}

/** Puts a name between the quotes of the dialect; any text is safe in them. */
export function quoteName(dialect: DialectName, name: string): string {
  const quote = dialect === 'mysql' ? '`' : '"';
  return quote + name.replaceAll(quote, quote + quote) + quote;
}

export function quoteTable(dialect: DialectName, { schema, table }: TableName): string {
  const quoted = quoteName(dialect, table);
  return schema === undefined ? quoted : `${quoteName(dialect, schema)}.${quoted}`;
}

function columnDefinition(dialect: DialectName, { name, type, isNullable }: CacheColumn): string {
  return `${quoteName(dialect, name)} ${type[dialect]}${isNullable ? '' : ' NOT NULL'}`;
}

/** Cuts text to a number of bytes, between two characters. */
function cutTo(text: string, bytes: number): string {
  let cut = '';
  for (const character of text) {
    if (Buffer.byteLength(cut + character) > bytes) break;
    cut += character;
  }
  return cut;
}

function inAll(type: string): Readonly<Record<DialectName, string>> {
  return { postgres: type, mysql: type, sqlite: type };
}

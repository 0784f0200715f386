import { CacheBackendError, CacheConfigurationError } from '../../../core/errors.js';
import { messageOf } from '../../../core/show.js';
import type { DataSourceLike } from '../connections/data-source.js';
import type { DialectName } from '../statements/dialect.js';
import { canHold } from './column-types.js';
import {
  CACHE_COLUMNS,
  createIndexStatement,
  createTableStatement,
  dropTableStatement,
  INDEXED_COLUMNS,
  indexName,
} from './ddl.js';
import { findTable, type FoundColumn, type FoundTable } from './find-table.js';
import { type MigrationQueryRunner, type TableConnection, withTableConnection } from './table-connection.js';
import type { TableName } from './table-name.js';

export interface CreateCacheTableOptions {
  /** Finds out what is missing, and creates nothing. */
  readonly dryRun?: boolean;
}

/** What became of a cache table. */
export interface CacheTableReport {
  readonly table: string;
  /** The names of the table and the indexes that were created; in a dry run, of those that would be. */
  readonly created: readonly string[];
  /** The names of the table and the indexes that were there. */
  readonly existing: readonly string[];
  /** The statements that were sent; in a dry run, that would be. */
  readonly statements: readonly string[];
  /** What is there and works, but not as well as it could. */
  readonly warnings: readonly string[];
}

/** Something to create, by itself or with others. */
interface Step {
  readonly names: readonly string[];
  readonly statement: string;
  /** Whether a table has all of it. */
  isIn(table: FoundTable | undefined): boolean;
}

/**
 * Creates the table of a cache and its indexes, or what is missing of them. A table that is there and is no cache table stays as it is.
 *
 * @param at a data source, or the query runner of a migration
 * @param table `table` or `schema.table`
 * @throws {CacheConfigurationError} if there is another table of that name, or the database is none of those supported
 * @throws {CacheBackendError} if the database refuses
 * @example
 * ```ts
 * await createCacheTable(dataSource, 'my_cache_table');
 * ```
 * @publicApi
 */
export async function createCacheTable(
  at: DataSourceLike | MigrationQueryRunner,
  table?: string,
  { dryRun = false }: CreateCacheTableOptions = {},
): Promise<CacheTableReport> {
  return withTableConnection(at, table, async (connection) => {
    const found = await find(connection);
    const steps = stepsOf(connection, found);
    const missing = new Set(steps.flatMap(({ names }) => names));
    const existing = namesOf(connection.table).filter((name) => !missing.has(name));
    const created: string[] = [];
    for (const step of steps) {
      const isNew = dryRun || (await take(connection, step));
      (isNew ? created : existing).push(...step.names);
    }
    const statements = steps.map(({ statement }) => statement);
    return {
      table: connection.shown,
      created,
      existing,
      statements,
      warnings: warningsOf(connection, found),
    };
  });
}

/**
 * Drops the table of a cache, with all entries, if it is there.
 *
 * @param at a data source, or the query runner of a migration
 * @throws {CacheConfigurationError} if there is another table of that name
 * @publicApi
 */
export async function dropCacheTable(
  at: DataSourceLike | MigrationQueryRunner,
  table?: string,
): Promise<void> {
  await withTableConnection(at, table, async (connection) => {
    if (!(await find(connection))) return;
    try {
      await connection.query(dropTableStatement(connection.dialect, connection.table));
    } catch (error) {
      throw failure(connection, 'dropped', error);
    }
  });
}

/** Finds the table; it is ours, if it is there. */
async function find(connection: TableConnection): Promise<FoundTable | undefined> {
  let found: FoundTable | undefined;
  try {
    found = await findTable(connection);
  } catch (error) {
    throw failure(connection, 'looked up', error);
  }
  if (found) assertCacheTable(found, connection);
  return found;
}

function assertCacheTable(found: FoundTable, { dialect, shown }: TableConnection): void {
  const lack = lackOf(found, dialect);
  if (lack === undefined) return;
  throw new CacheConfigurationError(
    `The table "${shown}" is there, but it is no cache table: it has ${lack}. Nothing was changed; choose another name.`,
  );
}

/** What a cache table would have; undefined if there is all of it. */
function lackOf({ columns, unique }: FoundTable, dialect: DialectName): string | undefined {
  const missing = CACHE_COLUMNS.filter(({ name }) => !columns.has(name));
  if (missing.length > 0) return `no column ${missing.map(({ name }) => `"${name}"`).join(', ')}`;
  for (const column of CACHE_COLUMNS) {
    const found = columns.get(column.name)!;
    if (!canHold(found, column, dialect))
      return `"${column.name}" as ${shownType(found)}, not ${column.type[dialect]}`;
    if (column.isNullable && !found.takesNull) return `"${column.name}", which must not be null`;
  }
  const ours = new Set(CACHE_COLUMNS.map(({ name }) => name));
  const foreign = [...columns].find(([name, { isOptional }]) => !ours.has(name) && !isOptional);
  if (foreign) return `a column "${foreign[0]}" that must be given a value`;
  return unique.has('id') ? undefined : 'no primary key "id"';
}

function shownType({ length, type }: FoundColumn): string {
  return length === null ? type : `${type}(${length})`;
}

/** The names of a cache table and its indexes. */
function namesOf({ table }: TableName): string[] {
  return [table, ...INDEXED_COLUMNS.map((column) => indexName(table, column))];
}

function stepsOf({ dialect, table }: TableConnection, found: FoundTable | undefined): Step[] {
  const indexes = INDEXED_COLUMNS.map((column) => ({
    names: [indexName(table.table, column)],
    statement: createIndexStatement(dialect, table, column),
    isIn: (now: FoundTable | undefined) => now?.indexed.has(column) ?? false,
  }));
  const hasIndexesWithin = dialect === 'mysql';
  const whole = {
    names: [table.table, ...(hasIndexesWithin ? indexes.flatMap(({ names }) => names) : [])],
    statement: createTableStatement(dialect, table),
    isIn: (now: FoundTable | undefined) => now !== undefined,
  };
  const steps = hasIndexesWithin && !found ? [whole] : [whole, ...indexes];
  return steps.filter((step) => !step.isIn(found));
}

/** Tells whether it was this statement that created it, rather than another process meanwhile. */
async function take(connection: TableConnection, step: Step): Promise<boolean> {
  try {
    await connection.query(step.statement);
    return true;
  } catch (error) {
    const refusal = failure(connection, 'created', error);
    const now = await find(connection).catch(() => {
      throw refusal;
    });
    if (step.isIn(now)) return false;
    throw refusal;
  }
}

function warningsOf({ dialect, shown }: TableConnection, found: FoundTable | undefined): string[] {
  const type = found?.columns.get('value')?.type.toLowerCase();
  if (dialect !== 'mysql' || type === undefined || type === 'longblob') return [];
  return [`The column "value" of the table "${shown}" is ${type}, not longblob: it takes no large values.`];
}

function failure({ shown }: TableConnection, what: string, cause: unknown): CacheBackendError {
  return new CacheBackendError(
    `The cache table "${shown}" could not be ${what}: ${oneLine(messageOf(cause))}`,
    { cause },
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

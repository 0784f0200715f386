import { CacheConfigurationError } from '../../../core/errors.js';
import {
  type DataSourceLike,
  dialectNameOf,
  isDataSource,
  type QueryRunnerLike,
} from '../connections/data-source.js';
import type { DialectName } from '../statements/dialect.js';
import { placeTable } from './placed-table.js';
import { DEFAULT_TABLE, parseTableName, showTableName, type TableName } from './table-name.js';

/** A query runner of TypeORM as migrations get it: `connection` in 0.3, `dataSource` in 1. */
export interface MigrationQueryRunner extends QueryRunnerLike {
  readonly dataSource?: object;
  readonly connection?: object;
}

/** A connection over which a cache table is created or dropped. */
export interface TableConnection {
  readonly dialect: DialectName;
  readonly table: TableName;
  /** The table, for people. */
  readonly shown: string;
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** Works over the query runner, or over one of the data source, which goes back into the pool. */
export async function withTableConnection<T>(
  at: DataSourceLike | MigrationQueryRunner,
  table: string = DEFAULT_TABLE,
  work: (connection: TableConnection) => Promise<T>,
): Promise<T> {
  const name = parseTableName(table, 'Cache table');
  if (!isDataSource(at)) return work(connectionOf(at, dataSourceOf(at), name));
  if (!at.isInitialized) {
    throw new CacheConfigurationError(
      `Cache table "${table}": the data source is not initialized. Call initialize() first.`,
    );
  }
  const runner = at.createQueryRunner('master');
  try {
    return await work(connectionOf(runner, at, name));
  } finally {
    await runner.release();
  }
}

function dataSourceOf({ connection, dataSource }: MigrationQueryRunner): DataSourceLike {
  const found = dataSource ?? connection;
  if (isDataSource(found)) return found;
  throw new CacheConfigurationError('A cache table needs a DataSource or a QueryRunner of TypeORM.');
}

function connectionOf(runner: QueryRunnerLike, dataSource: DataSourceLike, name: TableName): TableConnection {
  const table = placeTable(name, dataSource);
  const shown = showTableName(table);
  return {
    dialect: dialectNameOf(dataSource, `Cache table "${shown}"`),
    table,
    shown,
    query: (text, values) => runner.query(text, values),
  };
}

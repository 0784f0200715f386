import {
  type DataSourceLike,
  dialectNameOf,
  isDataSource,
} from '../backends/database/connections/data-source.js';
import { type CacheRouterHints, type DataSourceName } from '../backends/database/routing/cache-router.js';
import { DEFAULT_DATA_SOURCE } from '../backends/database/routing/cache-router.service.js';
import { dataSourcesOf, showName } from '../backends/database/routing/data-sources.js';
import type { CacheTable } from '../backends/database/table/cache-table.service.js';
import { DEFAULT_TABLE, parseTableName } from '../backends/database/table/table-name.js';
import { cacheTablesIn } from '../application/cache-tables.js';
import { resolveCache } from '../cache/cache-configuration.js';
import { CommandError } from './command.js';
import type { DataSourceFile } from './data-source-file.js';

/** A table that shall be there. */
export interface CacheTableTarget {
  readonly table: string;
  readonly dataSource: DataSourceLike;
  /** The data source in a sentence: `data source "default"`. */
  readonly shown: string;
  /** False: a router does not want the table there. */
  readonly isAllowed: boolean;
}

export interface Wanted {
  /** None: those of the caches that the file exports. */
  readonly tables: readonly string[];
  /** The data source; undefined leaves the choice to caches and routers. */
  readonly database: string | undefined;
}

/** A table, the cache that it is for, and the data source that this cache names. */
type TableOfCache = Pick<CacheTable, 'table' | 'dataSource'> & Pick<CacheRouterHints, 'alias'>;

/** Finds out which tables shall be where. Nothing is connected yet. */
export async function cacheTableTargets(file: DataSourceFile, wanted: Wanted): Promise<CacheTableTarget[]> {
  const targets: CacheTableTarget[] = [];
  for (const table of tablesOf(file, wanted.tables)) {
    const target = await targetOf(file, table, wanted.database);
    const isKnown = targets.some(
      (other) => other.table === target.table && other.dataSource === target.dataSource,
    );
    if (!isKnown) targets.push(target);
  }
  return targets;
}

function tablesOf({ caches }: DataSourceFile, named: readonly string[]): TableOfCache[] {
  if (named.length === 0 && caches) {
    for (const [alias, configuration] of Object.entries(caches)) resolveCache(alias, configuration);
    return cacheTablesIn(caches);
  }
  const tables = named.length === 0 ? [DEFAULT_TABLE] : named;
  for (const table of tables) parseTableName(table, 'createcachetable');
  return tables.map((table) => ({ alias: undefined, table }));
}

async function targetOf(
  { dataSources, routers }: DataSourceFile,
  { alias, dataSource: given, table }: TableOfCache,
  database: string | undefined,
): Promise<CacheTableTarget> {
  const owner = alias === undefined ? 'createcachetable' : `Cache "${alias}"`;
  if (database === undefined && isDataSource(given)) {
    dialectNameOf(given, owner);
    return { table, dataSource: given, shown: `data source of "${alias}"`, isAllowed: true };
  }
  // Not before it is needed: the help shall be there without TypeORM.
  const { CacheEntry } = await import('../backends/database/table/cache-entry.entity.js');
  const known = dataSourcesOf(dataSources, routers);
  const { router } = known;
  const name: DataSourceName =
    database ?? (given as DataSourceName | undefined) ?? router.dbForWrite(CacheEntry, { alias, table });
  if (name === DEFAULT_DATA_SOURCE && !Object.hasOwn(dataSources, name)) {
    throw new CommandError(
      `${owner}: none of the data sources ${Object.keys(dataSources).join(', ')} is the default; choose one with --database.`,
    );
  }
  const dataSource = await known.find(name, owner);
  const isAllowed = router.allowMigrate(name, CacheEntry);
  return { table, dataSource, shown: `data source ${showName(name)}`, isAllowed };
}

import { UnknownCacheAliasError } from '../../../core/errors.js';
import { type DataSourceLike, isDataSource } from '../connections/data-source.js';
import type { DataSourceName } from '../routing/cache-router.js';
import { type DataSources, showName } from '../routing/data-sources.js';
import {
  type CacheTableReport,
  createCacheTable,
  type CreateCacheTableOptions,
} from './create-cache-table.js';

/** The table of a database cache. */
export interface CacheTable {
  readonly alias: string;
  /** `table` or `schema.table`. */
  readonly table: string;
  /** Where it is; undefined leaves the choice to the routers. */
  readonly dataSource?: DataSourceName | DataSourceLike;
}

export interface CreateCacheTablesOptions extends CreateCacheTableOptions {
  /** The cache whose table it is about; all by default. */
  readonly alias?: string;
}

/** What became of the table of a cache. */
export interface CacheTableOutcome extends CacheTableReport {
  readonly alias: string;
  /** The name of the data source; undefined if the alias holds the data source itself. */
  readonly dataSource: string | undefined;
  /** False: `allowMigrate` of a router does not allow the table there, and nothing was done. */
  readonly isAllowed: boolean;
}

/**
 * Creates the tables of the database caches.
 *
 * @publicApi
 */
export class CacheTableService {
  constructor(
    private readonly dataSources: DataSources,
    private readonly tables: readonly CacheTable[],
  ) {}

  /**
   * Creates what is missing of the cache tables, each in the data source where it is written.
   *
   * @throws {UnknownCacheAliasError} naming the aliases on a database
   * @throws {CacheConfigurationError} if a data source is not there, or has another table of that name
   * @throws {CacheBackendError} if the database refuses
   */
  async createCacheTable({ alias, dryRun }: CreateCacheTablesOptions = {}): Promise<CacheTableOutcome[]> {
    const outcomes: CacheTableOutcome[] = [];
    for (const table of this.#chosen(alias)) outcomes.push(await this.#create(table, { dryRun }));
    return outcomes;
  }

  #chosen(alias: string | undefined): readonly CacheTable[] {
    if (alias === undefined) return this.tables;
    const chosen = this.tables.filter((table) => table.alias === alias);
    if (chosen.length > 0) return chosen;
    throw new UnknownCacheAliasError(
      alias,
      this.tables.map((table) => table.alias),
    );
  }

  async #create(
    { alias, dataSource: given, table }: CacheTable,
    options: CreateCacheTableOptions,
  ): Promise<CacheTableOutcome> {
    if (isDataSource(given)) {
      const report = await createCacheTable(given, table, options);
      return { ...report, alias, dataSource: undefined, isAllowed: true };
    }
    const { router } = this.dataSources;
    const entity = await cacheEntry();
    const name = given ?? router.dbForWrite(entity, { alias, table });
    const found = await this.dataSources.find(name, `Cache "${alias}"`);
    const dataSource = typeof name === 'string' ? name : showName(name);
    if (!router.allowMigrate(name, entity)) {
      return {
        alias,
        dataSource,
        isAllowed: false,
        table,
        created: [],
        existing: [],
        statements: [],
        warnings: [],
      };
    }
    return { ...(await createCacheTable(found, table, options)), alias, dataSource, isAllowed: true };
  }
}

/** Loaded on first use, since TypeORM comes with it. */
async function cacheEntry(): Promise<typeof import('./cache-entry.entity.js').CacheEntry> {
  return (await import('./cache-entry.entity.js')).CacheEntry;
}

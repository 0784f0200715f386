import { CacheConfigurationError } from '../../../core/errors.js';
import { show } from '../../../core/show.js';
import { closestTo } from '../../../core/suggestion.js';
import { type DataSourceLike, dialectNameOf, isDataSource } from '../connections/data-source.js';
import { type CacheRouter, type DataSourceName, isRouter, ROUTER_METHODS } from './cache-router.js';
import { CacheRouterService } from './cache-router.service.js';

/** Finds a data source of the application by name or token, once it is ready; undefined if there is none. */
export type FindDataSource = (name: DataSourceName) => Promise<unknown>;

/** The data sources of an application, and the routers that choose among them. */
export class DataSources {
  constructor(
    private readonly findAny: FindDataSource,
    /** The names of those that can be listed, for errors. */
    private readonly names: () => readonly string[],
    readonly router = new CacheRouterService(),
  ) {}

  /**
   * @param owner who asks for it, to begin the error with
   * @throws {CacheConfigurationError} if there is none, or if no cache table can live in it
   */
  async find(name: DataSourceName, owner: string): Promise<DataSourceLike> {
    if (!['string', 'symbol', 'function'].includes(typeof name)) {
      throw new CacheConfigurationError(
        `${owner}: a data source is named by text or the token of a provider; got ${show(name)}. A router must answer at once.`,
      );
    }
    const found = await this.findAny(name);
    if (!isDataSource(found)) throw this.#unknown(name, found, owner);
    dialectNameOf(found, owner);
    return found;
  }

  #unknown(name: DataSourceName, found: unknown, owner: string): CacheConfigurationError {
    if (found !== undefined && found !== null) {
      return new CacheConfigurationError(
        `${owner}: ${showName(name)} is no data source of TypeORM; it is ${show(found)}.`,
      );
    }
    const known = this.names();
    const closest = typeof name === 'string' ? closestTo(name, known) : undefined;
    return new CacheConfigurationError(
      `${owner}: there is no data source ${showName(name)}.${closest === undefined ? '' : ` Did you mean "${closest}"?`} ` +
        (known.length === 0
          ? 'Give one as "dataSource", or import TypeOrmModule.forRoot(…).'
          : `Known data sources: ${known.join(', ')}.`),
    );
  }
}

/** Writes the name of a data source for people. */
export function showName(name: DataSourceName): string {
  if (typeof name === 'string') return JSON.stringify(name);
  return typeof name === 'symbol' ? String(name) : name.name;
}

/** Data sources given by name, or as they are. */
export function dataSourcesOf(
  given: Readonly<Record<string, unknown>> | DataSources = {},
  routers: readonly CacheRouter[] = [],
): DataSources {
  if (given instanceof DataSources) return given;
  if (!Array.isArray(routers) || !routers.every(isRouter)) {
    throw new CacheConfigurationError(
      `routers must be an array of objects with at least one of the methods ${ROUTER_METHODS}; got ${show(routers)}.`,
    );
  }
  const find: FindDataSource = async (name) =>
    typeof name === 'string' && Object.hasOwn(given, name) ? given[name] : undefined;
  return new DataSources(find, () => Object.keys(given), new CacheRouterService(routers));
}

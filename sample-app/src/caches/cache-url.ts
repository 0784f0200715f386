import type { DataSourceOptions } from 'typeorm';
import type { CacheConfiguration } from 'nestjs-cache-framework';
import { StartUpError } from '../start/start-up-error.js';

/** What CACHE_URL says. */
export interface CachePlace {
  readonly caches: Record<'default' | 'pages', CacheConfiguration>;
  /** A database that is there for the caches alone. */
  readonly cacheDatabase: DataSourceOptions | undefined;
}

/** The name of the data source for that database. */
export const CACHE_DATA_SOURCE = 'cache';

type DatabaseType = 'postgres' | 'mysql' | 'mariadb';

const DATABASE_TYPES: ReadonlyMap<string, DatabaseType> = new Map([
  ['postgres', 'postgres'],
  ['postgresql', 'postgres'],
  ['mysql', 'mysql'],
  ['mariadb', 'mariadb'],
]);

/** A connection that is asked for while the server says nothing would otherwise be waited for much longer than the server is away. */
const CONNECT_TIMEOUT_MS = 1000;

/** @throws {StartUpError} for the URL of a database that lacks something; any other goes to the library as it is, which says what is wrong with it */
export function readCacheUrl(url: string): CachePlace {
  const [scheme = '', place = ''] = url.split(/:\/\/(.*)/s);
  const type = DATABASE_TYPES.get(scheme);
  if (type) {
    const [address = '', query = ''] = place.split(/\?(.*)/s);
    const inTable = `database://?${query}`;
    return {
      caches: bothCaches(inTable, { createTable: 'true', dataSource: CACHE_DATA_SOURCE }),
      cacheDatabase: databaseAt(`${scheme}://${address}`, type),
    };
  }
  const extra: Record<string, string> = scheme === 'database' ? { createTable: 'true' } : {};
  return { caches: bothCaches(url, extra), cacheDatabase: undefined };
}

function databaseAt(url: string, type: DatabaseType): DataSourceOptions {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const database = decodeURIComponent(parsed?.pathname.slice(1) ?? '');
  if (!parsed?.hostname || database === '')
    throw new StartUpError(
      `CACHE_URL must name a server and a database, such as ${type}://user@127.0.0.1/cache.`,
    );
  const common = {
    host: parsed.hostname,
    ...(parsed.port && { port: Number(parsed.port) }),
    ...(parsed.username && { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password && { password: decodeURIComponent(parsed.password) }),
    database,
  };
  return type === 'postgres'
    ? { type, ...common, connectTimeoutMS: CONNECT_TIMEOUT_MS }
    : { type, ...common, connectTimeout: CONNECT_TIMEOUT_MS };
}

/** Two caches on one store (a folder, a server, a table) are kept apart by the beginning of their keys. */
function bothCaches(url: string, extra: Record<string, string>): CachePlace['caches'] {
  return { default: withOptions(url, 'default', extra), pages: withOptions(url, 'pages', extra) };
}

function withOptions(url: string, alias: string, extra: Record<string, string>): string {
  // What is no URL goes to the library as it is, which says what is wrong with it.
  if (!url.includes('://')) return url;
  const [location = '', query = ''] = url.split(/\?(.*)/s);
  const options = new URLSearchParams(query);
  for (const [name, value] of Object.entries(extra)) if (!options.has(name)) options.set(name, value);
  const given = options.get('keyPrefix');
  options.set('keyPrefix', given ? `${given}-${alias}` : alias);
  return `${location}?${options.toString()}`;
}

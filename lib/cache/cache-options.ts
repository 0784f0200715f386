import type { ConnectionOptions } from 'node:tls';
import type { CacheBackendClass } from '../backends/cache-backend.js';
import type { DataSourceName } from '../backends/database/routing/cache-router.js';
import type { Seconds } from '../core/clock.js';
import type { KeyFunction } from '../core/key.js';

/** The options that every cache takes, whatever its backend. */
export interface CommonCacheOptions {
  /**
   * How long entries live by default: a number of seconds, or text with a unit (`'500ms'`, `'90s'`, `'15m'`, `'2h'`, `'7d'`).
   * `null`: for ever. `0` or less: nothing is kept.
   *
   * @default 300 seconds
   */
  timeout?: Seconds | string | null;
  /**
   * Begins every key, so that several applications can share a store.
   *
   * @default '' (none)
   */
  keyPrefix?: string;
  /**
   * The version of entries when a call gives none. Entries of another version are not seen.
   *
   * @default 1
   */
  version?: number;
  /**
   * Builds the final key from key, prefix and version. Different arguments must give different keys.
   *
   * @default joins `prefix:version:key`
   */
  keyFunction?: KeyFunction;
  /**
   * Compresses values that are encoded to more bytes than this (DEFLATE, off the event loop): a whole number of bytes, or text
   * such as `'10kb'`. `undefined`: never.
   *
   * @default undefined
   */
  compressAbove?: number | string;
}

/** The options that every cache takes whose store is outside the process. */
export interface RemoteCacheOptions extends CommonCacheOptions {
  /**
   * How long an operation may take, in milliseconds; 1 or more. What takes longer counts as failed, and a server that says nothing
   * for so long is not asked again before it has answered a probe. Time in which this process was busy does not count.
   *
   * @default 250
   */
  operationTimeoutMs?: number;
  /**
   * How many operations may wait for one server at once; a batch counts as one. One more fails at once.
   *
   * @default 100000
   */
  maxPendingOperations?: number;
  /**
   * What callers see of a store that fails. `'degrade'`: reads are misses, writes are dropped and counted. `'throw'`: they reject, and
   * `getOrSet` does too; pages are computed in any case. Removals that the store does not confirm always reject.
   *
   * @default 'degrade'
   */
  onError?: 'degrade' | 'throw';
}

/** The options of a cache in the memory of this process. */
export interface MemoryCacheOptions extends CommonCacheOptions {
  backend: 'memory';
  /**
   * A name. Caches with the same name share their entries; others do not.
   *
   * @default the alias
   */
  location?: string;
  /**
   * The most entries held at once. Expired ones go first, then those used longest ago.
   *
   * @default 10000
   */
  maxEntries?: number;
  /**
   * The most memory that the entries take, keys and bookkeeping included: a whole number of bytes, or text such as `'64mb'`.
   *
   * @default '64mb'
   */
  maxBytes?: number | string;
  /**
   * The share 1/n of the entries that is removed when `maxEntries` is reached. `0` empties the cache. `undefined`: one entry goes
   * for each that comes.
   *
   * @default undefined
   */
  cullFrequency?: number;
}

/** The options of a cache in files of a folder. */
export interface FileCacheOptions extends CommonCacheOptions {
  backend: 'file';
  /** The folder, created if it is missing (mode 0700). A relative path starts at the working directory. */
  location: string;
  /**
   * The most files held at once.
   *
   * @default 10000
   */
  maxEntries?: number;
  /**
   * The share 1/n of the entries that is removed when `maxEntries` is reached: expired ones first, then those written longest ago.
   * `0` empties the cache.
   *
   * @default 3
   */
  cullFrequency?: number;
}

/** The servers of a Redis: see the members. */
export type RedisLocationOption =
  | string
  /** A leader, which takes the writes, and its read replicas. What the others do not say (user, password, database, TLS) is as for the first. */
  | readonly (string | ServerAddressOption)[]
  /** Some servers of a cluster; they know the others. */
  | { readonly cluster: string | readonly (string | ServerAddressOption)[] }
  | { readonly sentinel: RedisSentinelOption }
  /** A client of the package `redis` that the application has made and connected: of one server, a pool, a cluster or sentinels. It is never closed here. */
  | RedisClientOption;

/** Where a server listens. */
export interface ServerAddressOption {
  readonly host: string;
  /** By default the usual one of the server: 6379, 11211. */
  readonly port?: number;
}

/** Sentinels, which know where the leader is. */
export interface RedisSentinelOption {
  /** The name under which the sentinels know the leader, such as `mymaster`. */
  readonly name: string;
  /** The sentinels: `'host:26379'` or `{ host, port }`. */
  readonly nodes: readonly (string | ServerAddressOption)[];
  /** For the leader. */
  readonly username?: string;
  readonly password?: string;
  /** @default 0 */
  readonly database?: number;
  /** For the sentinels, if they ask. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

/** What a client of the package `redis` looks like from here. */
export interface RedisClientOption {
  readonly isOpen: boolean;
  sendCommand(...args: never[]): Promise<unknown>;
  withCommandOptions(options: never): unknown;
}

/** The options of a cache on Redis 6.0 or newer, or what speaks like it. `undefined` stands for the default of each. */
export interface RedisCacheOptions extends RemoteCacheOptions {
  backend: 'redis';
  /**
   * The server: `redis://user:password@host:6379/1`, `rediss://…` with TLS, `unix:/path/to/socket?db=1`; several in a list or separated by `;`, the
   * leader first; or a cluster, sentinels, or a client of your own.
   */
  location: RedisLocationOption;
  /**
   * With read replicas: for how long, in milliseconds, this process reads from the leader what it has written, since a replica may not have
   * it yet. `0`: not at all.
   *
   * @default 1000
   */
  readYourWritesMs?: number;
  /**
   * The version of the protocol, RESP. `2` is for old servers and proxies.
   *
   * @default 3
   */
  protocol?: 2 | 3;
  /** Options of `node:tls` for the connection; giving them turns encryption on. Not in URLs: there the scheme `rediss` does. */
  tls?: ConnectionOptions;
  /** For servers whose URL names none. By default the user that the server calls `default`. */
  username?: string;
  /** For servers whose URL names none. Never shown. */
  password?: string;
  /**
   * How long an attempt to connect may take, TLS and greeting included, in milliseconds; 1 or more.
   *
   * @default 1000
   */
  connectTimeoutMs?: number;
}

/** The options of a cache on memcached, one server or several. */
export interface MemcachedCacheOptions extends RemoteCacheOptions {
  backend: 'memcached';
  /**
   * The servers: `'host:11211'`, `'host'`, `'host:11211:2'` with a weight, `'[::1]:11211'`, `'unix:/path/to/socket'`, several separated by `;` or `,`, or
   * a list. The order does not matter; the text of the addresses decides on which server a key lies.
   */
  location: string | MemcachedAddressOption | readonly (string | MemcachedAddressOption)[];
  /**
   * What speaks to the servers; the same in all processes that share entries. `'meta'` needs no package and memcached 1.6 or newer.
   * `'memcached'` and `'memjs'` are the packages of these names, without Unix sockets, TLS and numbers below zero; `'memjs'` has SASL.
   *
   * @default 'meta'
   */
  client?: 'meta' | 'memcached' | 'memjs';
  /** For SASL, with `client: 'memjs'` and `password`. */
  username?: string;
  /** For SASL, with `client: 'memjs'`. Never shown. */
  password?: string;
  /** Encryption, with `client: 'meta'`: `true`, or options of `tls.connect`. In a URL `tls=true`. `undefined` and `false`: none. */
  tls?: boolean | ConnectionOptions;
  /**
   * Sockets per server, with `client: 'meta'`; 1 or more. One is fastest, since all operations of a turn go out in one write; more keep large
   * values from holding up small ones.
   *
   * @default 1
   */
  connections?: number;
  /**
   * How `clear()` empties the cache. `'namespace'`: by a new stamp, in no time, and nobody else's entries are touched. `'flushAll'`: by emptying the
   * servers, for those that this cache has to itself.
   *
   * @default 'namespace'
   */
  clearStrategy?: 'namespace' | 'flushAll';
}

/** A memcached server, by host and port or by the path of its socket, and its share of the keys. */
export type MemcachedAddressOption = (ServerAddressOption | { readonly path: string }) & {
  /**
   * Its share of the keys, against the others' shares; a whole number, 1 or more.
   *
   * @default 1
   */
  readonly weight?: number;
};

/** What a data source of TypeORM looks like from here. */
export interface DataSourceOption {
  readonly isInitialized: boolean;
  readonly options: { readonly type: string };
  createQueryRunner(mode?: 'master' | 'slave'): unknown;
}

/** The options of a cache in a table of a database, through TypeORM 0.3.20 or newer. `undefined` stands for the default of each. */
export interface DatabaseCacheOptions extends RemoteCacheOptions {
  backend: 'database';
  /**
   * The table: `my_cache_table`, or `schema.my_cache_table`. A name with a dot inside stands between double quotes; anything else stands for itself.
   *
   * @default 'cache_entries', the table of `CacheEntry`
   */
  location?: string;
  /**
   * The data source: its name in `TypeOrmModule`, the token of its provider, or a data source of your own, which is initialized if it is not yet. Routers are not
   * asked then. PostgreSQL, MySQL, MariaDB and SQLite (`better-sqlite3`, `sqljs`).
   *
   * @default what the routers say, or the data source `default`
   */
  dataSource?: DataSourceName | DataSourceOption;
  /**
   * The most rows in the table, whichever cache wrote them, held to within 10 %. Expired ones go first, then those written longest ago.
   *
   * @default 100000
   */
  maxEntries?: number;
  /** The most bytes of all values in the table, held to within 10 %: a whole number, or text such as `'512mb'`. `undefined`: no limit. */
  maxBytes?: number | string;
  /** Rows written longer ago than this many seconds (or text such as `'7d'`) are removed, whatever their timeout. `undefined` and `null`: none. */
  maxAge?: Seconds | string | null;
  /**
   * The share 1/n of the rows that is removed when a limit is reached. `0` empties the table. `undefined`: what is over the limit goes.
   *
   * @default undefined
   */
  cullFrequency?: number;
  /**
   * For how long, in milliseconds, this process reads from the data source for writing what it has written, where another one is for reading and
   * may be late. `0`: not at all.
   *
   * @default 1000 if the database to read from says that it follows another (a standby of PostgreSQL, a read-only MySQL), otherwise 0
   */
  readYourWritesMs?: number;
  /**
   * How many connections of the data source's pool this cache uses at once; 1 or more. The others are the application's.
   *
   * @default 4
   */
  connections?: number;
  /**
   * Whether statements are prepared on the server once and then only named. `false` for poolers between the two that hand out another connection for each
   * transaction, such as older versions of PgBouncer.
   *
   * @default true
   */
  prepare?: boolean;
  /**
   * Whether the table is created when the application starts, if it is missing and the routers allow it.
   *
   * @default false
   */
  createTable?: boolean;
}

/** The options of a cache that keeps nothing. Bounds are taken and have no effect. */
export interface DummyCacheOptions extends CommonCacheOptions {
  backend: 'dummy';
  location?: string;
  maxEntries?: number;
  maxBytes?: number | string;
  cullFrequency?: number;
}

/**
 * The options of a cache on a backend of your own; those that the framework does not know reach it in its context. Those about servers
 * take effect if its capabilities say `isRemote`.
 */
export interface CustomCacheOptions extends RemoteCacheOptions {
  backend: CacheBackendClass;
  location?: string;
  [option: string]: unknown;
}

/** How one cache is configured: options, or a URL such as `memory://?timeout=60`, `file:///var/cache/shop` or `redis://127.0.0.1:6379/1`. */
export type CacheConfiguration =
  | MemoryCacheOptions
  | FileCacheOptions
  | RedisCacheOptions
  | MemcachedCacheOptions
  | DatabaseCacheOptions
  | DummyCacheOptions
  | CustomCacheOptions
  | string;

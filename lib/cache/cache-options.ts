import type { CacheBackendClass } from '../backends/cache-backend.js';
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
   * @default 20000
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

/** How one cache is configured: options, or a URL such as `memory://?timeout=60` or `file:///var/cache/shop`. */
export type CacheConfiguration =
  MemoryCacheOptions | FileCacheOptions | DummyCacheOptions | CustomCacheOptions | string;

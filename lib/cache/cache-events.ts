import { EventEmitter } from 'node:events';

/** Something that went wrong without an error for the caller. */
export interface CacheProblem {
  readonly alias: string;
  /** The final key; undefined where many are concerned. */
  readonly key: string | undefined;
  readonly reason: unknown;
}

export interface CacheEventMap {
  /** Bytes in the store that are no entry of this library, or damaged: taken for a miss and removed. */
  unreadable: [CacheProblem];
  /** The store failed where the caller got an answer all the same: a value computed by `getOrSet`, a page. */
  degraded: [CacheProblem];
}

/** What the caches of one module have to tell. Listen with `CacheRegistry.events.on('unreadable', listener)`. */
export class CacheEvents extends EventEmitter<CacheEventMap> {}

/** Counters of one cache since it was opened. */
export interface CacheStatistics {
  /** Reads that found a live entry. */
  hits: number;
  /** Reads that found none. */
  misses: number;
  /** Entries that could not be read; each is a miss, too. */
  unreadable: number;
  /** Failures of the store that callers did not see. */
  degraded: number;
}

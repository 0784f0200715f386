import { EventEmitter } from 'node:events';
import { messageOf } from '../core/show.js';

/** Something that went wrong without an error for the caller. */
export interface CacheProblem {
  readonly alias: string;
  /** The final key; undefined where many are concerned. */
  readonly key: string | undefined;
  readonly reason: unknown;
}

/** A server of a cache that is used no more, or again. */
export interface ServerChange {
  readonly alias: string;
  /** `host:port` or a path. */
  readonly server: string;
  readonly isInUse: boolean;
  /** Why it is not in use; undefined when it is again. */
  readonly reason: string | undefined;
}

/** An answer that came from the HTTP server, before the platform and Nest have seen the request. */
export interface EarlyAnswer {
  /** The alias of the cache that has the page. */
  readonly alias: string;
  /** Class and method that made the page. */
  readonly handler: string;
  readonly method: string;
  /** As it came. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly status: number;
  /** The length of the page; what was sent of it follows from method and status. */
  readonly bytes: number;
}

export interface CacheEventMap {
  /** Bytes in the store that are no entry of this library, or damaged: taken for a miss and removed. */
  unreadable: [CacheProblem];
  /** The store failed where the caller got an answer all the same: a value computed by `getOrSet`, a page. */
  degraded: [CacheProblem];
  /** A server is lost, silent or sick, or has been found again. Meanwhile reads of it are misses and nothing waits for it. */
  server: [ServerChange];
  /** A page with `early` was answered by the HTTP server: for logs and metrics, which see nothing of it otherwise. */
  early: [EarlyAnswer];
}

/** What the caches of one module have to tell. Listen with `CacheRegistry.events.on('unreadable', listener)`. */
export class CacheEvents extends EventEmitter<CacheEventMap> {}

/** Tells of an event. A listener that throws must not break the operation that it is told of. */
export function emitSafely<Name extends keyof CacheEventMap>(
  events: CacheEvents,
  name: Name,
  told: CacheEventMap[Name][0],
): void {
  try {
    (events as EventEmitter).emit(name, told);
  } catch (error) {
    process.emitWarning(`A listener of the cache event "${name}" threw: ${messageOf(error)}`);
  }
}

/** Counters of one cache since it was opened. */
export interface CacheStatistics {
  /** Reads that found a live entry. */
  hits: number;
  /** Pages among them that the HTTP server answered with, before the platform and Nest. */
  early: number;
  /** Reads that found none. */
  misses: number;
  /** Entries that could not be read; each is a miss, too. */
  unreadable: number;
  /** Failures of the store that callers did not see. */
  degraded: number;
  /** Writes among them. */
  dropped: number;
  /** Operations that took longer than `operationTimeoutMs`. */
  timeouts: number;
  /** How often a server was taken out of use. */
  outages: number;
  /** Unconfirmed removals that were done before a server was used again. */
  replayed: number;
}

/** Returns counters that start at nothing. */
export function newStatistics(): CacheStatistics {
  return {
    hits: 0,
    early: 0,
    misses: 0,
    unreadable: 0,
    degraded: 0,
    dropped: 0,
    timeouts: 0,
    outages: 0,
    replayed: 0,
  };
}

import { type CacheEvents, type CacheStatistics, emitSafely } from './cache-events.js';

/** Counts and tells what went wrong with one cache without an error for a caller. */
export class Problems {
  constructor(
    private readonly alias: string,
    readonly statistics: CacheStatistics,
    private readonly events: CacheEvents,
  ) {}

  /** An entry cannot be read. */
  unreadable(key: string, reason: unknown): void {
    this.statistics.unreadable++;
    emitSafely(this.events, 'unreadable', { alias: this.alias, key, reason });
  }

  /** The store failed. */
  degraded(key: string | undefined, reason: unknown): void {
    this.statistics.degraded++;
    emitSafely(this.events, 'degraded', { alias: this.alias, key, reason });
  }
}

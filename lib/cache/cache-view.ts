import type { Codec } from '../codec/codec.js';
import { type Answer, isPending } from '../core/answer.js';
import type { Clock, EpochMs } from '../core/clock.js';
import type { LifetimeMs } from '../core/timeout.js';
import type { EntryStore } from './entry-store.js';
import type { FinalKeys } from './final-keys.js';

/**
 * The entries of a cache seen through another codec, for what the library itself keeps there beside users' values. A store that
 * fails is a miss, and a write that is dropped; both are told of.
 */
export class CacheView<T> {
  constructor(
    private readonly codec: Codec<T>,
    private readonly entries: EntryStore,
    private readonly keys: FinalKeys,
    /** The default lifetime of the cache, milliseconds or `null`. */
    readonly defaultTimeout: LifetimeMs,
  ) {}

  get clock(): Clock {
    return this.entries.clock;
  }

  /** Returns the value of a key, at once if the store is in the process; undefined if it is absent. Counts nothing. */
  get(key: string): Answer<T | undefined> {
    const finalKey = this.keys.of(key);
    const answer = this.entries.readOrMiss(finalKey);
    if (isPending(answer)) return answer.then((entry) => this.entries.decode(this.codec, finalKey, entry));
    return this.entries.decode(this.codec, finalKey, answer);
  }

  /** Counts one answer from the cache, or the lack of one, however many entries were read for it. */
  count(outcome: 'hit' | 'miss'): void {
    if (outcome === 'hit') this.entries.statistics.hits++;
    else this.entries.statistics.misses++;
  }

  /** Never rejects: a write that fails is told of as `degraded`. */
  async set(key: string, value: T, expiresAt: EpochMs | null): Promise<void> {
    await this.entries.writeOrDrop({ key: this.keys.of(key), payload: this.codec.encode(value), expiresAt });
  }
}

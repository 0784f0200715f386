import type { Codec } from '../codec/codec.js';
import type { TagStamps } from '../codec/frame.js';
import { type Answer, isPending } from '../core/answer.js';
import type { Clock, EpochMs } from '../core/clock.js';
import { CacheClosedError } from '../core/errors.js';
import type { LifetimeMs } from '../core/timeout.js';
import type { EntryStore } from './entry-store.js';
import type { FinalKeys } from './final-keys.js';
import type { Looked } from './live-entries.js';
import { removals } from './removals.js';
import { type KnownStamps, UNKEPT } from './tags.js';

export type { TagStamps } from '../codec/frame.js';
export type { KnownStamps } from './tags.js';

/** What one look found. */
export interface Look<T> {
  /** The live entries by key, decoded. */
  readonly entries: ReadonlyMap<string, T>;
  /** Of the tags that were asked for; undefined where a tag has none. */
  readonly stamps: KnownStamps;
}

const NOTHING: Look<never> = { entries: new Map<string, never>(), stamps: new Map() };
const UNTAGGED: TagStamps = {};

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
    private readonly invalidate: (tags: readonly string[]) => Promise<void>,
  ) {}

  get clock(): Clock {
    return this.entries.clock;
  }

  /** How often entries were made absent by their tags, or all at once, in this process, of whatever cache: while it stays, what a look began to find is there still. */
  get removals(): number {
    return removals.count;
  }

  /** Returns the value of a key, at once if the store is in the process; undefined if it is absent. Counts nothing. */
  get(key: string): Answer<T | undefined> {
    const look = this.look([key], []);
    return isPending(look) ? look.then(({ entries }) => entries.get(key)) : look.entries.get(key);
  }

  /**
   * Returns the live ones of these entries, and the stamps of these tags, in one round trip if the entries have no other tags; at once if the
   * store is in the process. Counts nothing. A store that fails, or is closed, has nothing.
   */
  look(keys: readonly string[], tags: readonly string[]): Answer<Look<T>> {
    return unlessClosed(NOTHING, () => this.#look(keys, tags));
  }

  #look(keys: readonly string[], tags: readonly string[]): Answer<Look<T>> {
    const finalKeys = keys.map((key) => this.keys.of(key));
    const looked = this.entries.lookOrMiss(finalKeys, tags);
    return isPending(looked) ? looked.then((later) => this.#decode(keys, later)) : this.#decode(keys, looked);
  }

  #decode(keys: readonly string[], { entries, stamps }: Looked): Look<T> {
    const values = new Map<string, T>();
    for (const key of keys) {
      const finalKey = this.keys.of(key);
      const value = this.entries.decode(this.codec, finalKey, entries.get(finalKey));
      if (value !== undefined) values.set(key, value);
    }
    return { entries: values, stamps };
  }

  /**
   * Returns the stamps of tags for what is about to be computed: only what is computed after this call has ended may be stored under them.
   *
   * @param known what a look at the same tags found. On a store that fails it gives stamps under which `set` stores nothing
   */
  async capture(tags: readonly string[], known?: KnownStamps): Promise<TagStamps> {
    return unlessClosed(UNKEPT, async () => this.entries.captureOrNot(tags, known));
  }

  /** Tells whether nothing that these stamps stand for was invalidated since. True where a store that failed gave none. */
  async areCurrent(stamps: TagStamps): Promise<boolean> {
    return unlessClosed(true, async () => this.entries.areCurrentOrNot(stamps));
  }

  /**
   * Makes all entries of these tags absent, pages and values alike.
   *
   * @throws {CacheBackendError} if that is not confirmed
   */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    await this.invalidate(tags);
  }

  /** Counts one answer from the cache, or the lack of one, however many entries were read for it. */
  count(outcome: 'hit' | 'early' | 'miss'): void {
    const { statistics } = this.entries;
    if (outcome === 'miss') statistics.misses++;
    else statistics.hits++;
    if (outcome === 'early') statistics.early++;
  }

  /** Stores an entry, dead as soon as one of the stamps is. Never rejects: a write that fails is told of as `degraded`. */
  async set(key: string, value: T, expiresAt: EpochMs | null, stamps: TagStamps = UNTAGGED): Promise<void> {
    if (stamps === UNKEPT) return;
    const entry = { key: this.keys.of(key), payload: this.codec.encode(value), expiresAt };
    await unlessClosed(undefined, () => this.entries.keep(entry, stamps));
  }
}

/** The application shuts down; what it is still asked for is answered without the cache. */
function unlessClosed<T>(substitute: T, run: () => Answer<T>): Answer<T> {
  const instead = (error: unknown): T => {
    if (error instanceof CacheClosedError) return substitute;
    throw error;
  };
  try {
    const answer = run();
    return isPending(answer) ? answer.catch(instead) : answer;
  } catch (error) {
    return instead(error);
  }
}

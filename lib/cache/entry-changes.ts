import type { TagStamps } from '../codec/frame.js';
import { withStamps } from '../codec/tagged.js';
import { valueCodec } from '../codec/value-codec.js';
import { type Answer, isPending } from '../core/answer.js';
import type { EpochMs } from '../core/clock.js';
import { CacheKeyNotFoundError } from '../core/errors.js';
import { expiryOf, isExpired, type LifetimeMs, type Timeout } from '../core/timeout.js';
import {
  type Entries,
  entryMapOf,
  type KeyOptions,
  keyOptionsOf,
  type SetOptions,
  setOptionsOf,
  type TouchOptions,
  touchOptionsOf,
} from './call-options.js';
import type { Computations } from './computations.js';
import type { EntryStore } from './entry-store.js';
import type { FinalKeys } from './final-keys.js';
import { tagListOf } from './tag-list.js';
import { removals } from './removals.js';
import { UNKEPT } from './tags.js';

const UNTAGGED: TagStamps = {};

/** The changes that callers make to the entries of one cache. Each overtakes what is being computed for its keys. */
export class EntryChanges {
  constructor(
    private readonly entries: EntryStore,
    private readonly keys: FinalKeys,
    private readonly computations: Computations,
    private readonly defaultTimeout: LifetimeMs,
  ) {}

  async set(key: string, value: unknown, given: Timeout | SetOptions): Promise<void> {
    const options = setOptionsOf(given);
    const finalKey = this.keys.of(key, options.version);
    const tags = tagListOf(options.tags);
    const expiresAt = this.expiryOf(options.timeout);
    const payload = valueCodec.encode(value);
    const filling = this.computations.overtake(finalKey);
    if (filling) await filling;
    if (this.#isOver(expiresAt)) {
      await this.entries.remove(finalKey);
    } else if (tags.length > 0) {
      await this.#setTagged(finalKey, payload, expiresAt, tags);
    } else {
      const answer = this.entries.write({ key: finalKey, payload, expiresAt });
      if (isPending(answer)) await answer;
    }
  }

  async #setTagged(
    key: string,
    payload: Buffer,
    expiresAt: EpochMs | null,
    tags: readonly string[],
  ): Promise<void> {
    const stamps = await this.#capture(tags);
    if (stamps === UNKEPT) await this.entries.dropWrites([key]);
    else await this.entries.write(await this.entries.stamped({ key, payload, expiresAt }, stamps));
  }

  async add(key: string, value: unknown, given: Timeout | SetOptions): Promise<boolean> {
    const options = setOptionsOf(given);
    const finalKey = this.keys.of(key, options.version);
    const tags = tagListOf(options.tags);
    const expiresAt = this.expiryOf(options.timeout);
    const payload = valueCodec.encode(value);
    if (this.#isOver(expiresAt)) return (await this.entries.read(finalKey)) === undefined;
    await this.computations.overtake(finalKey);
    const stamps = await this.#capture(tags);
    if (stamps === UNKEPT) return false;
    return this.entries.insert(await this.entries.stamped({ key: finalKey, payload, expiresAt }, stamps));
  }

  /** Returns the keys that failed. */
  async setMany(given: Entries<unknown>, asked: Timeout | SetOptions): Promise<string[]> {
    const values = entryMapOf(given, 'entries');
    const options = setOptionsOf(asked);
    const expiresAt = this.expiryOf(options.timeout);
    const tags = tagListOf(options.tags);
    const keyOf = new Map<string, string>();
    const payloads = Array.from(values, ([key, value]): [string, Buffer] => {
      const finalKey = this.keys.of(key, options.version);
      keyOf.set(finalKey, key);
      return [finalKey, valueCodec.encode(value)];
    });
    const finalKeys = [...keyOf.keys()];
    await this.computations.overtakeMany(finalKeys);
    if (this.#isOver(expiresAt)) {
      await this.entries.removeMany(finalKeys);
      return [];
    }
    const stamps = await this.#capture(payloads.length === 0 ? [] : tags);
    if (stamps === UNKEPT) {
      await this.entries.dropWrites(finalKeys);
      return [...keyOf.values()];
    }
    await this.entries.tags.outlast(stamps, expiresAt);
    const entries = payloads.map(([key, payload]) => ({
      key,
      payload: withStamps(payload, stamps),
      expiresAt,
    }));
    return (await this.entries.writeMany(entries)).map((finalKey) => keyOf.get(finalKey)!);
  }

  #capture(tags: readonly string[]): Answer<TagStamps> {
    return tags.length === 0 ? UNTAGGED : this.entries.tags.capture(tags);
  }

  async deleteMany(finalKeys: readonly string[]): Promise<number> {
    await this.computations.overtakeMany(finalKeys);
    return this.entries.removeMany(finalKeys);
  }

  async delete(key: string, options?: KeyOptions): Promise<boolean> {
    return this.#delete(this.keys.of(key, keyOptionsOf(options).version));
  }

  async #delete(finalKey: string): Promise<boolean> {
    await this.computations.overtake(finalKey);
    return this.entries.remove(finalKey);
  }

  async touch(key: string, options: Timeout | TouchOptions): Promise<boolean> {
    const { timeout, version } = touchOptionsOf(options);
    const finalKey = this.keys.of(key, version);
    const expiresAt = this.expiryOf(timeout);
    if (!this.#isOver(expiresAt)) return this.entries.touch(finalKey, expiresAt);
    return this.#delete(finalKey);
  }

  /** Moves an entry to another version with the lifetime that it has left, and under the tags that it has. */
  async move(key: string, oldVersion: number, newVersion: number): Promise<void> {
    const oldKey = this.keys.of(key, oldVersion);
    const newKey = this.keys.of(key, newVersion);
    await this.computations.overtakeMany([oldKey, newKey]);
    const [entry, expiresAt] = await Promise.all([this.entries.read(oldKey), this.entries.expiry(oldKey)]);
    if (!entry || expiresAt === undefined) throw new CacheKeyNotFoundError(key);
    if (newKey === oldKey) return;
    await this.entries.write({ key: newKey, payload: entry.payload, expiresAt });
    await this.entries.remove(oldKey);
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    this.computations.overtakeTagged(tags);
    await this.#removing(() => this.entries.tags.invalidate(tags));
  }

  async clear(): Promise<void> {
    await this.computations.overtakeAll();
    await this.#removing(() => this.entries.clear());
  }

  /** Whoever looks before the end may find what is there no more: so it counts when it is over, well or not. */
  async #removing(remove: () => Promise<void>): Promise<void> {
    try {
      await remove();
    } finally {
      removals.count++;
    }
  }

  expiryOf(timeout: Timeout): EpochMs | null {
    return expiryOf(timeout, this.defaultTimeout, this.entries.clock);
  }

  #isOver(expiresAt: EpochMs | null): boolean {
    return isExpired(expiresAt, this.entries.clock);
  }
}

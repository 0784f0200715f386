import type { Clock, EpochMs } from '../../core/clock.js';
import { CacheError, ValueTooLargeError } from '../../core/errors.js';
import type { EntryToWrite, StoredEntry } from '../cache-backend.js';
import { addTo, CountsInTurn } from './counting.js';
import { type EntryEnds, entryEndsOn } from './entry-ends.js';
import { exptimeOf } from './exptime.js';
import { ItemTooLargeError, type MemcachedItem, type MemcachedServer } from './memcached-server.js';
import type { Stamp } from './stamp.js';
import { wireKey } from './wire-key.js';

const LIMIT_NAME = 'the item limit of memcached (-I)';

/** Entries on one server that are hidden together, by another stamp. Keys are final keys. */
export class Namespace {
  readonly #ends: EntryEnds;
  readonly #counts = new CountsInTurn();

  constructor(
    readonly server: MemcachedServer,
    readonly stamp: Stamp,
    private readonly clock: Clock,
  ) {
    this.#ends = entryEndsOn(server, clock);
  }

  read(key: string): Promise<StoredEntry | undefined> {
    return this.stamp.run((stamp) => this.server.get(wireKey(stamp, key)).then(entryOf));
  }

  readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    return this.stamp.run(async (stamp) => {
      const wireKeys = keys.map((key) => wireKey(stamp, key));
      const items = await this.server.getMany(wireKeys);
      const found = new Map<string, StoredEntry>();
      for (const [index, key] of keys.entries()) {
        const entry = entryOf(items.get(wireKeys[index]!));
        if (entry) found.set(key, entry);
      }
      return found;
    });
  }

  expiry(key: string): Promise<EpochMs | null | undefined> {
    return this.stamp.run((stamp) => this.#ends.of(wireKey(stamp, key)));
  }

  async write(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<void> {
    try {
      await this.stamp.run((stamp) => this.#set(wireKey(stamp, key), payload, expiresAt));
    } catch (error) {
      if (!(error instanceof ItemTooLargeError)) throw error;
      await this.remove(key);
      throw new ValueTooLargeError(key, payload.length, await this.server.itemLimit(), LIMIT_NAME);
    }
  }

  async #set(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<void> {
    const exptime = exptimeOf(expiresAt, this.clock);
    const stored = this.server.set(key, payload, exptime);
    if (!this.#ends.note) return stored;
    await Promise.all([stored, this.#ends.note(key, expiresAt, exptime)]);
  }

  /** Writes several entries; returns the keys of those that the server refused. */
  async writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    const outcomes = await Promise.allSettled(
      entries.map(({ key, payload, expiresAt }) => this.write(key, payload, expiresAt)),
    );
    const refused: string[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      const reason: unknown = outcome.reason;
      if (!(reason instanceof CacheError)) throw reason;
      refused.push(entries[index]!.key);
    }
    return refused;
  }

  async insert(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    try {
      return await this.stamp.run((stamp) => this.#add(wireKey(stamp, key), payload, expiresAt));
    } catch (error) {
      if (!(error instanceof ItemTooLargeError)) throw error;
      throw new ValueTooLargeError(key, payload.length, await this.server.itemLimit(), LIMIT_NAME);
    }
  }

  async #add(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    const exptime = exptimeOf(expiresAt, this.clock);
    const isStored = await this.server.add(key, payload, exptime);
    if (isStored) await this.#ends.note?.(key, expiresAt, exptime);
    return isStored;
  }

  /** For servers with exact operations. */
  async replace(key: string, expected: Buffer, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    try {
      return await this.stamp.run((stamp) =>
        this.#replace(wireKey(stamp, key), expected, payload, expiresAt),
      );
    } catch (error) {
      if (!(error instanceof ItemTooLargeError)) throw error;
      throw new ValueTooLargeError(key, payload.length, await this.server.itemLimit(), LIMIT_NAME);
    }
  }

  async #replace(
    key: string,
    expected: Buffer,
    payload: Buffer,
    expiresAt: EpochMs | null,
  ): Promise<boolean> {
    const exact = this.server.exact!;
    const present = await exact.inspect(key);
    if (!present?.payload.equals(expected)) return false;
    return exact.compareAndSet(key, payload, exptimeOf(expiresAt, this.clock), present.cas!);
  }

  touch(key: string, expiresAt: EpochMs | null): Promise<boolean> {
    return this.stamp.run(async (stamp) => {
      const exptime = exptimeOf(expiresAt, this.clock);
      const isThere = await this.server.touch(wireKey(stamp, key), exptime);
      if (isThere) await this.#ends.note?.(wireKey(stamp, key), expiresAt, exptime);
      return isThere;
    });
  }

  remove(key: string): Promise<boolean> {
    return this.stamp.run((stamp) => this.#delete(wireKey(stamp, key)));
  }

  removeMany(keys: readonly string[]): Promise<number> {
    return this.stamp.run(async (stamp) => {
      const removed = await Promise.all(keys.map((key) => this.#delete(wireKey(stamp, key))));
      return removed.filter(Boolean).length;
    });
  }

  async #delete(key: string): Promise<boolean> {
    const [isRemoved] = await Promise.all([this.server.remove(key), this.#ends.forget?.(key)]);
    return isRemoved;
  }

  increment(key: string, delta: number): Promise<number | undefined> {
    const count = (by: number): Promise<number | undefined> =>
      this.stamp.run((stamp) => addTo(this.server, { finalKey: key, key: wireKey(stamp, key) }, by));
    return delta < 0 ? this.#counts.add(key, delta, count) : count(delta);
  }
}

function entryOf(item: MemcachedItem | undefined): StoredEntry | undefined {
  return item && { payload: item.payload, expiresAt: undefined };
}

import type {
  CacheBackend,
  DecodedValue,
  EntryToWrite,
  StoredEntry,
  StoreSize,
} from '../backends/cache-backend.js';
import type { Codec } from '../codec/codec.js';
import { compress, decompress } from '../codec/compression.js';
import { isDeflated, UnreadablePayloadError } from '../codec/frame.js';
import { addToInteger, encodeInteger } from '../codec/integer.js';
import { type Answer, isPending } from '../core/answer.js';
import type { Clock, EpochMs } from '../core/clock.js';
import { CacheBackendError, CacheClosedError, type CacheError } from '../core/errors.js';
import { checkedEntry, failureOf, withMended } from './backend-answers.js';
import { type CacheEvents, type CacheStatistics, emitSafely } from './cache-events.js';
import { Drops } from './drops.js';
import type { KnownKey } from './final-keys.js';
import { abilityOf, backendWithin } from './special-abilities.js';

/** What an entry store is made of. */
export interface EntryStoreParts {
  readonly alias: string;
  readonly backend: CacheBackend;
  readonly clock: Clock;
  readonly statistics: CacheStatistics;
  /** Payloads above this many bytes are compressed; undefined for none. */
  readonly compressAbove: number | undefined;
  readonly events: CacheEvents;
  /** A failure of the store is the caller's, even if the value could be computed. */
  readonly rejectsFailures: boolean;
}

/**
 * One backend as the services above see it: values instead of bytes, errors that say which cache and key, counters, and the batch
 * forms for backends that have none. Keys are final keys.
 */
export class EntryStore {
  readonly alias: string;
  readonly clock: Clock;
  readonly statistics: CacheStatistics;
  readonly #rejectsFailures: boolean;
  private readonly backend: CacheBackend;
  readonly #compressAbove: number | undefined;
  readonly #events: CacheEvents;
  readonly #parts: EntryStoreParts;
  readonly #drops = new Drops();
  #isClosed = false;

  constructor(parts: EntryStoreParts) {
    this.#parts = parts;
    this.alias = parts.alias;
    this.backend = parts.backend;
    this.clock = parts.clock;
    this.statistics = parts.statistics;
    this.#compressAbove = parts.compressAbove;
    this.#events = parts.events;
    this.#rejectsFailures = parts.rejectsFailures;
  }

  /** Returns the entry as the store has it, decompressed. Neither async nor with a closure: a hit in memory passes here. */
  read(key: string): Answer<StoredEntry | undefined> {
    if (this.#isClosed) throw new CacheClosedError(this.alias);
    let answer: Answer<StoredEntry | undefined>;
    try {
      answer = this.backend.read(key);
    } catch (error) {
      throw this.#failure('read', key, error);
    }
    if (isPending(answer)) return this.#readLater(key, answer);
    // Decoded before, so it was checked before.
    if (answer?.decoded !== undefined) return answer;
    const entry = this.#checked('read', key, answer);
    return entry && isDeflated(entry.payload) ? this.#inflate(key, entry) : entry;
  }

  async #readLater(key: string, answer: Promise<StoredEntry | undefined>): Promise<StoredEntry | undefined> {
    let entry: StoredEntry | undefined;
    try {
      entry = this.#checked('read', key, await answer);
    } catch (error) {
      throw this.#failure('read', key, error);
    }
    return entry && isDeflated(entry.payload) ? this.#inflate(key, entry) : entry;
  }

  async #inflate(key: string, { expiresAt, payload }: StoredEntry): Promise<StoredEntry | undefined> {
    try {
      return { payload: await decompress(payload), expiresAt };
    } catch (error) {
      this.dropUnreadable(key, error);
      return undefined;
    }
  }

  #checked(
    operation: string,
    key: string | undefined,
    given: StoredEntry | null | undefined,
  ): StoredEntry | undefined {
    try {
      return checkedEntry(given, this.backend.expiry !== undefined);
    } catch (error) {
      throw this.#failure(operation, key, error);
    }
  }

  /** As `read`, but a failure of the store is a miss that is told of: for callers who can compute what they need. */
  readOrMiss(key: string): Answer<StoredEntry | undefined> {
    try {
      const answer = this.read(key);
      return isPending(answer) ? answer.catch((error: unknown) => this.#missInstead(key, error)) : answer;
    } catch (error) {
      return this.#missInstead(key, error);
    }
  }

  /** As `readOrMiss`, but a failure is the caller's on caches that are told so. */
  readOrCompute(key: string): Answer<StoredEntry | undefined> {
    return this.#rejectsFailures ? this.read(key) : this.readOrMiss(key);
  }

  /** Returns when an entry ends, `null` for never, undefined if it is absent. */
  async expiry(key: string): Promise<EpochMs | null | undefined> {
    const { expiry } = this.backend;
    if (!expiry) return (await this.read(key))?.expiresAt;
    return this.#call('expiry', key, () => expiry.call(this.backend, key));
  }

  #missInstead(key: string | undefined, error: unknown): undefined {
    if (!(error instanceof CacheBackendError)) throw error;
    this.reportDegraded(key, error);
    return undefined;
  }

  /** Returns the value of an entry that `read` gave, and counts a hit; undefined, counted as a miss, if it is absent or cannot be read. */
  valueOf<T>(codec: Codec<T>, key: string, entry: StoredEntry | undefined): T | undefined {
    const value = this.decode(codec, key, entry);
    if (value === undefined) this.statistics.misses++;
    else this.statistics.hits++;
    return value;
  }

  /** As `valueOf`, without counting: for readers who need several entries for one answer. */
  decode<T>(codec: Codec<T>, key: string, entry: StoredEntry | undefined): T | undefined {
    if (entry === undefined) return undefined;
    return entry.decoded?.codec === codec
      ? codec.copy(entry.decoded.value as T)
      : this.#decodeAnew(codec, key, entry);
  }

  /** As `valueOf`; remembers at the key what the store keeps of the value. */
  valueAt<T>(codec: Codec<T>, known: KnownKey, entry: StoredEntry | undefined): T | undefined {
    const value = this.valueOf(codec, known.finalKey, entry);
    const decoded = entry?.decoded;
    known.decoded = decoded?.codec === codec ? decoded : undefined;
    return value;
  }

  /** Returns a value that was decoded before, and counts the hit; undefined, which counts nothing, if its entry is gone or over. */
  recall<T>(codec: Codec<T>, { entry, value }: DecodedValue): T | undefined {
    if (entry === undefined || this.#isClosed || !this.backend.recall!(entry)) return undefined;
    this.statistics.hits++;
    return codec.copy(value as T);
  }

  #decodeAnew<T>(codec: Codec<T>, key: string, entry: StoredEntry): T | undefined {
    try {
      const { value, keepCost } = codec.decode(entry.payload);
      if (keepCost === undefined || !this.backend.keepDecoded || entry.decoded) return value;
      const copy = codec.copy(value);
      this.backend.keepDecoded(entry, { value, codec, entry }, keepCost());
      return copy;
    } catch (error) {
      // A RangeError: nested deeper than the stack, as no codec of ours writes.
      if (!(error instanceof UnreadablePayloadError || error instanceof RangeError)) throw error;
      this.dropUnreadable(key, error);
      return undefined;
    }
  }

  /** Returns the live ones of these entries by key, in one round trip where the backend can. */
  async readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    if (keys.length === 0) return new Map();
    const { readMany } = this.backend;
    if (!readMany) return this.#readEach(keys);
    const given = await this.#call('readMany', undefined, () => readMany.call(this.backend, keys));
    const mended = new Map<string, StoredEntry | undefined>();
    for (const [key, answer] of given) {
      const checked = this.#checked('readMany', key, answer);
      const entry = checked && isDeflated(checked.payload) ? await this.#inflate(key, checked) : checked;
      if (entry !== answer) mended.set(key, entry);
    }
    return mended.size === 0 ? given : withMended(given, mended);
  }

  /** As `readMany`, but a failure of the store is a miss of all that is told of; it is the caller's on caches that are told so. */
  async readManyOrCompute(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    try {
      return await this.readMany(keys);
    } catch (error) {
      if (this.#rejectsFailures) throw error;
      this.#missInstead(undefined, error);
      return new Map();
    }
  }

  async #readEach(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    const found = new Map<string, StoredEntry>();
    const keep = (key: string, entry: StoredEntry | undefined): void => {
      if (entry) found.set(key, entry);
    };
    const pending: Promise<void>[] = [];
    try {
      for (const key of keys) {
        const answer = this.read(key);
        if (isPending(answer)) pending.push(answer.then((entry) => keep(key, entry)));
        else keep(key, answer);
      }
    } catch (error) {
      // The others may fail, too, with nobody to hear of it.
      await Promise.allSettled(pending);
      throw error;
    }
    if (pending.length > 0) await Promise.all(pending);
    return found;
  }

  /** Compresses a payload that is large, if the cache is configured so. */
  #shrink(payload: Buffer): Answer<Buffer> {
    return this.#compressAbove !== undefined && payload.length > this.#compressAbove
      ? compress(payload)
      : payload;
  }

  write({ key, payload, expiresAt }: EntryToWrite): Answer<void> {
    const shrunk = this.#shrink(payload);
    const writeBytes = (bytes: Buffer): Answer<void> =>
      this.#call('write', key, () => this.backend.write(key, bytes, expiresAt));
    return isPending(shrunk) ? shrunk.then(writeBytes) : writeBytes(shrunk);
  }

  /** Writes several entries, in one round trip where the backend can; returns the keys that failed. */
  async writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    this.#assertOpen();
    if (entries.length === 0) return [];
    const { writeMany } = this.backend;
    if (writeMany) return this.#writeTogether(entries, writeMany);
    return (await Promise.all(entries.map((entry) => this.#writeOne(entry)))).flat();
  }

  async #writeOne(entry: EntryToWrite): Promise<string[]> {
    return (await this.writeOrDrop(entry)) ? [] : [entry.key];
  }

  /** Writes an entry; a failure is told of, and returned as false. */
  async writeOrDrop(entry: EntryToWrite): Promise<boolean> {
    try {
      await this.write(entry);
      return true;
    } catch (error) {
      this.reportDegraded(entry.key, error);
      return false;
    }
  }

  async #writeTogether(
    entries: readonly EntryToWrite[],
    writeMany: NonNullable<CacheBackend['writeMany']>,
  ): Promise<string[]> {
    const shrunk = await Promise.all(
      entries.map(async (entry) => ({ ...entry, payload: await this.#shrink(entry.payload) })),
    );
    return this.#call('writeMany', undefined, () => writeMany.call(this.backend, shrunk));
  }

  async insert({ key, payload, expiresAt }: EntryToWrite): Promise<boolean> {
    const bytes = await this.#shrink(payload);
    return this.#call('insert', key, () => this.backend.insert(key, bytes, expiresAt));
  }

  /**
   * Stores what was computed, unless something has come to the key meanwhile, from whatever process: that is newer. A failure is told
   * of, and the caller's only on caches that are told so.
   */
  async keepComputed(entry: EntryToWrite): Promise<void> {
    try {
      await this.insert(entry);
    } catch (error) {
      if (this.#rejectsFailures) throw error;
      this.reportDegraded(entry.key, error);
    }
  }

  async touch(key: string, expiresAt: EpochMs | null): Promise<boolean> {
    return this.#call('touch', key, () => this.backend.touch(key, expiresAt));
  }

  async remove(key: string): Promise<boolean> {
    return this.#call('remove', key, () => this.backend.remove(key));
  }

  /** Removes several entries, in one round trip where the backend can; returns how many there were. */
  async removeMany(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const { removeMany } = this.backend;
    if (removeMany) return this.#call('removeMany', undefined, () => removeMany.call(this.backend, keys));
    const removed = await Promise.all(keys.map((key) => this.remove(key)));
    return removed.filter(Boolean).length;
  }

  /** Adds to a counter and keeps its end; undefined if there is none. Not atomic on backends that cannot count. */
  async increment(key: string, delta: number): Promise<number | undefined> {
    const { increment } = this.backend;
    if (increment) return this.#call('increment', key, () => increment.call(this.backend, key, delta));
    const [entry, expiresAt] = await Promise.all([this.read(key), this.expiry(key)]);
    if (!entry || expiresAt === undefined) return undefined;
    const sum = addToInteger(key, entry.payload, delta);
    await this.write({ key, payload: encodeInteger(sum), expiresAt });
    return sum;
  }

  async clear(): Promise<void> {
    await this.#call('clear', undefined, () => this.backend.clear());
  }

  async cull(): Promise<number> {
    return this.#call('cull', undefined, async () => abilityOf(this.backend, 'cull', this.alias)());
  }

  async size(): Promise<StoreSize> {
    return this.#call('size', undefined, async () => abilityOf(this.backend, 'size', this.alias)());
  }

  /** Returns the same entries as seen from within a transaction of the application. */
  within(transaction: object): EntryStore {
    this.#assertOpen();
    return new EntryStore({ ...this.#parts, backend: backendWithin(this.backend, transaction, this.alias) });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.backend.close?.();
  }

  /** Removes an entry that cannot be read, so that it costs one miss, and tells of it. */
  dropUnreadable(key: string, reason: unknown): void {
    this.reportUnreadable(key, reason);
    this.#drops.begin(key, async () => {
      await this.remove(key).catch((error: unknown) => this.reportDegraded(key, error));
    });
  }

  reportUnreadable(key: string, reason: unknown): void {
    this.statistics.unreadable++;
    this.#tell('unreadable', key, reason);
  }

  /** Tells of a failure that the caller does not see. */
  reportDegraded(key: string | undefined, reason: unknown): void {
    this.statistics.degraded++;
    this.#tell('degraded', key, reason);
  }

  #tell(event: 'unreadable' | 'degraded', key: string | undefined, reason: unknown): void {
    emitSafely(this.#events, event, { alias: this.alias, key, reason });
  }

  /** Runs an operation of the backend; what it throws or rejects with says which cache and key. */
  #call<T>(operation: string, key: string | undefined, run: () => Answer<T>): Answer<T> {
    this.#assertOpen();
    const drop = key === undefined ? undefined : this.#drops.of(key);
    if (drop) return drop.then(() => this.#call(operation, key, run));
    try {
      const answer = run();
      if (!isPending(answer)) return answer;
      return answer.catch((error: unknown) => {
        throw this.#failure(operation, key, error);
      });
    } catch (error) {
      throw this.#failure(operation, key, error);
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new CacheClosedError(this.alias);
  }

  #failure(operation: string, key: string | undefined, error: unknown): CacheError {
    return failureOf(this.alias, operation, key, error);
  }
}

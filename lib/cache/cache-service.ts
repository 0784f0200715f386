import type { StoredEntry } from '../backends/cache-backend.js';
import type { Codec } from '../codec/codec.js';
import { valueCodec } from '../codec/value-codec.js';
import { isPending } from '../core/answer.js';
import type { EpochMs, Seconds } from '../core/clock.js';
import { CacheKeyNotFoundError } from '../core/errors.js';
import { expiryOf, isExpired, type LifetimeMs, type Timeout } from '../core/timeout.js';
import type { CacheStatistics } from './cache-events.js';
import {
  assertWholeNumber,
  type Entries,
  entryMapOf,
  type GetOptions,
  keyListOf,
  type KeyOptions,
  type SetOptions,
  setOptionsOf,
} from './call-options.js';
import { CacheView } from './cache-view.js';
import type { EntryStore } from './entry-store.js';
import type { FinalKeys } from './final-keys.js';
import { SharedValue } from './shared-value.js';
import { type Flight, SingleFlight } from './single-flight.js';

/** What a flight brings: a value, or undefined where a batch loader had none for the key. */
type Found = SharedValue<unknown> | undefined;

interface BatchMember {
  readonly finalKey: string;
  readonly flight: Flight<Found>;
}

interface Fill extends BatchMember {
  readonly payload: Buffer;
}

/**
 * A cache: one backend under an alias. Inject it by type for the alias `default`, with `@InjectCache(alias)` for another.
 *
 * `undefined` is a miss, `null` is a value. What comes out is a copy: changing it, or what was put in, does not change the cache.
 * Every method rejects with `CacheBackendError` if the store fails, unless it says otherwise.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/cache/#the-low-level-cache-api
 * @publicApi
 */
export class CacheService {
  readonly #flights = new SingleFlight<Found>();
  readonly #entries: EntryStore;
  readonly #keys: FinalKeys;
  readonly #defaults: { readonly timeout: LifetimeMs; readonly version: number };

  /** @internal Made by `CacheModule` and `openCaches`. */
  constructor(entries: EntryStore, keys: FinalKeys, defaults: { timeout: LifetimeMs; version: number }) {
    this.#entries = entries;
    this.#keys = keys;
    this.#defaults = defaults;
  }

  /** The name under which this cache is configured. */
  get alias(): string {
    return this.#entries.alias;
  }

  /** @internal Returns the same cache with values of the library's own in it. */
  view<T>(codec: Codec<T>): CacheView<T> {
    return new CacheView(codec, this.#entries, this.#keys, this.#defaults.timeout);
  }

  /** Returns a copy of the counters since the cache was opened. */
  statistics(): CacheStatistics {
    return { ...this.#entries.statistics };
  }

  /**
   * Returns the value of a key, or `defaultValue` (`undefined` if not given) if it is absent or expired.
   *
   * @throws {InvalidCacheKeyError}
   * @example
   * ```ts
   * const film = await cache.get<Film>('film:7');
   * ```
   */
  async get<T>(key: string, options?: GetOptions<T>): Promise<T | undefined> {
    const finalKey = this.#keys.of(key, options?.version);
    const answer = this.#entries.read(finalKey);
    const entry = isPending(answer) ? await answer : answer;
    const value = this.#entries.valueOf(valueCodec, finalKey, entry) as T | undefined;
    return value === undefined ? options?.defaultValue : value;
  }

  /**
   * Stores a value in place of any other.
   *
   * @param options the timeout in seconds (or text with a unit; `null`: for ever; `0` or less: the key is removed), or options
   * @throws {UnsupportedValueError} for a value that would not come back: a function, a symbol, a promise, `undefined`
   * @throws {InvalidTimeoutError | InvalidCacheKeyError | ValueTooLargeError}
   * @example
   * ```ts
   * await cache.set('film:7', film, '15m');
   * ```
   */
  async set(key: string, value: unknown, options?: Timeout | SetOptions): Promise<void> {
    const { timeout, version } = setOptionsOf(options);
    const finalKey = this.#keys.of(key, version);
    const expiresAt = this.#expiryOf(timeout);
    const payload = valueCodec.encode(value);
    await this.#flights.overtake(finalKey);
    if (this.#isOver(expiresAt)) await this.#entries.remove(finalKey);
    else await this.#entries.write({ key: finalKey, payload, expiresAt });
  }

  /**
   * Stores a value only if the key is absent or expired; returns whether it did. With a timeout of `0` or less it returns
   * whether the key is absent, and stores nothing.
   *
   * @throws as `set`
   */
  async add(key: string, value: unknown, options?: Timeout | SetOptions): Promise<boolean> {
    const { timeout, version } = setOptionsOf(options);
    const finalKey = this.#keys.of(key, version);
    const expiresAt = this.#expiryOf(timeout);
    const payload = valueCodec.encode(value);
    if (this.#isOver(expiresAt)) return (await this.#entries.read(finalKey)) === undefined;
    await this.#flights.overtake(finalKey);
    return this.#entries.insert({ key: finalKey, payload, expiresAt });
  }

  /**
   * Returns the value of a key, or computes, stores and returns it. However many ask at once in this process, the factory runs
   * once, and each gets a copy of its own. The result is not stored if the key was set, deleted or cleared meanwhile.
   *
   * A failing factory rejects all who waited and stores nothing. A failing store does not reject: the value is computed, and the
   * failure is told to `CacheRegistry.events` as `degraded`.
   *
   * @param source the value, or a function, possibly async, that computes it; it must not give `undefined`
   * @throws as `set`, for what the factory returns
   * @example
   * ```ts
   * const report = await cache.getOrSet('report', () => this.films.report(), '1h');
   * ```
   */
  async getOrSet<T>(
    key: string,
    source: T | (() => T | Promise<T>),
    options?: Timeout | SetOptions,
  ): Promise<T> {
    const { timeout, version } = setOptionsOf(options);
    const finalKey = this.#keys.of(key, version);
    // Refused before anything is read or computed.
    if (timeout !== undefined) this.#expiryOf(timeout);
    const joined = this.#flights.find(finalKey);
    if (joined) {
      const shared = await joined.result;
      // Undefined: a batch loader had nothing for the key, but this caller has a factory of its own.
      return shared ? (shared.take() as T) : this.getOrSet(key, source, options);
    }
    const answer = this.#entries.readOrMiss(finalKey);
    if (!isPending(answer)) {
      const value = this.#entries.valueOf(valueCodec, finalKey, answer);
      if (value !== undefined) return value as T;
    }
    // Nothing was awaited since the look for a flight, so nobody else can have begun one.
    const flight = this.#flights.start(finalKey, async (own) => {
      const shared = isPending(answer) ? this.#share(finalKey, await answer) : undefined;
      if (shared) return shared;
      const value = typeof source === 'function' ? await (source as () => T | Promise<T>)() : source;
      const payload = valueCodec.encode(value);
      await this.#fill([{ finalKey, flight: own, payload }], timeout);
      return new SharedValue(valueCodec, payload);
    });
    return (await flight.result)!.take() as T;
  }

  /**
   * Returns the values of several keys by key, in one round trip where the backend can. Absent keys are not in the Map. The order of
   * the keys does not matter, duplicates count once, and no keys mean no call to the store.
   */
  async getMany<T>(keys: Iterable<string>, options?: KeyOptions): Promise<Map<string, T>> {
    const finalKeys = this.#finalKeysOf(keyListOf(keys), options);
    const entries = await this.#entries.readMany([...finalKeys.values()]);
    const values = new Map<string, T>();
    for (const [key, finalKey] of finalKeys) {
      const value = this.#entries.valueOf(valueCodec, finalKey, entries.get(finalKey));
      if (value !== undefined) values.set(key, value as T);
    }
    return values;
  }

  /**
   * Returns the values of several keys by key; those that are absent are loaded together, stored and returned.
   *
   * @param loader gets the missing keys, once, and returns what it found by key, in a Map or a plain object. Keys that it leaves
   * out are not in the result, and are asked for again next time; give `null` to remember that there is nothing.
   * @example
   * ```ts
   * const films = await cache.getOrSetMany(ids.map(String), (missing) => this.films.loadByIds(missing), '10m');
   * ```
   */
  async getOrSetMany<T>(
    keys: Iterable<string>,
    loader: (missingKeys: string[]) => Entries<T> | Promise<Entries<T>>,
    options?: Timeout | SetOptions,
  ): Promise<Map<string, T>> {
    const { timeout, version } = setOptionsOf(options);
    const finalKeys = this.#finalKeysOf(keyListOf(keys), { version });
    if (timeout !== undefined) this.#expiryOf(timeout);
    const batch = new Map<string, BatchMember>();
    const flights = new Map<string, Flight<Found>>();
    // Begun in a later microtask, when all of the batch is known.
    const loaded = Promise.resolve().then(() => this.#loadBatch(batch, loader, timeout));
    for (const [key, finalKey] of finalKeys) {
      const joined = this.#flights.find(finalKey);
      const flight = joined ?? this.#flights.start(finalKey, async () => (await loaded).get(key));
      if (!joined) batch.set(key, { finalKey, flight });
      flights.set(key, flight);
    }
    const values = new Map<string, T>();
    await loaded;
    for (const [key, flight] of flights) {
      const shared = await flight.result;
      if (shared) values.set(key, shared.take() as T);
    }
    return values;
  }

  /**
   * Stores several values, in one round trip where the backend can; returns the keys that failed. Nothing is stored if one of the
   * keys or values is refused.
   *
   * @param entries a Map, an iterable of pairs or a plain object
   * @throws as `set`
   */
  async setMany<T>(entries: Entries<T>, options?: Timeout | SetOptions): Promise<string[]> {
    const { timeout, version } = setOptionsOf(options);
    const expiresAt = this.#expiryOf(timeout);
    const keyOf = new Map<string, string>();
    const encoded = [...entryMapOf(entries, 'entries')].map(([key, value]) => {
      const finalKey = this.#keys.of(key, version);
      keyOf.set(finalKey, key);
      return { key: finalKey, payload: valueCodec.encode(value), expiresAt };
    });
    await this.#flights.overtakeMany(encoded.map(({ key }) => key));
    if (!this.#isOver(expiresAt))
      return (await this.#entries.writeMany(encoded)).map((finalKey) => keyOf.get(finalKey)!);
    await this.#entries.removeMany([...keyOf.keys()]);
    return [];
  }

  /** Removes several entries, in one round trip where the backend can; returns how many there were. */
  async deleteMany(keys: Iterable<string>, options?: KeyOptions): Promise<number> {
    const finalKeys = [...this.#finalKeysOf(keyListOf(keys), options).values()];
    await this.#flights.overtakeMany(finalKeys);
    return this.#entries.removeMany(finalKeys);
  }

  /** Removes an entry; returns whether there was one. */
  async delete(key: string, options?: KeyOptions): Promise<boolean> {
    const finalKey = this.#keys.of(key, options?.version);
    await this.#flights.overtake(finalKey);
    return this.#entries.remove(finalKey);
  }

  /** Tells whether there is a live entry; also for one that holds `null`. */
  async has(key: string, options?: KeyOptions): Promise<boolean> {
    return (await this.#entries.read(this.#keys.of(key, options?.version))) !== undefined;
  }

  /** Returns the seconds that an entry has left, `null` if it never expires, `undefined` if there is none. */
  async ttl(key: string, options?: KeyOptions): Promise<Seconds | null | undefined> {
    const entry = await this.#entries.read(this.#keys.of(key, options?.version));
    if (entry === undefined || entry.expiresAt === null) return entry && null;
    return Math.max(0, entry.expiresAt - this.#entries.clock.now()) / 1000;
  }

  /**
   * Gives an entry a new lifetime, counted from now; returns whether there was one.
   *
   * @param options the timeout in seconds (or text with a unit; `undefined`: the default of the cache; `null`: for ever; `0` or
   * less: the entry is removed), or options
   * @throws {InvalidTimeoutError}
   */
  async touch(key: string, options?: Timeout | SetOptions): Promise<boolean> {
    const { timeout, version } = setOptionsOf(options);
    const finalKey = this.#keys.of(key, version);
    const expiresAt = this.#expiryOf(timeout);
    return this.#isOver(expiresAt)
      ? this.#entries.remove(finalKey)
      : this.#entries.touch(finalKey, expiresAt);
  }

  /**
   * Adds to a whole number and returns the sum. The lifetime stays as it was.
   *
   * @param delta a whole number of either sign
   * @throws {CacheKeyNotFoundError} if there is no live entry
   * @throws {NotANumberError} if it holds no whole number, or the sum leaves the range of safe integers
   */
  async incr(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    assertWholeNumber(delta, 'delta');
    const sum = await this.#entries.increment(this.#keys.of(key, options?.version), delta);
    if (sum === undefined) throw new CacheKeyNotFoundError(key);
    return sum;
  }

  /** Subtracts from a whole number and returns the difference, which may be below zero; otherwise as `incr`. */
  async decr(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    return this.incr(key, -delta, options);
  }

  /**
   * Moves an entry to a higher version with the lifetime that it has left, and returns that version.
   *
   * @param delta how many versions up; a whole number
   * @throws {CacheKeyNotFoundError} if there is no live entry
   */
  async incrVersion(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    assertWholeNumber(delta, 'delta');
    const oldVersion = options?.version ?? this.#defaults.version;
    const newVersion = oldVersion + delta;
    const oldKey = this.#keys.of(key, oldVersion);
    const newKey = this.#keys.of(key, newVersion);
    await this.#flights.overtakeMany([oldKey, newKey]);
    const entry = await this.#entries.read(oldKey);
    if (!entry) throw new CacheKeyNotFoundError(key);
    if (newKey === oldKey) return newVersion;
    await this.#entries.write({ key: newKey, payload: entry.payload, expiresAt: entry.expiresAt });
    await this.#entries.remove(oldKey);
    return newVersion;
  }

  /** Moves an entry to a lower version; otherwise as `incrVersion`. */
  async decrVersion(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    return this.incrVersion(key, -delta, options);
  }

  /** Removes the entries of this cache, of all versions, and nothing of its neighbours on the same store. */
  async clear(): Promise<void> {
    await this.#flights.overtakeAll();
    await this.#entries.clear();
  }

  /** Releases what the cache opened. Every later call but this one rejects with `CacheClosedError`. */
  async close(): Promise<void> {
    await this.#entries.close();
  }

  async #loadBatch<T>(
    batch: ReadonlyMap<string, BatchMember>,
    loader: (missingKeys: string[]) => Entries<T> | Promise<Entries<T>>,
    timeout: Timeout,
  ): Promise<Map<string, Found>> {
    const found = new Map<string, Found>();
    if (batch.size === 0) return found;
    const entries = await this.#entries.readManyOrMiss([...batch.values()].map(({ finalKey }) => finalKey));
    for (const [key, { finalKey }] of batch) found.set(key, this.#share(finalKey, entries.get(finalKey)));
    const missing = [...batch.keys()].filter((key) => !found.get(key));
    if (missing.length === 0) return found;
    const loaded = entryMapOf(await loader(missing), 'The result of the loader');
    const fills = missing
      .filter((key) => loaded.get(key) !== undefined)
      .map((key) => {
        const { finalKey, flight } = batch.get(key)!;
        return { key, finalKey, flight, payload: valueCodec.encode(loaded.get(key)) };
      });
    await this.#fill(fills, timeout);
    for (const { key, payload } of fills) found.set(key, new SharedValue(valueCodec, payload));
    return found;
  }

  /** Returns the value of an entry for all who wait for it; undefined, a counted miss, if it is absent or cannot be read. */
  #share(finalKey: string, entry: StoredEntry | undefined): Found {
    const value = this.#entries.valueOf(valueCodec, finalKey, entry);
    return value === undefined ? undefined : new SharedValue(valueCodec, entry!.payload);
  }

  /** Stores what flights computed, but not what was overtaken meanwhile. A failure of the store is told of, not thrown. */
  async #fill(fills: readonly Fill[], timeout: Timeout): Promise<void> {
    const expiresAt = this.#expiryOf(timeout);
    const going = fills.filter(({ flight }) => !flight.isOvertaken);
    if (going.length === 0 || this.#isOver(expiresAt)) return;
    const filling = this.#entries
      .writeMany(going.map(({ finalKey, payload }) => ({ key: finalKey, payload, expiresAt })))
      .catch((error: unknown) => this.#entries.reportDegraded(undefined, error));
    for (const { flight } of going) flight.filling = filling;
    await filling;
  }

  #finalKeysOf(keys: readonly string[], options?: KeyOptions): Map<string, string> {
    return new Map(keys.map((key) => [key, this.#keys.of(key, options?.version)]));
  }

  #expiryOf(timeout: Timeout): EpochMs | null {
    return expiryOf(timeout, this.#defaults.timeout, this.#entries.clock);
  }

  #isOver(expiresAt: EpochMs | null): boolean {
    return isExpired(expiresAt, this.#entries.clock);
  }
}

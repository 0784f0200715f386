import type { StoreSize } from '../backends/cache-backend.js';
import type { Codec } from '../codec/codec.js';
import { valueCodec } from '../codec/value-codec.js';
import { isPending } from '../core/answer.js';
import type { Seconds } from '../core/clock.js';
import { CacheKeyNotFoundError } from '../core/errors.js';
import type { LifetimeMs, Timeout } from '../core/timeout.js';
import type { CacheStatistics } from './cache-events.js';
import {
  assertWholeNumber,
  type Entries,
  type GetOptions,
  keyListOf,
  keyOptionsOf,
  type KeyOptions,
  type SetOptions,
  setOptionsOf,
  type TouchOptions,
} from './call-options.js';
import { CacheView } from './cache-view.js';
import { Computations, type Flights } from './computations.js';
import type { EntryStore } from './entry-store.js';
import type { FinalKeys, KnownKey } from './final-keys.js';
import { EntryChanges } from './entry-changes.js';
import { SingleFlight } from './single-flight.js';
import { tagListOf } from './tag-list.js';

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
  readonly #changes: EntryChanges;
  readonly #computations: Computations;
  readonly #entries: EntryStore;
  readonly #keys: FinalKeys;
  readonly #defaults: { readonly timeout: LifetimeMs; readonly version: number };

  /** @internal Made by `CacheModule` and `openCaches`. */
  constructor(
    entries: EntryStore,
    keys: FinalKeys,
    flights: Flights,
    defaults: { timeout: LifetimeMs; version: number },
    outer?: Computations,
  ) {
    this.#entries = entries;
    this.#computations = new Computations(entries, flights, outer);
    this.#keys = keys;
    this.#changes = new EntryChanges(entries, keys, this.#computations, defaults.timeout);
    this.#defaults = defaults;
  }

  /** The name under which this cache is configured. */
  get alias(): string {
    return this.#entries.alias;
  }

  /** @internal Returns the same cache with values of the library's own in it. */
  view<T>(codec: Codec<T>): CacheView<T> {
    return new CacheView(codec, this.#entries, this.#keys, this.#defaults.timeout, (tags) =>
      this.#changes.invalidateTags(tags),
    );
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
  get<T>(key: string, options: GetOptions<T> & { defaultValue: T }): Promise<T>;
  get<T>(key: string, options?: GetOptions<T>): Promise<T | undefined>;
  get<T>(key: string, options?: GetOptions<T>): Promise<T | undefined> {
    // Not async: the way of nearly every hit in memory ends here, and the promise below is all that it allocates.
    const value = options === undefined ? this.#recall(this.#keys.recent(key)) : undefined;
    return value === undefined ? this.#find(key, options) : Promise.resolve(value as T);
  }

  async #find<T>(key: string, options?: GetOptions<T>): Promise<T | undefined> {
    const known = this.#keys.known(key, keyOptionsOf(options).version);
    const answer = this.#entries.read(known.finalKey);
    const entry = isPending(answer) ? await answer : answer;
    const value = this.#entries.valueAt(valueCodec, known, entry);
    return value === undefined ? options?.defaultValue : (value as T);
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
  set(key: string, value: unknown, options?: Timeout | SetOptions): Promise<void> {
    return this.#changes.set(key, value, options);
  }

  /**
   * Stores a value only if the key is absent or expired; returns whether it did. With a timeout of `0` or less it returns
   * whether the key is absent, and stores nothing.
   *
   * @throws as `set`
   */
  add(key: string, value: unknown, options?: Timeout | SetOptions): Promise<boolean> {
    return this.#changes.add(key, value, options);
  }

  /**
   * Returns the value of a key, or computes, stores and returns it. However many ask at once in this process, the factory runs
   * once, and each gets a copy of its own. The result is not stored if the key was set, deleted or cleared meanwhile, by whatever process, nor if it
   * took more than ten minutes on a shared store.
   *
   * A failing factory rejects all who waited and stores nothing. A factory that asks for its own key waits for itself, for ever. A failing store does not reject: the value is computed, and the
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
    const { tags, timeout, version } = setOptionsOf(options);
    const known = this.#keys.known(key, version);
    const keeping = { tags: tagListOf(tags), expiry: () => this.#changes.expiryOf(timeout) };
    // Refused before anything is read or computed.
    if (timeout !== undefined) this.#changes.expiryOf(timeout);
    const recalled = this.#recall(known);
    if (recalled !== undefined) return recalled as T;
    return (await this.#computations.one(known, source, keeping)) as T;
  }

  /**
   * Returns the values of several keys by key, in one round trip where the backend can. Absent keys are not in the Map. The order of
   * the keys does not matter, duplicates count once, and no keys mean no call to the store.
   */
  async getMany<T>(keys: Iterable<string>, options?: KeyOptions): Promise<Map<string, T>> {
    const { version } = keyOptionsOf(options);
    const values = new Map<string, T>();
    const others: string[] = [];
    const knownOthers: KnownKey[] = [];
    for (const key of keyListOf(keys)) {
      const known = this.#keys.known(key, version);
      const recalled = this.#recall(known);
      if (recalled !== undefined) values.set(key, recalled as T);
      else knownOthers[others.push(key) - 1] = known;
    }
    if (others.length === 0) return values;
    const entries = await this.#entries.readMany(knownOthers.map(({ finalKey }) => finalKey));
    for (let index = 0; index < others.length; index++) {
      const known = knownOthers[index]!;
      const value = this.#entries.valueAt(valueCodec, known, entries.get(known.finalKey));
      if (value !== undefined) values.set(others[index]!, value as T);
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
    const { tags, timeout, version } = setOptionsOf(options);
    const finalKeys = this.#finalKeysOf(keyListOf(keys), { version });
    const keeping = { tags: tagListOf(tags), expiry: () => this.#changes.expiryOf(timeout) };
    if (timeout !== undefined) this.#changes.expiryOf(timeout);
    const values = await this.#computations.many(finalKeys, loader, keeping);
    return values as Map<string, T>;
  }

  /**
   * Stores several values, in one round trip where the backend can; returns the keys that failed. Nothing is stored if one of the
   * keys or values is refused.
   *
   * @param entries a Map, an iterable of pairs or a plain object
   * @throws as `set`
   */
  setMany<T>(entries: Entries<T>, options?: Timeout | SetOptions): Promise<string[]> {
    return this.#changes.setMany(entries, options);
  }

  /** Removes several entries, in one round trip where the backend can; returns how many there were. */
  async deleteMany(keys: Iterable<string>, options?: KeyOptions): Promise<number> {
    return this.#changes.deleteMany([...this.#finalKeysOf(keyListOf(keys), options).values()]);
  }

  /** Removes an entry; returns whether there was one. One that `invalidateTags` made absent may count until something takes its place. */
  delete(key: string, options?: KeyOptions): Promise<boolean> {
    return this.#changes.delete(key, options);
  }

  /** Tells whether there is a live entry; also for one that holds `null`. */
  async has(key: string, options?: KeyOptions): Promise<boolean> {
    return (await this.#entries.read(this.#keys.of(key, keyOptionsOf(options).version))) !== undefined;
  }

  /** Returns the seconds that an entry has left, `null` if it never expires, `undefined` if there is none. */
  async ttl(key: string, options?: KeyOptions): Promise<Seconds | null | undefined> {
    const expiresAt = await this.#entries.expiry(this.#keys.of(key, keyOptionsOf(options).version));
    if (expiresAt === undefined || expiresAt === null) return expiresAt;
    return Math.max(0, expiresAt - this.#entries.clock.now()) / 1000;
  }

  /**
   * Gives an entry a new lifetime, counted from now; returns whether there was one. It may be `true` for an entry of which a tag was invalidated:
   * that is in the store, and stays absent.
   *
   * @param options the timeout in seconds (or text with a unit; `undefined`: the default of the cache; `null`: for ever; `0` or
   * less: the entry is removed), or options
   * @throws {InvalidTimeoutError}
   */
  touch(key: string, options?: Timeout | TouchOptions): Promise<boolean> {
    return this.#changes.touch(key, options);
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
    const sum = await this.#entries.increment(this.#keys.of(key, keyOptionsOf(options).version), delta);
    if (sum === undefined) throw new CacheKeyNotFoundError(key);
    return sum;
  }

  /** Subtracts from a whole number and returns the difference, which may be below zero; otherwise as `incr`. */
  async decr(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    assertWholeNumber(delta, 'delta');
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
    const oldVersion = keyOptionsOf(options).version ?? this.#defaults.version;
    await this.#changes.move(key, oldVersion, oldVersion + delta);
    return oldVersion + delta;
  }

  /** Moves an entry to a lower version; otherwise as `incrVersion`. */
  async decrVersion(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    assertWholeNumber(delta, 'delta');
    return this.incrVersion(key, -delta, options);
  }

  /**
   * Returns this cache as a part of a transaction of yours: what is written there is there for others once you commit, and gone if you roll back. For caches on
   * a database. What fails there leaves your transaction as it was; there is no deadline. Values computed there are not shared with callers outside.
   *
   * Without it, a cache on a database uses connections of its own, and a transaction neither undoes what it writes nor waits for it.
   *
   * @param transaction the entity manager or the query runner of the transaction
   * @throws {CacheTransactionError} if it is no open transaction, or one on another data source than this cache writes to
   * @example
   * ```ts
   * await dataSource.transaction(async (manager) => {
   *   await manager.save(film);
   *   await this.cache.withinTransaction(manager).delete(`film:${film.id}`);
   * });
   * ```
   */
  withinTransaction(transaction: object): CacheService {
    const entries = this.#entries.within(transaction);
    return new CacheService(entries, this.#keys, new SingleFlight(), this.#defaults, this.#computations);
  }

  /**
   * Makes all entries with one of these tags absent, of all versions, pages included, in all processes on the store; the work does not grow
   * with their number. What was being computed under the tags is not stored, here or elsewhere, and whoever asks from now on gets nothing older.
   *
   * @throws {CacheBackendError} if the store does not confirm it; it is made up for before the store is trusted again
   * @throws {InvalidCacheArgumentError}
   * @example
   * ```ts
   * await cache.getOrSet('film:7', () => this.films.find(7), { tags: ['films', 'film:7'] });
   * await cache.invalidateTags(['film:7']);
   * ```
   */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    await this.#changes.invalidateTags(tagListOf(tags, Number.POSITIVE_INFINITY));
  }

  /** Removes the entries of this cache, of all versions, and nothing of its neighbours on the same store. */
  async clear(): Promise<void> {
    await this.#changes.clear();
  }

  /**
   * Removes what has expired and what is over the limits, now, and returns how many entries went. For caches on a database, which are
   * otherwise cleaned up in proportion to what is written: worth a scheduled call where little is written.
   *
   * @throws {CacheConfigurationError} on other backends
   */
  async cull(): Promise<number> {
    return this.#entries.cull();
  }

  /**
   * Tells what the store of this cache holds, whichever cache wrote it: an estimate to within a few per cent. For caches on a database.
   *
   * @throws {CacheConfigurationError} on other backends
   */
  async size(): Promise<StoreSize> {
    return this.#entries.size();
  }

  /** Releases what the cache opened. Every later call but this one rejects with `CacheClosedError`. */
  async close(): Promise<void> {
    await this.#entries.close();
  }

  #recall(known: KnownKey | undefined): unknown {
    const decoded = known?.decoded;
    return decoded && this.#entries.recall(valueCodec, decoded);
  }

  #finalKeysOf(keys: readonly string[], options?: KeyOptions): Map<string, string> {
    const finalKeys = new Map<string, string>();
    for (const key of keys) finalKeys.set(key, this.#keys.of(key, keyOptionsOf(options).version));
    return finalKeys;
  }
}

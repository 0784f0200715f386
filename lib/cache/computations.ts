import type { StoredEntry } from '../backends/cache-backend.js';
import { valueCodec } from '../codec/value-codec.js';
import { isPending } from '../core/answer.js';
import type { EpochMs } from '../core/clock.js';
import { isExpired } from '../core/timeout.js';
import { type Entries, entryMapOf } from './call-options.js';
import type { EntryStore } from './entry-store.js';
import type { KnownKey } from './final-keys.js';
import { SharedValue } from './shared-value.js';
import type { Flight, SingleFlight } from './single-flight.js';

/** What a flight brings: a value, or undefined where a batch loader had none for the key. */
type Found = SharedValue<unknown> | undefined;

interface BatchMember {
  readonly finalKey: string;
  readonly flight: Flight<Found>;
}

interface Fill extends BatchMember {
  readonly payload: Buffer;
}

/** The computations under way for one store, by final key. */
export type Flights = SingleFlight<SharedValue<unknown> | undefined>;

/** Loads the values of missing keys together. */
export type BatchLoader = (missingKeys: string[]) => Entries<unknown> | Promise<Entries<unknown>>;

/** When a value that is computed now shall end. */
type Expiry = () => EpochMs | null;

/**
 * The values of one cache that are being computed: each once, however many wait for it, and none stored that was overtaken by a
 * newer word on its key.
 */
export class Computations {
  readonly #flights: Flights;

  /**
   * @param flights shared by all caches on one store, which may build the same final keys
   * @param outer those of the same cache outside of a transaction, which are overtaken as well
   */
  constructor(
    private readonly entries: EntryStore,
    flights: Flights,
    private readonly outer?: Computations,
  ) {
    this.#flights = flights;
  }

  /** Returns the value of a key, from the store, from a computation under way, or from a new one. */
  async one(known: KnownKey, source: unknown, expiry: Expiry): Promise<unknown> {
    const { finalKey } = known;
    const joined = this.#flights.find(finalKey);
    if (joined) {
      const shared = await joined.result;
      // Undefined: a batch loader had nothing for the key, but this caller has a factory of its own.
      return shared ? shared.take() : this.one(known, source, expiry);
    }
    const answer = this.entries.readOrCompute(finalKey);
    if (!isPending(answer)) {
      const value = this.entries.valueAt(valueCodec, known, answer);
      if (value !== undefined) return value;
    }
    // Nothing was awaited since the look for a flight, so nobody else can have begun one.
    const flight = this.#flights.start(finalKey, async (own) => {
      const shared = isPending(answer) ? this.#share(finalKey, await answer) : undefined;
      if (shared) return shared;
      const value: unknown = typeof source === 'function' ? await (source as () => unknown)() : source;
      const payload = valueCodec.encode(value);
      await this.#fill([{ finalKey, flight: own, payload }], expiry);
      return new SharedValue(valueCodec, payload);
    });
    return (await flight.result)!.take();
  }

  /** Returns the values of several keys by key; those that are nowhere are loaded together. */
  async many(
    finalKeys: ReadonlyMap<string, string>,
    loader: BatchLoader,
    expiry: Expiry,
  ): Promise<Map<string, unknown>> {
    const batch = new Map<string, BatchMember>();
    const flights = new Map<string, Flight<Found>>();
    // Begun in a later microtask, when all of the batch is known.
    const loaded = Promise.resolve().then(() => this.#loadBatch(batch, loader, expiry));
    for (const [key, finalKey] of finalKeys) {
      const joined = this.#flights.find(finalKey);
      const flight = joined ?? this.#flights.start(finalKey, async () => (await loaded).get(key));
      if (!joined) batch.set(key, { finalKey, flight });
      flights.set(key, flight);
    }
    const values = new Map<string, unknown>();
    const notFoundByOthers = new Map<string, string>();
    await loaded;
    for (const [key, flight] of flights) {
      const shared = await flight.result;
      if (shared) values.set(key, shared.take());
      else if (!batch.has(key)) notFoundByOthers.set(key, finalKeys.get(key)!);
    }
    // What another loader had nothing for, this one may have.
    if (notFoundByOthers.size > 0) {
      for (const [key, value] of await this.many(notFoundByOthers, loader, expiry)) values.set(key, value);
    }
    return values;
  }

  /**
   * Makes sure that nothing computed before now is stored under the key after now. Returns what must be awaited for that; undefined
   * where nothing is under way.
   */
  overtake(finalKey: string): Promise<unknown> | undefined {
    const own = this.#flights.overtake(finalKey);
    const others = this.outer?.overtake(finalKey);
    return own && others ? Promise.all([own, others]) : (own ?? others);
  }

  /** As `overtake`, for several keys. */
  async overtakeMany(finalKeys: readonly string[]): Promise<void> {
    await Promise.all([this.#flights.overtakeMany(finalKeys), this.outer?.overtakeMany(finalKeys)]);
  }

  /** As `overtake`, for all keys. */
  async overtakeAll(): Promise<void> {
    await Promise.all([this.#flights.overtakeAll(), this.outer?.overtakeAll()]);
  }

  async #loadBatch(
    batch: ReadonlyMap<string, BatchMember>,
    loader: BatchLoader,
    expiry: Expiry,
  ): Promise<Map<string, Found>> {
    const found = new Map<string, Found>();
    if (batch.size === 0) return found;
    const entries = await this.entries.readManyOrCompute([...batch.values()].map(({ finalKey }) => finalKey));
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
    await this.#fill(fills, expiry);
    for (const { key, payload } of fills) found.set(key, new SharedValue(valueCodec, payload));
    return found;
  }

  /** Returns the value of an entry for all who wait for it; undefined, a counted miss, if it is absent or cannot be read. */
  #share(finalKey: string, entry: StoredEntry | undefined): Found {
    const value = this.entries.valueOf(valueCodec, finalKey, entry);
    return value === undefined ? undefined : new SharedValue(valueCodec, entry!.payload);
  }

  /** Stores what flights computed, but not what was overtaken meanwhile. */
  async #fill(fills: readonly Fill[], expiry: Expiry): Promise<void> {
    const expiresAt = expiry();
    const going = fills.filter(({ flight }) => !flight.isOvertaken);
    if (going.length === 0 || isExpired(expiresAt, this.entries.clock)) return;
    const filling = Promise.all(
      going.map(({ finalKey, payload }) => this.entries.keepComputed({ key: finalKey, payload, expiresAt })),
    );
    for (const { flight } of going) flight.filling = filling.catch(() => undefined);
    await filling;
  }
}

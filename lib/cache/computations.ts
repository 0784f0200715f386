import type { StoredEntry } from '../backends/cache-backend.js';
import { isTagged, type TagStamps } from '../codec/frame.js';
import { stampsIn, withStamps } from '../codec/tagged.js';
import { valueCodec } from '../codec/value-codec.js';
import { type Answer, isPending } from '../core/answer.js';
import type { EpochMs } from '../core/clock.js';
import { isExpired } from '../core/timeout.js';
import { type Entries, entryMapOf } from './call-options.js';
import type { EntryStore, Ground } from './entry-store.js';
import { Fence } from './fence.js';
import type { KnownKey } from './final-keys.js';
import { SharedValue } from './shared-value.js';
import type { Flight, SingleFlight } from './single-flight.js';
import type { KnownStamps } from './tags.js';

/** What a flight brings: a value, or undefined where a batch loader had none for the key. */
type Found = SharedValue<unknown> | undefined;

interface BatchMember {
  readonly finalKey: string;
  readonly flight: Flight<Found>;
}

interface Fill extends BatchMember {
  readonly payload: Buffer;
}

interface LoadedFill extends Fill {
  readonly key: string;
}

const NONE: ReadonlySet<string> = new Set();

/** The computations under way for one store, by final key. */
export type Flights = SingleFlight<SharedValue<unknown> | undefined>;

/** Loads the values of missing keys together. */
export type BatchLoader = (missingKeys: string[]) => Entries<unknown> | Promise<Entries<unknown>>;

/** How computed values are kept. */
export interface Keeping {
  readonly tags: readonly string[];
  /** Returns when a value that is computed now shall end. */
  readonly expiry: () => EpochMs | null;
}

/**
 * The values of one cache that are being computed: each once, however many wait for it, and none stored that was overtaken by a
 * newer word on its key or its tags.
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
  async one(known: KnownKey, source: unknown, keeping: Keeping): Promise<unknown> {
    const joined = this.#flights.find(known.finalKey);
    if (!joined) return this.#begin(known, source, keeping);
    const shared = await joined.result;
    if (shared && (!shared.fence || (await shared.fence.isCurrent()))) return shared.take();
    return this.#anew(known, source, keeping);
  }

  /**
   * As `one`, for who has waited in vain: for a value that was invalidated meanwhile, or a batch loader that had nothing for the key.
   * What is under way now began after the call, so it needs no second look.
   */
  async #anew(known: KnownKey, source: unknown, keeping: Keeping): Promise<unknown> {
    const joined = this.#flights.find(known.finalKey);
    if (!joined) return this.#begin(known, source, keeping);
    const shared = await joined.result;
    return shared ? shared.take() : this.#anew(known, source, keeping);
  }

  async #begin(known: KnownKey, source: unknown, keeping: Keeping): Promise<unknown> {
    const { finalKey } = known;
    if (keeping.tags.length > 0) return this.#beginTagged(known, source, keeping);
    const answer = this.entries.readToFill(finalKey);
    if (!isPending(answer)) {
      const value = this.entries.valueAt(valueCodec, known, answer);
      if (value !== undefined) return value;
    }
    // Nothing was awaited since the look for a flight, so nobody else can have begun one.
    const flight = this.#flights.start(finalKey, async (own) => {
      const shared = isPending(answer) ? this.#share(finalKey, await answer) : undefined;
      if (shared) return shared;
      const prepared = this.#prepare([finalKey], keeping);
      return this.#compute(own, finalKey, source, keeping, isPending(prepared) ? await prepared : prepared);
    });
    return (await flight.result)!.take();
  }

  /** As `begin`; the stamps of the tags are read with the entry. */
  async #beginTagged(known: KnownKey, source: unknown, keeping: Keeping): Promise<unknown> {
    const { finalKey } = known;
    const { tags } = keeping;
    const answer = this.entries.lookToFill([finalKey], tags);
    if (!isPending(answer)) {
      const value = this.entries.valueAt(valueCodec, known, answer.entries.get(finalKey));
      if (value !== undefined) return value;
    }
    const run = async (own: Flight<Found>): Promise<Found> => {
      const { entries, stamps } = await answer;
      const shared = isPending(answer) ? this.#share(finalKey, entries.get(finalKey)) : undefined;
      if (shared) return shared;
      const ground = await this.#prepare([finalKey], keeping, stamps);
      return this.#compute(own, finalKey, source, keeping, ground);
    };
    const flight = this.#flights.start(finalKey, run, this.#stampKeysOf(tags));
    return (await flight.result)!.take();
  }

  /** What is not to be kept needs no place in the store. */
  #prepare(finalKeys: readonly string[], { expiry, tags }: Keeping, known?: KnownStamps): Answer<Ground> {
    const isKept = !isExpired(expiry(), this.entries.clock);
    return this.entries.prepare(isKept ? finalKeys : [], tags, known);
  }

  async #compute(
    flight: Flight<Found>,
    finalKey: string,
    source: unknown,
    keeping: Keeping,
    ground: Ground,
  ): Promise<Found> {
    const arrived = ground.leases?.has(finalKey) && !ground.leases.get(finalKey);
    const shared = arrived ? this.#share(finalKey, await this.entries.readToFill(finalKey)) : undefined;
    if (shared) return shared;
    const payload = await this.#payloadOf(source).catch(async (error: unknown) => {
      await this.entries.abandon([finalKey], ground);
      throw error;
    });
    const overtaken = await this.#fill([{ finalKey, flight, payload }], keeping, ground);
    return this.#computed(finalKey, payload, overtaken, ground);
  }

  async #payloadOf(source: unknown): Promise<Buffer> {
    const value: unknown = typeof source === 'function' ? await (source as () => unknown)() : source;
    return valueCodec.encode(value);
  }

  /** @param overtaken what others have had a word on meanwhile */
  #computed(
    finalKey: string,
    payload: Buffer,
    overtaken: ReadonlySet<string>,
    ground: Ground,
  ): SharedValue<unknown> {
    return new SharedValue(
      valueCodec,
      payload,
      overtaken.has(finalKey) ? Fence.broken : this.#fenceOf(finalKey, payload, ground),
    );
  }

  #fenceOf(finalKey: string, payload: Buffer, { leases, stamps }: Ground): Fence | undefined {
    if (leases?.get(finalKey)) return this.#fenceOfEntry(finalKey, withStamps(payload, stamps), stamps);
    // Others had stored something when the computation began.
    if (leases?.has(finalKey)) return Fence.broken;
    return this.#fenceOfTags(stamps);
  }

  /** Where other processes may have removed or replaced the entry. */
  #fenceOfEntry(finalKey: string, payload: Buffer, stamps: TagStamps): Fence {
    return new Fence(async () => {
      const present = await this.entries.lookAgain(finalKey, Object.keys(stamps));
      return present?.payload.equals(payload) ?? false;
    });
  }

  #fenceOfTags(stamps: TagStamps): Fence | undefined {
    return Object.keys(stamps).length === 0
      ? undefined
      : new Fence(async () => this.entries.areCurrent(stamps));
  }

  /** Returns the values of several keys by key; those that are nowhere are loaded together. */
  async many(
    finalKeys: ReadonlyMap<string, string>,
    loader: BatchLoader,
    keeping: Keeping,
    isSecondRound = false,
  ): Promise<Map<string, unknown>> {
    const batch = new Map<string, BatchMember>();
    const flights = new Map<string, Flight<Found>>();
    const stampKeys = this.#stampKeysOf(keeping.tags);
    // Begun in a later microtask, when all of the batch is known.
    const loaded = Promise.resolve().then(() => this.#loadBatch(batch, loader, keeping));
    for (const [key, finalKey] of finalKeys) {
      const joined = this.#flights.find(finalKey);
      const flight = joined ?? this.#flights.start(finalKey, async () => (await loaded).get(key), stampKeys);
      if (!joined) batch.set(key, { finalKey, flight });
      flights.set(key, flight);
    }
    const values = new Map<string, unknown>();
    const others = new Map<string, string>();
    await loaded;
    await Promise.all(
      Array.from(flights, async ([key, flight]) => {
        const shared = await flight.result;
        const isOwn = batch.has(key);
        const fence = isOwn || isSecondRound ? undefined : shared?.fence;
        if (shared && (!fence || (await fence.isCurrent()))) values.set(key, shared.take());
        else if (!isOwn) others.set(key, finalKeys.get(key)!);
      }),
    );
    // What another loader had nothing for, or what was invalidated meanwhile, this one may have.
    if (others.size > 0) {
      for (const [key, value] of await this.many(others, loader, keeping, true)) values.set(key, value);
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

  /** Lets nobody join what is being computed under these tags any more. What it stores is dead, or about to be. */
  overtakeTagged(tags: readonly string[]): void {
    this.#flights.overtakeTagged(new Set(this.#stampKeysOf(tags)));
    this.outer?.overtakeTagged(tags);
  }

  async #loadBatch(
    batch: ReadonlyMap<string, BatchMember>,
    loader: BatchLoader,
    keeping: Keeping,
  ): Promise<Map<string, Found>> {
    const found = new Map<string, Found>();
    if (batch.size === 0) return found;
    const finalKeys = Array.from(batch.values(), ({ finalKey }) => finalKey);
    const { entries, stamps } = await this.entries.lookToFill(finalKeys, keeping.tags);
    for (const [key, { finalKey }] of batch) found.set(key, this.#share(finalKey, entries.get(finalKey)));
    const missing = [...batch.keys()].filter((key) => !found.get(key));
    if (missing.length === 0) return found;
    const missingKeys = missing.map((key) => batch.get(key)!.finalKey);
    const ground = await this.#prepare(missingKeys, keeping, stamps);
    const fills = await this.#load(batch, missing, loader).catch(async (error: unknown) => {
      await this.entries.abandon(missingKeys, ground);
      throw error;
    });
    const [overtaken] = await Promise.all([
      this.#fill(fills, keeping, ground),
      this.entries.abandon(without(missingKeys, fills), ground),
    ]);
    for (const { finalKey, key, payload } of fills)
      found.set(key, this.#computed(finalKey, payload, overtaken, ground));
    return found;
  }

  async #load(
    batch: ReadonlyMap<string, BatchMember>,
    missing: string[],
    loader: BatchLoader,
  ): Promise<LoadedFill[]> {
    const loaded = entryMapOf(await loader(missing), 'The result of the loader');
    const fills: LoadedFill[] = [];
    for (const key of missing) {
      const value = loaded.get(key);
      if (value !== undefined) fills.push({ key, ...batch.get(key)!, payload: valueCodec.encode(value) });
    }
    return fills;
  }

  /** Returns the value of an entry for all who wait for it; undefined, a counted miss, if it is absent or cannot be read. */
  #share(finalKey: string, entry: StoredEntry | undefined): Found {
    const value = this.entries.valueOf(valueCodec, finalKey, entry);
    if (value === undefined) return undefined;
    const { payload } = entry!;
    const stamps = isTagged(payload) ? stampsIn(payload) : {};
    const fence = this.entries.isShared
      ? this.#fenceOfEntry(finalKey, payload, stamps)
      : this.#fenceOfTags(stamps);
    return new SharedValue(valueCodec, payload, fence);
  }

  /** Stores what flights computed, but not what was overtaken meanwhile. Returns the keys of what was overtaken by another process. */
  async #fill(fills: readonly Fill[], { expiry }: Keeping, ground: Ground): Promise<ReadonlySet<string>> {
    const expiresAt = expiry();
    const going = fills.filter(({ flight }) => !flight.isOvertaken);
    if (going.length === 0 || isExpired(expiresAt, this.entries.clock)) return NONE;
    const filling = Promise.all(
      going.map(async ({ finalKey, payload }) => {
        const isKept = await this.entries.keepComputed({ key: finalKey, payload, expiresAt }, ground);
        return isKept ? [] : [finalKey];
      }),
    );
    for (const { flight } of going) flight.filling = filling.catch(() => undefined);
    return new Set((await filling).flat());
  }

  #stampKeysOf(tags: readonly string[]): readonly string[] {
    return tags.length === 0 ? tags : tags.map((tag) => this.entries.tags.keyOf(tag));
  }
}

function without(finalKeys: readonly string[], fills: readonly Fill[]): string[] {
  const filled = new Set(fills.map(({ finalKey }) => finalKey));
  return finalKeys.filter((finalKey) => !filled.has(finalKey));
}

import type {
  CacheBackend,
  DecodedValue,
  EntryToWrite,
  StoredEntry,
  StoreSize,
} from '../backends/cache-backend.js';
import type { Codec } from '../codec/codec.js';
import { isTagged, type TagStamps, UnreadablePayloadError } from '../codec/frame.js';
import { stampsIn, withStamps } from '../codec/tagged.js';
import { type Answer, isPending } from '../core/answer.js';
import type { Clock, EpochMs } from '../core/clock.js';
import { BackendCalls } from './backend-calls.js';
import type { CacheEvents, CacheStatistics } from './cache-events.js';
import { Counters } from './counters.js';
import { EntryReader } from './entry-reader.js';
import { EntryWriter } from './entry-writer.js';
import type { KnownKey } from './final-keys.js';
import { type HeldLeases, Leases } from './leases.js';
import { Lenience } from './lenience.js';
import { LiveEntries, type Looked } from './live-entries.js';
import { Problems } from './problems.js';
import { Replacement } from './replacement.js';
import { abilityOf, backendWithin } from './special-abilities.js';
import { areSame, type KnownStamps, Tags, UNKEPT } from './tags.js';

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
  /** Returns the final key of a key of the library's own. */
  readonly finalKeyOf: (key: string) => string;
}

/** What was made sure of before a computation began, so that it loses to whatever comes after. */
export interface Ground {
  readonly stamps: TagStamps;
  /** Undefined if the store is this process's own, which knows what it computes. */
  readonly leases: HeldLeases | undefined;
}

const BARE_GROUND: Ground = { stamps: {}, leases: undefined };
const LOST_GROUND: Ground = { stamps: UNKEPT, leases: undefined };
const NOTHING_FOUND: Looked = { entries: new Map(), stamps: new Map() };

/**
 * One backend as the services above see it: values instead of bytes, errors that say which cache and key, counters, and the batch
 * forms for backends that have none. Entries whose tags were invalidated are absent. Keys are final keys.
 */
export class EntryStore {
  readonly alias: string;
  readonly clock: Clock;
  readonly statistics: CacheStatistics;
  readonly problems: Problems;
  readonly tags: Tags;
  readonly #parts: EntryStoreParts;
  readonly #backend: CacheBackend;
  readonly #calls: BackendCalls;
  readonly #counters: Counters;
  readonly #lenience: Lenience;
  readonly #live: LiveEntries;
  readonly #writer: EntryWriter;
  readonly #replacement: Replacement;
  readonly #leases: Leases | undefined;

  constructor(parts: EntryStoreParts, isTransaction = false) {
    const { alias, backend, clock, finalKeyOf, statistics } = parts;
    this.alias = alias;
    this.clock = clock;
    this.statistics = statistics;
    this.#parts = parts;
    this.#backend = backend;
    this.problems = new Problems(alias, statistics, parts.events);
    this.#lenience = new Lenience(this.problems, parts.rejectsFailures);
    const calls = (this.#calls = new BackendCalls(backend, alias, this.problems));
    const reader = new EntryReader(calls);
    const writer = (this.#writer = new EntryWriter(calls, parts.compressAbove));
    this.tags = new Tags({ calls, reader, writer, clock, finalKeyOf, isTransaction });
    const live = (this.#live = new LiveEntries(calls, reader, this.tags));
    this.#counters = new Counters(calls, this);
    const replacement = (this.#replacement = new Replacement({ calls, writer, live, clock, finalKeyOf }));
    // A lease within a transaction would make others wait for its end.
    const usesLeases = backend.capabilities.isShared && !isTransaction;
    this.#leases = usesLeases ? new Leases({ calls, writer, replacement, clock }) : undefined;
  }

  /** Returns the live entry, decompressed; at once if the store is in the process. */
  read(key: string): Answer<StoredEntry | undefined> {
    return this.#live.read(key, 'look');
  }

  /** As `read`, for who computes and stores what is missing. A failure of the store is a miss that is told of; it is the caller's on caches that are told so. */
  readToFill(key: string): Answer<StoredEntry | undefined> {
    return this.#lenience.orCompute(key, undefined, () => this.#live.read(key, 'fill'));
  }

  /** Returns the live ones of these entries by key, in one round trip where the backend can. */
  async readMany(keys: readonly string[]): Promise<ReadonlyMap<string, StoredEntry>> {
    if (keys.length === 0) return new Map();
    return (await this.#live.look(keys, [], 'look')).entries;
  }

  /** Returns live entries and the stamps of these tags, together. A failure of the store is a miss of all that is told of. */
  lookOrMiss(keys: readonly string[], tags: readonly string[]): Answer<Looked> {
    return this.#lenience.orElse(undefined, NOTHING_FOUND, () => this.#live.look(keys, tags, 'look'));
  }

  /** As `lookOrMiss`, for who computes and stores what is missing. A failure is the caller's on caches that are told so. */
  lookToFill(keys: readonly string[], tags: readonly string[]): Answer<Looked> {
    return this.#lenience.orCompute(undefined, NOTHING_FOUND, () => this.#live.look(keys, tags, 'fill'));
  }

  /**
   * Makes the store ready for what is about to be computed for these keys: waits until dead entries are gone, takes leases, and captures the stamps of
   * the tags. A failure of the store means that nothing is kept; it is the caller's on caches that are told so.
   */
  prepare(keys: readonly string[], tags: readonly string[], known?: KnownStamps): Answer<Ground> {
    const drops = this.#calls.dropsOf(keys);
    if (!this.#leases && tags.length === 0) return drops ? drops.then(() => BARE_GROUND) : BARE_GROUND;
    return this.#lenience.orCompute(undefined, LOST_GROUND, () => this.#prepare(keys, tags, known, drops));
  }

  async #prepare(
    keys: readonly string[],
    tags: readonly string[],
    known: KnownStamps | undefined,
    drops: Promise<unknown> | undefined,
  ): Promise<Ground> {
    const [stamps, leases] = await Promise.all([
      tags.length === 0 ? BARE_GROUND.stamps : this.tags.capture(tags, known),
      drops ? drops.then(() => this.#leases?.take(keys)) : this.#leases?.take(keys),
    ]);
    return { stamps, leases };
  }

  /** As `prepare`, but without keys, and a failure is nobody's. */
  captureOrNot(tags: readonly string[], known?: KnownStamps): Answer<TagStamps> {
    return this.#lenience.orElse(undefined, UNKEPT, () => this.tags.capture(tags, known));
  }

  /** Whether other processes may change the entries. Within a transaction that is nobody's business before its end. */
  get isShared(): boolean {
    return this.#leases !== undefined;
  }

  /** Returns the live entry of a key, for who waited for it; with its tags in one round trip. A failure is told of, and the caller's on caches that are told so. */
  async lookAgain(key: string, tags: readonly string[]): Promise<StoredEntry | undefined> {
    const look = await this.#lenience.orCompute(key, NOTHING_FOUND, () =>
      this.#live.look([key], tags, 'look'),
    );
    return look.entries.get(key);
  }

  /**
   * Tells whether stamps are still those of their tags. Where none are kept there is nothing that could tell otherwise. A failure
   * of the store is told of, and taken for a no; it is the caller's on caches that are told so.
   */
  areCurrent(stamps: TagStamps): Answer<boolean> {
    return this.#lenience.orCompute(undefined, false, () => this.#areCurrent(stamps));
  }

  /** As `areCurrent`, but a failure is nobody's. */
  areCurrentOrNot(stamps: TagStamps): Answer<boolean> {
    return this.#lenience.orElse(undefined, false, () => this.#areCurrent(stamps));
  }

  async #areCurrent(stamps: TagStamps): Promise<boolean> {
    const names = Object.keys(stamps);
    if (names.length === 0 || stamps === UNKEPT || !this.#backend.capabilities.keepsEntries) return true;
    return areSame(stamps, await this.tags.read(names));
  }

  /** Returns when an entry ends, `null` for never, undefined if it is absent. */
  async expiry(key: string): Promise<EpochMs | null | undefined> {
    const { expiry } = this.#backend;
    if (!expiry) return (await this.read(key))?.expiresAt;
    const ending = this.#calls.onKey('expiry', key, () => expiry.call(this.#backend, key));
    // Only the entry itself tells whether it is dead.
    const [entry, expiresAt] = await Promise.all([this.read(key), ending]);
    return entry && expiresAt;
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

  /** As `valueOf`; remembers at the key what the store keeps of the value, unless its tags must be looked at each time. */
  valueAt<T>(codec: Codec<T>, known: KnownKey, entry: StoredEntry | undefined): T | undefined {
    const value = this.valueOf(codec, known.finalKey, entry);
    const decoded = entry?.decoded;
    known.decoded = decoded?.codec === codec && !isTagged(entry!.payload) ? decoded : undefined;
    return value;
  }

  /** Returns a value that was decoded before, and counts the hit; undefined, which counts nothing, if its entry is gone or over. */
  recall<T>(codec: Codec<T>, { entry, value }: DecodedValue): T | undefined {
    if (entry === undefined || this.#calls.isClosed || !this.#backend.recall!(entry)) return undefined;
    this.statistics.hits++;
    return codec.copy(value as T);
  }

  #decodeAnew<T>(codec: Codec<T>, key: string, entry: StoredEntry): T | undefined {
    try {
      const { value, keepCost } = codec.decode(entry.payload);
      if (keepCost === undefined || !this.#backend.keepDecoded || entry.decoded) return value;
      const copy = codec.copy(value);
      this.#backend.keepDecoded(entry, { value, codec, entry }, keepCost());
      return copy;
    } catch (error) {
      // A RangeError: nested deeper than the stack, as no codec of ours writes.
      if (!(error instanceof UnreadablePayloadError || error instanceof RangeError)) throw error;
      this.#calls.dropUnreadable(key, error);
      return undefined;
    }
  }

  write(entry: EntryToWrite): Answer<void> {
    return this.#writer.write(entry);
  }

  /** Writes several entries, in one round trip where the backend can; returns the keys that failed. */
  async writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    return this.#writer.writeMany(entries);
  }

  /** Writes an entry that was computed under these stamps, in place of any other; a failure is told of. */
  async keep(entry: EntryToWrite, stamps: TagStamps): Promise<void> {
    const stamped = await this.#lenience.orElse(entry.key, undefined, () => this.stamped(entry, stamps));
    if (stamped) await this.#writer.writeOrDrop(stamped);
  }

  /** Does what is left to do when the stamps of an entry could not be captured: what it was to replace must not linger. */
  async dropWrites(keys: readonly string[]): Promise<void> {
    this.statistics.dropped += keys.length;
    try {
      await this.#writer.removeMany(keys);
    } catch (error) {
      this.problems.degraded(undefined, error);
    }
  }

  /** Returns an entry with the stamps that it was computed under, and makes sure that these last for as long. */
  stamped({ key, payload, expiresAt }: EntryToWrite, stamps: TagStamps): Answer<EntryToWrite> {
    const entry = { key, payload: withStamps(payload, stamps), expiresAt };
    const outlasting = this.tags.outlast(stamps, expiresAt);
    return isPending(outlasting) ? outlasting.then(() => entry) : entry;
  }

  /** Stores an entry if there is no live one; returns whether it did. */
  async insert(entry: EntryToWrite): Promise<boolean> {
    return (await this.#writer.insert(entry)) || this.#replaceAbsent(entry);
  }

  #replaceAbsent(entry: EntryToWrite): Answer<boolean> {
    return this.#lenience.orCompute(entry.key, false, () => this.#replacement.replaceAbsent(entry));
  }

  /**
   * Stores what was computed on this ground, unless something has come to the key or been removed from it meanwhile, by whatever process; returns false
   * then. A failure is told of, and the caller's only on caches that are told so.
   */
  async keepComputed(entry: EntryToWrite, { leases, stamps }: Ground): Promise<boolean> {
    if (stamps === UNKEPT) return true;
    try {
      const stamped = await this.stamped(entry, stamps);
      if (!leases) return await this.#writer.insert(stamped);
      const lease = leases.get(entry.key);
      return lease ? await this.#leases!.fill(stamped, lease) : true;
    } catch (error) {
      if (this.#parts.rejectsFailures) throw error;
      this.problems.degraded(entry.key, error);
      return true;
    }
  }

  /** Tells the store that nothing will be stored for these keys on this ground. Never rejects. */
  async abandon(keys: Iterable<string>, { leases }: Ground): Promise<void> {
    if (leases) await this.#leases!.giveBack(keys, leases);
  }

  /** One operation, unless it is for longer than stamps last: only reading would tell that an entry is dead, and to touch that does no harm. */
  async touch(key: string, expiresAt: EpochMs | null): Promise<boolean> {
    const isTouched = await this.#writer.touch(key, expiresAt);
    if (isTouched && this.tags.mayEndBefore(expiresAt)) {
      const entry = await this.read(key);
      if (entry && isTagged(entry.payload)) await this.tags.outlast(stampsIn(entry.payload), expiresAt);
    }
    return isTouched;
  }

  async remove(key: string): Promise<boolean> {
    return this.#writer.remove(key);
  }

  /** Removes several entries, in one round trip where the backend can; returns how many there were. */
  async removeMany(keys: readonly string[]): Promise<number> {
    return this.#writer.removeMany(keys);
  }

  /** Adds to a counter and keeps its end; undefined if there is none. Not atomic on backends that cannot count. */
  async increment(key: string, delta: number): Promise<number | undefined> {
    return this.#counters.increment(key, delta);
  }

  async clear(): Promise<void> {
    await this.#calls.onAll('clear', () => this.#backend.clear());
  }

  async cull(): Promise<number> {
    return this.#calls.onAll('cull', async () => abilityOf(this.#backend, 'cull', this.alias)());
  }

  async size(): Promise<StoreSize> {
    return this.#calls.onAll('size', async () => abilityOf(this.#backend, 'size', this.alias)());
  }

  /** Returns the same entries as seen from within a transaction of the application. */
  within(transaction: object): EntryStore {
    this.#calls.assertOpen();
    return new EntryStore(
      { ...this.#parts, backend: backendWithin(this.#backend, transaction, this.alias) },
      true,
    );
  }

  async close(): Promise<void> {
    await this.#calls.close();
  }
}

import type { Answer } from '../core/answer.js';
import type { Clock, EpochMs } from '../core/clock.js';

/** An entry as a store holds it. */
export interface StoredEntry {
  /** The encoded value. Readers treat it as read-only. */
  readonly payload: Buffer;
  /** The moment at which the entry ends, epoch ms; `null` for never. */
  readonly expiresAt: EpochMs | null;
  /** What `CacheBackend.keepDecoded` has put there. */
  readonly decoded?: DecodedValue | undefined;
}

/** A decoded value that a backend keeps beside the payload, so that reading the entry again needs no decoding. */
export interface DecodedValue {
  value: unknown;
  /** Who decoded it; nobody else can make sense of it. */
  readonly codec: unknown;
  /** The entry, for as long as the store holds it. Both are cleared when it is dropped: whoever remembers this keeps nothing alive. */
  entry: StoredEntry | undefined;
}

/** One entry to write. */
export interface EntryToWrite {
  readonly key: string;
  readonly payload: Buffer;
  readonly expiresAt: EpochMs | null;
}

/** What a backend can do, as data: read by the conformance suite and by the README's table. */
export interface BackendCapabilities {
  /** Other processes see the entries. */
  readonly isShared: boolean;
  /** The entries survive a restart of the process. */
  readonly isPersistent: boolean;
  /** What is written can be read. False for the dummy alone. */
  readonly keepsEntries: boolean;
  /** Of several `insert` of one key at once, in all processes that see it, exactly one wins. */
  readonly hasAtomicInsert: boolean;
  /** No `increment` is lost, whatever else happens to the key in all processes that see it. */
  readonly hasAtomicIncrement: boolean;
  /** Holds `maxEntries` by itself. */
  readonly limitsEntries: boolean;
  /** The longest final key in bytes; `null` for no limit of its own. Longer keys are refused, not warned of. */
  readonly maxKeyBytes: number | null;
}

/**
 * Where entries live: final keys and bytes in, bytes out. A backend knows moments, not durations, and neither values nor HTTP.
 *
 * A backend in the process may answer at once, without a promise. A failure of the store is thrown or rejected as it is;
 * the cache above adds alias and operation. An entry whose moment has come counts as absent in every method.
 */
export interface CacheBackend {
  readonly capabilities: BackendCapabilities;

  /** Returns the entry, or undefined if it is absent. */
  read(key: string): Answer<StoredEntry | undefined>;
  /** Stores the entry in place of any other. `expiresAt` is in the future or `null`. */
  write(key: string, payload: Buffer, expiresAt: EpochMs | null): Answer<void>;
  /** Stores the entry only if the key is absent; returns whether it did. */
  insert(key: string, payload: Buffer, expiresAt: EpochMs | null): Answer<boolean>;
  /** Gives a present entry another end; returns whether there was one. */
  touch(key: string, expiresAt: EpochMs | null): Answer<boolean>;
  /** Removes the entry; returns whether there was one. */
  remove(key: string): Answer<boolean>;
  /** Removes what was written under this backend's scope, and nothing of its neighbours on the same store. */
  clear(): Answer<void>;

  /** Returns the present ones of these entries by key, in one round trip. Optional: the cache reads one by one. */
  readMany?(keys: readonly string[]): Answer<Map<string, StoredEntry>>;
  /** Writes several entries in one round trip; returns the keys that failed. Optional. */
  writeMany?(entries: readonly EntryToWrite[]): Answer<string[]>;
  /** Removes several entries in one round trip; returns how many there were. Optional. */
  removeMany?(keys: readonly string[]): Answer<number>;
  /**
   * Adds to a payload of decimal digits, keeps its end, and returns the sum; undefined if the key is absent.
   * Optional: the cache reads and writes, which is not atomic.
   *
   * @throws {NotANumberError} if the payload is no integer or the sum leaves the safe range
   */
  increment?(key: string, delta: number): Answer<number | undefined>;
  /**
   * Keeps a decoded value in `entry.decoded`, counts `cost` bytes for it, and clears `decoded` when it drops the
   * entry. For backends in the process whose `read` returns the same object each time; comes with `recall`. Optional.
   */
  keepDecoded?(entry: StoredEntry, decoded: DecodedValue, cost: number): void;
  /** Tells whether an entry that the store holds is still live, and counts it as read: a `read` without looking for the key. */
  recall?(entry: StoredEntry): boolean;
  /** Checks and prepares the store when the application starts; a failure ends the start. Optional. */
  open?(): Promise<void>;
  /** Releases what this backend opened, and only that. Optional. */
  close?(): Promise<void>;
}

/** What a backend is told when it is made. */
export interface BackendContext {
  /** The name of the cache that it serves. */
  readonly alias: string;
  /** Where the store is: a folder, a name, a server; undefined if the configuration does not say. */
  readonly location: string | undefined;
  /**
   * Marks the entries that belong to this cache on a store that several share: `clear()` removes those alone. Equal in
   * all processes that configure the cache alike.
   */
  readonly scope: string;
  readonly clock: Clock;
  /** Things that the caches of one module share, such as a memory store that two aliases name. */
  readonly shared: Map<string, unknown>;
  /** Tells that an entry was found that cannot be read; the backend removes it and answers with a miss. */
  readonly unreadable: (key: string, reason: unknown) => void;
  /** The options of the alias that the framework itself does not know. Of interest to classes of the user's own. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A backend of the user's own: a class given as `backend`. */
export interface CacheBackendClass {
  new (context: BackendContext): CacheBackend;
  /** Packages that must be installed; checked at start, with the command to install them in the error. */
  readonly requires?: readonly string[];
}

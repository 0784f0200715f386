import type { Answer } from '../core/answer.js';
import type { Clock, EpochMs } from '../core/clock.js';
import type { DataSources } from './database/routing/data-sources.js';

/** An entry as a store holds it. */
export interface StoredEntry {
  /** The encoded value. Readers treat it as read-only. */
  readonly payload: Buffer;
  /** The moment at which the entry ends, epoch ms; `null` for never; undefined where only `CacheBackend.expiry` tells, which costs extra. */
  readonly expiresAt: EpochMs | null | undefined;
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

/** What a store holds, whichever cache wrote it. */
export interface StoreSize {
  readonly entries: number;
  /** Of the encoded values. */
  readonly bytes: number;
  /** Whether it was counted rather than estimated. */
  readonly isExact: boolean;
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
  /** The store is another process: every operation runs under a deadline and behind a breaker. `undefined`: false. */
  readonly isRemote?: boolean;
}

/**
 * The servers behind a remote backend, each with a breaker of its own. A name is `host:port` or a path, without a password, and fit for a log.
 * All methods may be called at any moment, also before the first connection.
 */
export interface BackendServers {
  /** Returns the servers that operations of this kind can go to, healthy or not. Those of `write` hold what `clear` removes. */
  names(purpose: 'read' | 'write'): readonly string[];
  /** Returns the server that the next operation on this key goes to, if it is called in the same turn. */
  nameFor(key: string, purpose: 'read' | 'write'): string;
  /** Resolves when the server answers; rejects when it cannot be reached or does not know what it says. Reconnects if needed. Not under a deadline of its own. */
  probe(name: string): Promise<void>;
  /**
   * Makes a server that has just answered a probe fit to be trusted again: removes these entries from it, or all that belong to the
   * backend's scope, and makes sure that nothing sent to it earlier, over a connection that was given up, takes effect later.
   */
  recover(name: string, doubtful: readonly string[] | 'all'): Promise<void>;
  /** Removes from one server of `names('write')` what `CacheBackend.clear` removes from all. */
  clear(name: string): Promise<void>;
  /**
   * How many operations each server carries out at once, a batch being one; the others wait for their turn, in which no time runs. By default there are so many
   * at once that they have about a thousand entries.
   */
  readonly operationsAtOnce?: number;
  /** Takes a server out of use until `readmit`: operations go to others, where there are any. Optional. */
  eject?(name: string): void;
  /** Takes a server into use again. Optional. */
  readmit?(name: string): void;
}

/**
 * Where entries live: final keys and bytes in, bytes out. A backend knows moments, not durations, and neither values nor HTTP.
 *
 * A backend in the process may answer at once, without a promise. A failure of the store is thrown or rejected as it is;
 * the cache above adds alias and operation. An entry whose moment has come counts as absent in every method.
 */
export interface CacheBackend {
  readonly capabilities: BackendCapabilities;

  /** The servers of a remote backend; undefined where there is one that needs no name. */
  readonly servers?: BackendServers;

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

  /** Returns when the entry ends, `null` for never, undefined if it is absent. For backends whose `read` leaves that out. */
  expiry?(key: string): Answer<EpochMs | null | undefined>;
  /** Returns the present ones of these entries by key, in one round trip. Optional: the cache reads one by one. */
  readMany?(keys: readonly string[]): Answer<Map<string, StoredEntry>>;
  /** Writes several entries in one round trip; returns the keys that failed. Optional. */
  writeMany?(entries: readonly EntryToWrite[]): Answer<string[]>;
  /** Removes several entries in one round trip; returns how many there were. Optional. */
  removeMany?(keys: readonly string[]): Answer<number>;
  /**
   * Compare-and-set: stores the entry if the present one has exactly the payload `expected`; returns whether it did. What comes to the key meanwhile,
   * or removes it, wins. Optional: without it the cache cannot let an invalidation win over computations in other processes, and `add`
   * in place of an entry whose tags were invalidated is not atomic.
   */
  replace?(key: string, expected: Buffer, payload: Buffer, expiresAt: EpochMs | null): Answer<boolean>;
  /**
   * Adds to a payload of decimal digits, keeps its end, and returns the sum; undefined if the key is absent.
   * Optional: the cache reads and writes, which is not atomic.
   *
   * @throws {NotANumberError} if the payload is no integer or the sum leaves the safe range
   */
  increment?(key: string, delta: number): Answer<number | undefined>;
  /** Removes what has expired or is over the limits, now; returns how many entries went. Optional: for stores that are cleaned up bit by bit. */
  cull?(): Promise<number>;
  /** Tells what the store holds, by and large. Optional. */
  size?(): Promise<StoreSize>;
  /**
   * Returns a backend whose statements are part of a transaction of the application, an entity manager or a query runner of TypeORM. Optional: for
   * backends on a database.
   *
   * @throws {CacheTransactionError} if it is no transaction, or one on another database
   */
  within?(transaction: unknown): CacheBackend;
  /** Tells whether the server of a key is in use, or operations on it are answered without it. Of guards alone. */
  isInUse?(key: string): boolean;
  /**
   * Keeps a decoded value in `entry.decoded`, counts `cost` bytes for it, and clears `decoded` when it drops the
   * entry. For backends in the process whose `read` returns the same object each time; comes with `recall`. Optional.
   */
  keepDecoded?(entry: StoredEntry, decoded: DecodedValue, cost: number): void;
  /** Tells whether an entry that the store holds is still live, and counts it as read: a `read` without looking for the key. */
  recall?(entry: StoredEntry): boolean;
  /**
   * Checks and prepares the store when the application starts; a failure ends the start. A remote backend begins to connect, waits a
   * moment for that, and resolves even if there is no server. Optional.
   */
  open?(): Promise<void>;
  /** Releases what this backend opened, and only that. Optional. */
  close?(): Promise<void>;
}

/** How a cache builds its final keys. */
export interface KeyScheme {
  readonly prefix: string;
  /** The version of entries when a call gives none. */
  readonly version: number;
  /** Final keys are `prefix:version:key`. False: a key function of the user's own builds them, and can put anything anywhere. */
  readonly isDefault: boolean;
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
  /** How the final keys of this cache are built: `prefix:version:key`, unless a key function of the user's own does it. */
  readonly keys: KeyScheme;
  readonly clock: Clock;
  /** How long the caller of an operation waits, in milliseconds, if the backend is remote. */
  readonly operationTimeoutMs: number;
  /** Things that the caches of one module share, such as a memory store that two aliases name. */
  readonly shared: Map<string, unknown>;
  /** Tells that an entry was found that cannot be read; the backend removes it and answers with a miss. */
  readonly unreadable: (key: string, reason: unknown) => void;
  /** Tells that the connection to one of `CacheBackend.servers` is gone or makes no sense: its breaker opens at once. */
  readonly lost: (server: string, reason: unknown) => void;
  /** Tells the log of something that nobody is called for, but somebody should know. */
  readonly warn: (message: string) => void;
  /** The data sources of the application, and the routers that choose among them. */
  readonly dataSources: DataSources;
  /** The options of the alias that the framework itself does not know. Of interest to classes of the user's own. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A backend of the user's own: a class given as `backend`. */
export interface CacheBackendClass {
  new (context: BackendContext): CacheBackend;
  /** Packages that must be installed; checked at start, with the command to install them in the error. */
  readonly requires?: readonly string[];
}

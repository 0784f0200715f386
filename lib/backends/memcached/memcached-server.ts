/** An entry as memcached has it. */
export interface MemcachedItem {
  readonly payload: Buffer;
  /** The item's unique number, for `compareAndSet`; only where it was asked for. */
  readonly cas?: string | undefined;
  /** Seconds left as the server counts them, `null` for no end; only where it was asked for. */
  readonly secondsLeft?: number | null | undefined;
}

/**
 * One memcached server through one client library: what the backend needs, and nothing that only some clients can say.
 *
 * Keys are wire keys. `exptime` is the server's: seconds up to 30 days, above that epoch seconds, 0 for no end. Every method rejects when
 * the server cannot be reached, does not answer as the protocol has it, or refuses; none has a deadline of its own.
 */
export interface MemcachedServer {
  /** `host:port`, `[v6]:port` or the path of a socket. */
  readonly name: string;
  /** Begins to connect; resolves when all its connections stand, rejects with the first failure, and goes on trying until `close`. */
  connect(): Promise<void>;
  get(key: string): Promise<MemcachedItem | undefined>;
  /** Returns those that are there, in one round trip. */
  getMany(keys: readonly string[]): Promise<Map<string, MemcachedItem>>;
  /** @throws {ItemTooLargeError} and the key holds nothing afterwards */
  set(key: string, payload: Buffer, exptime: number): Promise<void>;
  /** @throws {ItemTooLargeError} */
  add(key: string, payload: Buffer, exptime: number): Promise<boolean>;
  touch(key: string, exptime: number): Promise<boolean>;
  remove(key: string): Promise<boolean>;
  /**
   * Adds to a decimal number on the server, which keeps the item's end; below zero it stops at 0. Undefined if the key is absent.
   *
   * @throws {NotCountableError} if the item is no number of 64 bits without sign
   */
  count(key: string, delta: number): Promise<number | undefined>;
  /** What the classic protocol has no word for: a read with the number and the seconds left, and changes that happen only if the number is still that one. */
  readonly exact?: ExactOperations;
  flushAll(): Promise<void>;
  /** The size of the largest item that the server takes, key and overhead included, in bytes. */
  itemLimit(): Promise<number>;
  /** Resolves when the server answers on every connection; connects anew where that is needed. */
  probe(): Promise<void>;
  /** Tells, once, whether a change was sent over a connection that was given up before the answer: it may still take effect later. */
  takeDoubt(): boolean;
  /** Ends all connections; what is pending rejects. */
  close(): Promise<void>;
}

export interface ExactOperations {
  /** Returns payload, `cas` and `secondsLeft`. */
  inspect(key: string): Promise<MemcachedItem | undefined>;
  /** Returns the seconds left, `null` for no end, undefined if the key is absent; without moving the value. */
  secondsLeft(key: string): Promise<number | null | undefined>;
  /** Stores if the item is still the one with this number; false if it changed or is gone. */
  compareAndSet(key: string, payload: Buffer, exptime: number, cas: string): Promise<boolean>;
  /** As `count`, if the item is still the one with this number; false if it changed or is gone. */
  compareAndCount(key: string, delta: number, cas: string): Promise<number | false>;
}

/** The value is over the server's item limit. */
export class ItemTooLargeError extends Error {}

/** The server was asked to count with something that is no number. */
export class NotCountableError extends Error {}

import type { Clock, EpochMs } from '../../core/clock.js';
import { isExpired } from '../../core/timeout.js';
import { type EvictionPolicy, LeastRecentlyUsed } from './eviction-policy.js';
import { ExpiryQueue } from './expiry-queue.js';
import type { DecodedValue } from '../cache-backend.js';
import { BlockPool } from './block-pool.js';
import { costOf, MemoryEntry } from './memory-entry.js';
import { TurnoverPressure } from './turnover-pressure.js';

/** At most this part 1/n of the bound is kept in free blocks. */
const FREE_SHARE = 16;

/** The bounds of a memory store. */
export interface MemoryLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** The share 1/n of the entries that goes when `maxEntries` is reached; 0 for all, undefined for just the one in the way. */
  readonly cullFrequency: number | undefined;
}

/**
 * Entries in the memory of this process, bounded by number and bytes. Expired entries go first, then those that the policy
 * names. There is no timer: time is read when something is asked.
 */
export class MemoryStore {
  readonly #entries = new Map<string, MemoryEntry>();
  readonly #expiry = new ExpiryQueue();
  readonly #blocks: BlockPool;
  readonly #pressure = new TurnoverPressure();
  #bytes = 0;

  constructor(
    readonly limits: MemoryLimits,
    private readonly clock: Clock,
    private readonly policy: EvictionPolicy = new LeastRecentlyUsed(),
  ) {
    this.#blocks = new BlockPool(Math.floor(limits.maxBytes / FREE_SHARE));
  }

  /** The number of entries held, expired ones that nobody asked for included. */
  get size(): number {
    return this.#entries.size;
  }

  /** What the entries take, in bytes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the live entry; an expired one is dropped. */
  find(key: string): MemoryEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt === null || !isExpired(entry.expiresAt, this.clock))
      return entry;
    this.#drop(entry);
    return undefined;
  }

  /** Returns the live entry to somebody who will look at it. */
  read(key: string): MemoryEntry | undefined {
    const entry = this.find(key);
    if (!entry) return undefined;
    entry.isSeen = true;
    this.policy.used(entry);
    return entry;
  }

  /** Puts the entry in place of any other of its key. Returns false, and drops the other, if it is larger than the whole store. */
  put(key: string, scope: string, payload: Buffer, expiresAt: EpochMs | null): boolean {
    const old = this.#entries.get(key);
    // It keeps its place in the map: to delete and set again costs more than all the rest.
    if (old) this.#release(old);
    const cost = costOf(key, payload.length);
    if (cost > this.limits.maxBytes) {
      this.#entries.delete(key);
      return false;
    }
    // First room, then the copy, which then fits where the victim was.
    this.#makeRoom(old ? 0 : 1, cost);
    const entry = new MemoryEntry(key, scope, this.#blocks.copy(payload), expiresAt, cost);
    this.#entries.set(key, entry);
    this.#bytes += entry.cost;
    this.#expiry.add(entry);
    this.policy.added(entry);
    return true;
  }

  /** Tells whether an entry of this store is live, and counts it as used. */
  recall(entry: MemoryEntry): boolean {
    if (isExpired(entry.expiresAt, this.clock)) return false;
    this.policy.used(entry);
    return true;
  }

  extend(entry: MemoryEntry, expiresAt: EpochMs | null): void {
    this.#expiry.remove(entry);
    entry.expiresAt = expiresAt;
    this.#expiry.add(entry);
  }

  remove(key: string): boolean {
    const entry = this.find(key);
    if (entry) this.#drop(entry);
    return entry !== undefined;
  }

  removeScope(scope: string): void {
    for (const entry of this.#entries.values()) if (entry.scope === scope) this.#drop(entry);
  }

  /** Keeps a decoded value at the entry if the store has room for it beside everything else that is live. */
  keepDecoded(entry: MemoryEntry, decoded: DecodedValue, cost: number): void {
    if (this.#bytes + cost > this.limits.maxBytes || this.#entries.get(entry.key) !== entry) return;
    entry.decoded = decoded;
    entry.cost += cost;
    this.#bytes += cost;
  }

  #makeRoom(entries: number, bytes: number): void {
    if (this.#fits(entries, bytes)) return;
    const now = this.clock.now();
    for (let expired = this.#expiry.firstExpired(now); expired; expired = this.#expiry.firstExpired(now)) {
      this.#evict(expired);
    }
    if (this.#entries.size + entries > this.limits.maxEntries) this.#cull();
    for (
      let victim = this.policy.victim();
      victim && !this.#fits(entries, bytes);
      victim = this.policy.victim()
    ) {
      this.#evict(victim);
    }
  }

  #fits(entries: number, bytes: number): boolean {
    return (
      this.#entries.size + entries <= this.limits.maxEntries && this.#bytes + bytes <= this.limits.maxBytes
    );
  }

  #cull(): void {
    const { cullFrequency } = this.limits;
    if (cullFrequency === undefined) return;
    const share = cullFrequency === 0 ? this.#entries.size : Math.ceil(this.#entries.size / cullFrequency);
    for (let culled = 0; culled < share; culled++) {
      const victim = this.policy.victim();
      if (victim) this.#evict(victim);
    }
  }

  /** Drops an entry to make room: the turnover of a store that is full. */
  #evict(entry: MemoryEntry): void {
    this.#drop(entry);
    this.#pressure.evicted();
  }

  #drop(entry: MemoryEntry): void {
    this.#entries.delete(entry.key);
    this.#release(entry);
  }

  /** Takes an entry out of everything but the map. */
  #release(entry: MemoryEntry): void {
    this.#bytes -= entry.cost;
    this.#expiry.remove(entry);
    this.policy.removed(entry);
    if (entry.decoded) forget(entry.decoded);
    if (!entry.isSeen) this.#blocks.release(entry.payload);
  }
}

/** Whoever remembers a decoded value must not keep it in memory when its entry is gone. */
function forget(decoded: DecodedValue): void {
  decoded.entry = undefined;
  decoded.value = undefined;
}

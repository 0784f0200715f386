import type { MemoryEntry } from './memory-entry.js';

/** Decides which live entry gives way. A policy sees every entry of one store, and only the store calls it. */
export interface EvictionPolicy {
  added(entry: MemoryEntry): void;
  used(entry: MemoryEntry): void;
  removed(entry: MemoryEntry): void;
  /** Returns the entry to evict next; undefined when there is none. */
  victim(): MemoryEntry | undefined;
}

/** An entry among the newest 1/8 of a store stays where it is when it is used: its turn to go is far away. */
const NEWEST_SHARE = 8;

/**
 * Evicts what was used longest ago. The order is a list linked through the entries, so a hit allocates nothing, and most hits, since
 * popular entries are among the newest, do not even move.
 */
export class LeastRecentlyUsed implements EvictionPolicy {
  #newest: MemoryEntry | undefined;
  #oldest: MemoryEntry | undefined;
  #size = 0;
  /** Counts arrivals at the newest end; an entry that arrived n arrivals ago has at most n newer ones. */
  #arrivals = 0;

  added(entry: MemoryEntry): void {
    this.#size++;
    this.#append(entry);
  }

  used(entry: MemoryEntry): void {
    if (this.#arrivals - entry.arrival < this.#size / NEWEST_SHARE) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  removed(entry: MemoryEntry): void {
    this.#size--;
    this.#unlink(entry);
  }

  victim(): MemoryEntry | undefined {
    return this.#oldest;
  }

  #append(entry: MemoryEntry): void {
    entry.arrival = ++this.#arrivals;
    entry.older = this.#newest;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink(entry: MemoryEntry): void {
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    if (entry.older) entry.older.newer = entry.newer;
    else this.#oldest = entry.newer;
    entry.newer = undefined;
    entry.older = undefined;
  }
}

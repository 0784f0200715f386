import type { MemoryEntry } from './memory-entry.js';

/** Decides which live entry gives way. A policy sees every entry of one store, and only the store calls it. */
export interface EvictionPolicy {
  added(entry: MemoryEntry): void;
  used(entry: MemoryEntry): void;
  removed(entry: MemoryEntry): void;
  /** Returns the entry to evict next; undefined when there is none. */
  victim(): MemoryEntry | undefined;
}

/** Evicts what was used longest ago. The order is a list linked through the entries, so a hit moves two links and allocates nothing. */
export class LeastRecentlyUsed implements EvictionPolicy {
  #newest: MemoryEntry | undefined;
  #oldest: MemoryEntry | undefined;

  added(entry: MemoryEntry): void {
    entry.older = this.#newest;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  used(entry: MemoryEntry): void {
    if (entry === this.#newest) return;
    this.removed(entry);
    this.added(entry);
  }

  removed(entry: MemoryEntry): void {
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    if (entry.older) entry.older.newer = entry.newer;
    else this.#oldest = entry.newer;
    entry.newer = undefined;
    entry.older = undefined;
  }

  victim(): MemoryEntry | undefined {
    return this.#oldest;
  }
}

import type { EpochMs } from '../../core/clock.js';
import type { MemoryEntry } from './memory-entry.js';

/**
 * The entries that end some day, the next one first: a binary heap in which every entry knows its place. It takes the place of
 * a timer per key, and lets expired entries make room before live ones.
 */
export class ExpiryQueue {
  readonly #heap: MemoryEntry[] = [];

  add(entry: MemoryEntry): void {
    if (entry.expiresAt !== null) this.#rise(entry, this.#heap.push(entry) - 1);
  }

  remove(entry: MemoryEntry): void {
    const index = entry.queueIndex;
    if (index < 0) return;
    entry.queueIndex = -1;
    const last = this.#heap.pop()!;
    if (last === entry) return;
    // The last entry fills the gap and moves to where it belongs, up or down.
    this.#rise(last, index);
    this.#sink(last, last.queueIndex);
  }

  /** Returns the entry that ends first if its moment has come. */
  firstExpired(now: EpochMs): MemoryEntry | undefined {
    const first = this.#heap[0];
    return first && first.expiresAt! <= now ? first : undefined;
  }

  #rise(entry: MemoryEntry, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex]!;
      if (parent.expiresAt! <= entry.expiresAt!) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(entry, index);
  }

  #sink(entry: MemoryEntry, from: number): void {
    let index = from;
    for (;;) {
      const child = this.#earlierChild(index);
      if (!child || child.expiresAt! >= entry.expiresAt!) break;
      const childIndex = child.queueIndex;
      this.#put(child, index);
      index = childIndex;
    }
    this.#put(entry, index);
  }

  #earlierChild(index: number): MemoryEntry | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left && right && right.expiresAt! < left.expiresAt! ? right : left;
  }

  #put(entry: MemoryEntry, index: number): void {
    this.#heap[index] = entry;
    entry.queueIndex = index;
  }
}

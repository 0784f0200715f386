/** Keys remembered per server; more, and all entries of the cache there count as doubtful. */
export const JOURNAL_KEYS = 10_000;

/** Entries of a server that must be gone before it is trusted again: these keys, or all. */
export type Doubtful = readonly string[] | 'all';

/** The removals that a server did not confirm. Bounded: too many keys become all. */
export class Journal {
  #keys = new Set<string>();
  #isAll = false;

  constructor(private readonly maxKeys = JOURNAL_KEYS) {}

  get isEmpty(): boolean {
    return !this.#isAll && this.#keys.size === 0;
  }

  add(doubtful: Doubtful): void {
    if (doubtful === 'all') this.#isAll = true;
    else if (!this.#isAll) for (const key of doubtful) this.#keys.add(key);
    if (this.#keys.size > this.maxKeys) this.#isAll = true;
    if (this.#isAll) this.#keys.clear();
  }

  /** Returns what is in it, and empties it. */
  take(): Doubtful {
    const taken: Doubtful = this.#isAll ? 'all' : [...this.#keys];
    this.#isAll = false;
    this.#keys = new Set();
    return taken;
  }
}

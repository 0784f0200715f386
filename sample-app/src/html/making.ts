/** A value that a page took from a cache, or put there. */
export interface Reading {
  readonly key: string;
  readonly alias: string;
  readonly wasHit: boolean;
  /** How old the value is. */
  readonly ageMs: number;
}

/** How one page is made: since when, and from which cached values. Told in its footer. */
export class Making {
  readonly readings: Reading[] = [];
  readonly #begun = performance.now();

  get elapsedMs(): number {
    return performance.now() - this.#begun;
  }
}

/** How many of the last operations are looked at, and how many there must be to judge. */
const WINDOW = 20;
const ENOUGH = 10;

/** How the last operations on a server went. */
export class Health {
  readonly #isBad = new Uint8Array(WINDOW);
  #next = 0;
  #known = 0;
  #bad = 0;

  /** Notes an operation that failed, was slow, or went well; returns false when half of the last ones did not go well. */
  note(isGood: boolean): boolean {
    const bad = isGood ? 0 : 1;
    this.#bad += bad - this.#isBad[this.#next]!;
    this.#isBad[this.#next] = bad;
    this.#next = (this.#next + 1) % WINDOW;
    if (this.#known < WINDOW) this.#known++;
    return this.#known < ENOUGH || this.#bad * 2 < this.#known;
  }

  forget(): void {
    this.#isBad.fill(0);
    this.#next = this.#known = this.#bad = 0;
  }
}

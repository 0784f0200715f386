/** How much faster than what this process writes the table may be believed to grow. */
const MOST_GROWTH = 32;
/** How much of what was learned about the growth is doubted with each reading that neither confirms nor denies it. */
const DOUBT = 0.05;

/**
 * How full the table is, in entries or in bytes: what was read last, less precisely than one would wish, and what this process has written and
 * removed since. What a write adds is learned: nothing if it replaces an entry, more than itself if other processes write as well.
 */
export class Level {
  #value = 0;
  #growth = 1;
  #written = 0;
  #removed = 0;
  #readings = 0;

  /**
   * @param weight of a reading against what was expected
   * @param jump the share of the whole beyond which a surprise cannot be chance: somebody else has emptied or filled the table
   */
  constructor(
    private readonly weight: number,
    private readonly jump: number,
  ) {}

  get value(): number {
    return this.#value;
  }

  /** What a write of one is expected to add. */
  get growth(): number {
    return this.#growth;
  }

  /** What was written since the last reading. */
  get written(): number {
    return this.#written;
  }

  /** What was written since the last reading, less what was removed. */
  get balance(): number {
    return this.#written - this.#removed;
  }

  get isKnown(): boolean {
    return this.#readings > 0;
  }

  wrote(amount: number): void {
    this.#written += amount;
    this.#value += amount * this.#growth;
  }

  removed(amount: number): void {
    this.#removed += amount;
    this.#value = Math.max(0, this.#value - amount);
  }

  /** @param error the standard error of `value` */
  read(value: number, error: number): void {
    const surprise = value - this.#value;
    if (this.isKnown) this.#learnGrowth(surprise, error);
    this.#readings++;
    const isJump = Math.abs(surprise) > this.jump * Math.max(value, this.#value);
    const weight = error === 0 || isJump ? 1 : Math.max(this.weight, 1 / this.#readings);
    this.#value = Math.max(0, this.#value + weight * surprise);
    this.#written = 0;
    this.#removed = 0;
  }

  /** The more was written since, the less of the surprise can come from the error. */
  #learnGrowth(surprise: number, error: number): void {
    const written = this.#written;
    if (written === 0) return;
    const trust = written ** 2 / (written ** 2 + error ** 2);
    const learned = (trust * surprise) / written + DOUBT * (1 - trust) * (1 - this.#growth);
    this.#growth = Math.min(Math.max(this.#growth + learned, 0), MOST_GROWTH);
  }
}

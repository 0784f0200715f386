/** A duration in seconds. Fractions are allowed. */
export type Seconds = number;

/** A moment in milliseconds since the Unix epoch. */
export type EpochMs = number;

/** Where the framework reads the time. Tests hand in one that they move by hand. */
export interface Clock {
  /** Returns the present moment in milliseconds since the Unix epoch. */
  now(): EpochMs;
  /** Tells whether a moment has come; for clocks that know without reading the time. Optional. */
  hasPassed?(moment: EpochMs): boolean;
}

/** A moment this far ahead of the reading is taken not to have come while the reading is used. */
const MARGIN_MS = 1000;
/** How often a reading is used at most, within one turn of the event loop. */
const READING_SERVES = 64;

/** What fake timers and spies replace; while it is replaced, every look reads the time. */
const realNow = Date.now;
/** Fake timers may have been there before this module. */
const isRealNowNative = Function.prototype.toString.call(realNow).includes('[native code]');

/**
 * The clock of the operating system. Reading it costs as much as the rest of a hit in memory, and nearly all moments asked for are far
 * away: those it judges by a reading of the same turn of the event loop, and reads the time for a moment that may have come. Only code that
 * blocks the loop for longer than the margin, and asks before and after, can be told too late.
 */
class SystemClock implements Clock {
  #reading: EpochMs = Number.NaN;
  #serves = 0;
  #isDropAhead = false;

  now(): EpochMs {
    return Date.now();
  }

  hasPassed(moment: EpochMs): boolean {
    // NaN, no reading, compares as false.
    if (moment - this.#reading > MARGIN_MS && --this.#serves > 0 && Date.now === realNow) return false;
    return moment <= this.#read();
  }

  #read(): EpochMs {
    const now = Date.now();
    if (Date.now !== realNow || !isRealNowNative) return now;
    this.#reading = now;
    this.#serves = READING_SERVES;
    if (!this.#isDropAhead) {
      this.#isDropAhead = true;
      setImmediate(() => this.#drop()).unref();
    }
    return now;
  }

  #drop(): void {
    this.#isDropAhead = false;
    this.#reading = Number.NaN;
  }
}

/** The clock of the operating system. */
export const systemClock: Clock = new SystemClock();

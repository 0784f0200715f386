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

/** A moment this far ahead of the last reading cannot have come before a reading is dropped. */
const MARGIN_MS = 1000;
/** How long a reading is used, by the event loop's timers. */
const READING_LASTS_MS = 250;
/** How often it is used; holds the error small where the event loop is blocked and timers are late. */
const READING_SERVES = 64;

/** What fake timers and spies replace; while it is replaced, every look reads the time. */
const realNow = Date.now;

/**
 * The clock of the operating system. Reading it costs as much as the rest of a hit in memory, and nearly all moments asked for are far
 * away: those it judges by a recent reading, and reads the time only for a moment that may have come.
 */
class SystemClock implements Clock {
  #reading: EpochMs = Number.NaN;
  #serves = 0;
  #isTimerSet = false;

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
    if (Date.now !== realNow) return now;
    this.#reading = now;
    this.#serves = READING_SERVES;
    if (!this.#isTimerSet) {
      this.#isTimerSet = true;
      setTimeout(() => this.#drop(), READING_LASTS_MS).unref();
    }
    return now;
  }

  #drop(): void {
    this.#isTimerSet = false;
    this.#reading = Number.NaN;
  }
}

/** The clock of the operating system. */
export const systemClock: Clock = new SystemClock();

/** A duration in seconds. Fractions are allowed. */
export type Seconds = number;

/** A moment in milliseconds since the Unix epoch. */
export type EpochMs = number;

/** Where the framework reads the time. Tests hand in one that they move by hand. */
export interface Clock {
  /** Returns the present moment in milliseconds since the Unix epoch. */
  now(): EpochMs;
}

/** The clock of the operating system. */
export const systemClock: Clock = { now: () => Date.now() };

import type { Clock, EpochMs } from '../../lib/index.js';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: EpochMs;

  constructor(start: EpochMs = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): EpochMs {
    return this.#now;
  }

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

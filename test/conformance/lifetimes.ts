import { expect } from '@jest/globals';
import type { Bench } from './harness.js';

/**
 * Compares the seconds that an entry has left: to the millisecond where the store goes by the clock of the test.
 */
export function expectSeconds(bench: Bench, actual: number | null | undefined, expected: number): void {
  const { timeGranularity } = bench.harness;
  if (timeGranularity === undefined) expect(actual).toBe(expected);
  else expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(timeGranularity);
}

/**
 * Moves the time over the end of entries that live for so many seconds: `before` runs at the last moment at which they must be there,
 * `after` at the first at which they must not. A lifetime within the granularity of the store has no such last moment.
 */
export async function passEnd(
  bench: Bench,
  seconds: number,
  { before, after }: { before: () => Promise<void>; after: () => Promise<void> },
): Promise<void> {
  const { timeGranularity, longestLifetime = Number.POSITIVE_INFINITY } = bench.harness;
  const early = timeGranularity ?? 0.001;
  const late = timeGranularity ?? 0;
  if (seconds > early) {
    await bench.advance(seconds - early);
    await before();
    await bench.advance(early + late);
  } else {
    await bench.advance(seconds + late);
  }
  if (seconds <= longestLifetime) await after();
}

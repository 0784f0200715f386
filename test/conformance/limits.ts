import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/index.js';
import { type BackendHarness, Bench, type SuiteOptions } from './harness.js';

/** How long culling may take that nobody waits for. */
const CULLED_WITHIN_MS = 3000;
const POLL_EVERY_MS = 5;

export function limitCases(harness: BackendHarness): void {
  let bench: Bench | undefined;
  afterEach(async () => bench?.close());

  const open = async (options: SuiteOptions): Promise<CacheService> => {
    bench = await Bench.open(harness, options);
    return bench.cache();
  };
  const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `key:${index}`);
  const fill = async (cache: CacheService, count: number): Promise<void> => {
    for (const key of keys(count)) {
      await cache.set(key, 1);
      await bench!.advance(1);
    }
  };
  const held = async (cache: CacheService, count: number): Promise<number> =>
    (await cache.getMany(keys(count))).size;
  const isLate = harness.limitTolerance !== undefined;
  const slack = (maxEntries: number): number => Math.ceil((harness.limitTolerance ?? 0) * maxEntries);
  /** How many of these keys are held: at once where the write culls, otherwise as soon as they are no more than they should be. */
  const culledTo = async (cache: CacheService, count: number, most: number): Promise<number> => {
    const end = performance.now() + CULLED_WITHIN_MS;
    for (;;) {
      const size = await held(cache, count);
      if (!isLate || size <= most || performance.now() > end) return size;
      await delay(POLL_EVERY_MS);
    }
  };

  it('holds as many entries as it may, and not one more than it says', async () => {
    const cache = await open({ maxEntries: 30, cullFrequency: 3 });
    await fill(cache, 30);
    expect(await held(cache, 30)).toBe(30);
    await fill(cache, 100);
    expect(await culledTo(cache, 100, 30 + slack(30))).toBeLessThanOrEqual(30 + slack(30));
    expect(await held(cache, 100)).toBeGreaterThan(0);
  });

  it('removes a share of the entries when it is full', async () => {
    const cache = await open({ maxEntries: 30, cullFrequency: 3 });
    await fill(cache, 31);
    const left = await culledTo(cache, 31, 21 + slack(30));
    expect(left).toBeGreaterThanOrEqual(21 - slack(30));
    expect(left).toBeLessThanOrEqual(21 + slack(30));
    expect(await cache.has('key:30')).toBe(true);
  });

  it('removes everything when it is full and the share is 0', async () => {
    const cache = await open({ maxEntries: 30, cullFrequency: 0 });
    await fill(cache, 31);
    const left = await culledTo(cache, 31, 1);
    if (isLate) expect(left).toBeLessThanOrEqual(1);
    else expect(left).toBe(1);
    await cache.set('after', 1);
    expect(await cache.has('after')).toBe(true);
  });

  it('removes nothing when entries are overwritten', async () => {
    const cache = await open({ maxEntries: 10, cullFrequency: 2 });
    await fill(cache, 10);
    await fill(cache, 10);
    await fill(cache, 10);
    expect(await held(cache, 10)).toBe(10);
  });

  it('removes expired entries before live ones', async () => {
    const cache = await open({ maxEntries: 10, cullFrequency: 5 });
    await cache.setMany(
      keys(5).map((key) => [key, 'live'] as const),
      null,
    );
    await cache.setMany({ a: 1, b: 1, c: 1, d: 1, e: 1 }, 10);
    await bench!.advance(10);
    for (let index = 0; index < 5; index++) await cache.set(`new:${index}`, 1, null);
    expect(await held(cache, 5)).toBe(5);
  });

  it('holds what many write at once', async () => {
    const cache = await open({ maxEntries: 20, cullFrequency: 4 });
    await cache.setMany(keys(20).map((key) => [key, 1] as const));
    expect(await held(cache, 20)).toBe(20);
    await Promise.all(keys(200).map((key) => cache.set(key, 1)));
    expect(await culledTo(cache, 200, 20 + slack(20))).toBeLessThanOrEqual(20 + slack(20));
    expect(await held(cache, 200)).toBeGreaterThan(0);
  });

  it('culls a store that holds one', async () => {
    const cache = await open({ maxEntries: 1, cullFrequency: 3 });
    await cache.set('key:0', 1);
    await bench!.advance(1);
    await cache.set('key:1', 2);
    expect(await culledTo(cache, 2, 1)).toBeLessThanOrEqual(1);
    expect(await cache.has('key:0')).toBe(false);
    // A third of one may be all there is, once it is no longer being written.
    if (!isLate) expect(await cache.get('key:1')).toBe(2);
  });

  if (!isLate) return;

  it('removes no more than what is too much, the oldest first, when it is told no share', async () => {
    const cache = await open({ maxEntries: 30, cullFrequency: undefined });
    await fill(cache, 100);
    expect(await culledTo(cache, 100, 30 + slack(30))).toBeLessThanOrEqual(30 + slack(30));
    const newest = keys(100).slice(-27);
    expect((await cache.getMany(newest)).size).toBe(newest.length);
  });
}

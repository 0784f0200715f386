import { afterEach, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/index.js';
import { type BackendHarness, Bench, type SuiteOptions } from './harness.js';

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

  it('holds as many entries as it may, and not one more', async () => {
    const cache = await open({ maxEntries: 30, cullFrequency: 3 });
    await fill(cache, 30);
    expect(await held(cache, 30)).toBe(30);
    await fill(cache, 100);
    expect(await held(cache, 100)).toBeLessThanOrEqual(30);
    expect(await held(cache, 100)).toBeGreaterThan(0);
  });

  it('removes a share of the entries when it is full', async () => {
    const cache = await open({ maxEntries: 30, cullFrequency: 3 });
    await fill(cache, 31);
    expect(await held(cache, 31)).toBe(21);
    expect(await cache.has('key:30')).toBe(true);
  });

  it('removes everything when it is full and the share is 0', async () => {
    const cache = await open({ maxEntries: 30, cullFrequency: 0 });
    await fill(cache, 31);
    expect(await held(cache, 31)).toBe(1);
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
    expect(await held(cache, 200)).toBeLessThanOrEqual(20);
  });

  it('culls a store that holds nothing', async () => {
    const cache = await open({ maxEntries: 1, cullFrequency: 3 });
    await cache.set('a', 1);
    await cache.set('b', 2);
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['b', 2]]));
  });
}

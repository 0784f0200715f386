import { describe, expect, it } from '@jest/globals';
import {
  CacheKeyNotFoundError,
  type CacheService,
  InvalidCacheKeyError,
  InvalidTimeoutError,
  openCaches,
  UnsupportedValueError,
} from '../../lib/index.js';

async function openDummy(): Promise<CacheService> {
  return (await openCaches({ default: 'dummy://' }, { warn: () => {} })).get('default');
}

describe('dummy backend', () => {
  it('keeps nothing', async () => {
    const cache = await openDummy();
    await cache.set('key', 1);
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.get('key', { defaultValue: 7 })).toBe(7);
    expect(await cache.setMany({ a: 1, b: 2 })).toEqual([]);
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map());
    expect(await cache.has('a')).toBe(false);
    expect(await cache.ttl('a')).toBeUndefined();
  });

  it('answers as an empty cache does', async () => {
    const cache = await openDummy();
    expect(await cache.add('key', 1)).toBe(true);
    expect(await cache.add('key', 1)).toBe(true);
    expect(await cache.touch('key', 5)).toBe(false);
    expect(await cache.delete('key')).toBe(false);
    expect(await cache.deleteMany(['key'])).toBe(0);
    await cache.clear();
    await expect(cache.incr('key')).rejects.toThrow(CacheKeyNotFoundError);
    await expect(cache.incrVersion('key')).rejects.toThrow(CacheKeyNotFoundError);
  });

  it('computes each time, but once for concurrent callers', async () => {
    const cache = await openDummy();
    let runs = 0;
    const compute = async (): Promise<{ run: number; at: Date }> => ({ run: ++runs, at: new Date(0) });
    expect(await Promise.all([cache.getOrSet('key', compute), cache.getOrSet('key', compute)])).toEqual([
      { run: 1, at: new Date(0) },
      { run: 1, at: new Date(0) },
    ]);
    expect((await cache.getOrSet('key', compute)).run).toBe(2);
    expect(await cache.getOrSetMany(['a'], () => ({ a: 1 }))).toEqual(new Map([['a', 1]]));
  });

  it('does so under tags as well', async () => {
    const cache = await openDummy();
    const tags = ['film'];
    let runs = 0;
    const compute = async (): Promise<number> => ++runs;
    expect(
      await Promise.all([cache.getOrSet('key', compute, { tags }), cache.getOrSet('key', compute, { tags })]),
    ).toEqual([1, 1]);
    expect(await cache.getOrSet('key', compute, { tags })).toBe(2);
    await cache.set('key', 1, { tags });
    expect(await cache.add('key', 1, { tags })).toBe(true);
    expect(await cache.setMany({ key: 1 }, { tags })).toEqual([]);
    await cache.invalidateTags(tags);
  });

  it('refuses what every other backend refuses, so that it can stand in for it', async () => {
    const cache = await openDummy();
    await expect(cache.set('key', () => 1)).rejects.toThrow(UnsupportedValueError);
    await expect(cache.set('key', 1, Number.NaN)).rejects.toThrow(InvalidTimeoutError);
    await expect(cache.get(5 as unknown as string)).rejects.toThrow(InvalidCacheKeyError);
  });

  it('takes the bounds of the backend that it stands in for', async () => {
    const dummy = { backend: 'dummy', maxEntries: 5, maxBytes: '1mb', cullFrequency: 2 } as const;
    await expect(openCaches({ default: dummy }, { warn: () => {} })).resolves.toBeDefined();
  });
});

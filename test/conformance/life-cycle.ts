import { expect, it } from '@jest/globals';
import { CacheClosedError } from '../../lib/index.js';
import { type BackendHarness, Bench } from './harness.js';

export function lifeCycleCases(harness: BackendHarness): void {
  it('can be closed twice, and refuses every use after', async () => {
    const bench = await Bench.open(harness);
    const cache = bench.cache();
    await cache.set('key', 1);
    await cache.close();
    await cache.close();
    await expect(cache.get('key')).rejects.toThrow(CacheClosedError);
    await expect(cache.set('key', 1)).rejects.toThrow(CacheClosedError);
    await expect(cache.getOrSet('key', () => 1)).rejects.toThrow(CacheClosedError);
    await expect(cache.getMany(['key'])).rejects.toThrow(CacheClosedError);
    await expect(cache.setMany({ key: 1 })).rejects.toThrow(CacheClosedError);
    await expect(cache.clear()).rejects.toThrow(CacheClosedError);
    await bench.close();
  });

  it('leaves its neighbours open when one cache closes', async () => {
    const bench = await Bench.open(harness);
    await bench.cache('default').close();
    await bench.cache('prefixed').set('key', 1);
    expect(await bench.cache('prefixed').get('key')).toBe(1);
    await bench.close();
  });

  if (harness.capabilities.isPersistent) {
    it('finds its entries again after a restart', async () => {
      const first = await Bench.open(harness);
      await first.cache().setMany({ a: 1, b: { list: [new Date(5)] } });
      await first.registry.closeAll();
      const second = await Bench.on(first.store, {}, first.clock);
      expect(await second.cache().getMany(['a', 'b'])).toEqual(
        new Map<string, unknown>([
          ['a', 1],
          ['b', { list: [new Date(5)] }],
        ]),
      );
      second.clock.advance(300);
      expect(await second.cache().get('a')).toBeUndefined();
      await second.close();
    });
  }

  if (harness.capabilities.isShared) {
    it('sees at once what another process writes', async () => {
      const here = await Bench.open(harness);
      const there = await Bench.on(here.store, {}, here.clock);
      await here.cache().set('key', 1);
      expect(await there.cache().get('key')).toBe(1);
      expect(await there.cache().incr('key')).toBe(2);
      expect(await here.cache().get('key')).toBe(2);
      await there.cache().delete('key');
      expect(await here.cache().get('key')).toBeUndefined();
      await here.cache().set('key', 1);
      await there.cache().clear();
      expect(await here.cache().get('key')).toBeUndefined();
      await there.registry.closeAll();
      await here.close();
    });
  }
}

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
      const second = await Bench.beside(first);
      expect(await second.cache().getMany(['a', 'b'])).toEqual(
        new Map<string, unknown>([
          ['a', 1],
          ['b', { list: [new Date(5)] }],
        ]),
      );
      await second.advance(300);
      expect(await second.cache().get('a')).toBeUndefined();
      await second.close();
    });
  }

  if (harness.capabilities.isShared) {
    it('sees at once what another process writes', async () => {
      const here = await Bench.open(harness);
      const there = await Bench.beside(here);
      await here.cache().set('key', 1);
      await here.settle();
      expect(await there.cache().get('key')).toBe(1);
      expect(await there.cache().incr('key')).toBe(2);
      await here.settle();
      expect(await here.cache().get('key')).toBe(2);
      await there.cache().delete('key');
      await here.settle();
      expect(await here.cache().get('key')).toBeUndefined();
      await here.cache().set('key', 1);
      await there.cache().clear();
      await here.settle();
      expect(await here.cache().get('key')).toBeUndefined();
      await there.registry.closeAll();
      await here.close();
    });

    it('keeps nothing from before a clear of another process, whatever it knew of the store', async () => {
      const here = await Bench.open(harness);
      const there = await Bench.beside(here);
      for (const bench of [here, there]) await bench.cache().setMany({ a: 1, b: 2 });
      await there.cache().clear();
      await here.settle();
      expect(await here.cache().getMany(['a', 'b'])).toEqual(new Map());
      expect(await here.cache().touch('a', 60)).toBe(false);
      expect(await here.cache().delete('a')).toBe(false);
      expect(await here.cache().add('b', 3)).toBe(true);
      await here.settle();
      expect(await there.cache().getMany(['a', 'b'])).toEqual(new Map([['b', 3]]));
      await there.registry.closeAll();
      await here.close();
    });
  }

  if (harness.capabilities.isShared && harness.capabilities.hasAtomicInsert) {
    it('lets exactly one of the adds of two processes win', async () => {
      const here = await Bench.open(harness);
      const there = await Bench.beside(here);
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        const results = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            (index % 2 === 0 ? here : there).cache().add(key, `by ${index}`),
          ),
        );
        expect(results.filter(Boolean)).toHaveLength(1);
        await here.settle();
        expect(await there.cache().get(key)).toBe(`by ${results.indexOf(true)}`);
      }
      await there.registry.closeAll();
      await here.close();
    });
  }

  if (harness.capabilities.isShared && harness.capabilities.hasAtomicIncrement) {
    it('loses no count of two processes', async () => {
      const here = await Bench.open(harness);
      const there = await Bench.beside(here);
      await here.cache().set('n', 0);
      await here.settle();
      const sums = await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? here : there).cache().incr('n')),
      );
      expect(new Set(sums).size).toBe(40);
      await here.settle();
      expect(await here.cache().get('n')).toBe(40);
      await there.registry.closeAll();
      await here.close();
    });
  }
}

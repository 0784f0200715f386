import { expect, it } from '@jest/globals';
import type { CacheProblem } from '../../lib/index.js';
import { type BackendHarness, Bench } from './harness.js';

export function faultCases(harness: BackendHarness): void {
  it('compresses large values when it is told to, and reads them back in every way', async () => {
    const bench = await Bench.open(harness, { compressAbove: 100 });
    const cache = bench.cache();
    const large = { text: 'film '.repeat(1000), list: [new Date(0)] };
    await cache.set('large', large);
    await cache.setMany({
      a: large,
      small: 1,
      noise: Buffer.from(Array.from({ length: 200 }, (_, index) => (index * 7919) % 251)),
    });
    expect(await cache.add('added', large)).toBe(true);
    expect(await cache.get('large')).toEqual(large);
    expect(await cache.get('large')).toEqual(large);
    const batch = await cache.getMany(['a', 'small', 'noise', 'added', 'absent']);
    expect([...batch.keys()].toSorted()).toEqual(['a', 'added', 'noise', 'small']);
    expect([batch.get('a'), batch.get('added'), batch.get('small')]).toEqual([large, large, 1]);
    expect(await cache.getOrSetMany(['a', 'b'], () => ({ b: large }))).toEqual(
      new Map([
        ['a', large],
        ['b', large],
      ]),
    );
    expect((await cache.getMany(['b'])).get('b')).toEqual(large);
    expect(await cache.getOrSet('large', () => 'not computed')).toEqual(large);
    expect(await cache.getOrSet('computed', () => large)).toEqual(large);
    expect(await cache.incr('small')).toBe(2);
    expect(await cache.incrVersion('large')).toBe(2);
    expect(await cache.get('large', { version: 2 })).toEqual(large);
    return bench.close();
  });

  if (!harness.canDamage) return;

  it('takes a damaged entry for a miss, removes it and tells of it', async () => {
    const bench = await Bench.open(harness);
    const problems: CacheProblem[] = [];
    bench.registry.events.on('unreadable', (problem) => problems.push(problem));
    const cache = bench.cache();
    await cache.set('key', { a: 1 });
    await bench.store.damage!(':1:key');
    expect(await cache.get('key')).toBeUndefined();
    expect(problems).toMatchObject([{ alias: 'default', key: ':1:key' }]);
    expect(cache.statistics()).toMatchObject({ unreadable: 1 });
    expect(await cache.getOrSet('key', () => 'computed anew')).toBe('computed anew');
    expect(await cache.get('key')).toBe('computed anew');
    return bench.close();
  });
}

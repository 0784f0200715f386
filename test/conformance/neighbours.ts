import { expect, it } from '@jest/globals';
import { openCaches } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { type BackendHarness, Bench } from './harness.js';

/** Prefixes that begin alike, that look like patterns, and that hold what separates the parts of a final key. */
const HOSTILE_PREFIXES = ['shop', 'sho', 'shop*', 'sho?', 'sh[o]p', 'shop\\', 'shop:1', '*', '{shop}', ''];

export function neighbourCases(harness: BackendHarness): void {
  it('clears one cache among neighbours with similar prefixes', async () => {
    const store = await harness.createStore();
    const caches = Object.fromEntries(
      HOSTILE_PREFIXES.map((keyPrefix, index) => [
        index === 0 ? 'default' : keyPrefix,
        store.configuration({ keyPrefix }),
      ]),
    );
    const registry = await openCaches(caches, {
      clock: new FakeClock(),
      warn: () => {},
      ...store.surroundings,
    });
    for (const target of registry.all()) {
      for (const each of registry.all()) await each.setMany({ key: each.alias, '*': each.alias });
      await target.clear();
      await store.settle?.();
      for (const each of registry.all()) {
        const left = each === target ? [] : [each.alias, each.alias];
        expect([each.alias, ...(await each.getMany(['key', '*'])).values()]).toEqual([each.alias, ...left]);
      }
    }
    await registry.closeAll();
    await store.dispose();
  });

  if (!harness.holdsForeignKeys) return;

  it('leaves alone what no cache has to do with', async () => {
    const bench = await Bench.open(harness);
    const foreign = bench.store.foreign!;
    const names = ['session:5', 'shop', 'shop:', 'key', '1:key', 'own', '2', '*'];
    for (const name of names) await foreign.put(name);
    for (const cache of bench.registry.all()) {
      await cache.setMany({ key: 1, other: 2 });
      await cache.set('key', 1, { version: 9 });
      await cache.deleteMany(['key', 'unknown']);
      await cache.clear();
    }
    for (const name of names) expect([name, await foreign.has(name)]).toEqual([name, true]);
    await bench.close();
  });
}

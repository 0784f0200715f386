import { expect, it } from '@jest/globals';
import type { Subject } from './describe-cache-backend.js';

export function isolationCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  it('shares no entry with its neighbours on the same store', async () => {
    await cache().set('key', 'mine');
    for (const neighbour of subject.bench.others(subject.variant)) {
      expect(await neighbour.get('key')).toBeUndefined();
      await neighbour.set('key', neighbour.alias);
      await neighbour.delete('other');
    }
    expect(await cache().get('key')).toBe('mine');
  });

  it("clears its own entries, of all versions, and no neighbour's", async () => {
    for (const each of subject.bench.registry.all()) await each.setMany({ a: each.alias, b: 2 });
    await cache().set('a', 'of version 9', { version: 9 });
    await cache().clear();
    expect((await cache().getMany(['a', 'b'])).size).toBe(0);
    expect(await cache().has('a', { version: 9 })).toBe(false);
    for (const neighbour of subject.bench.others(subject.variant)) {
      expect(await neighbour.getMany(['a', 'b'])).toEqual(
        new Map<string, unknown>([
          ['a', neighbour.alias],
          ['b', 2],
        ]),
      );
    }
  });

  it('clears an empty cache', async () => {
    await cache().clear();
    await cache().clear();
    expect(await cache().get('key')).toBeUndefined();
  });

  it('can be filled again after it was cleared', async () => {
    await cache().set('key', 1);
    await cache().clear();
    expect(await cache().add('key', 2)).toBe(true);
    expect(await cache().get('key')).toBe(2);
  });
}

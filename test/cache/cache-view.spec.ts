import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CacheRegistry, openCaches } from '../../lib/index.js';
import type { CacheView } from '../../lib/cache/cache-view.js';
import { valueCodec } from '../../lib/codec/value-codec.js';
import { isPending } from '../../lib/core/answer.js';
import { GatedBackend } from './gated-backend.js';

describe('A view of a cache', () => {
  let registry: CacheRegistry;
  let view: CacheView<unknown>;
  beforeEach(async () => {
    GatedBackend.forget();
    registry = await openCaches(
      { default: { backend: GatedBackend, location: 'shared' } },
      { warn: () => {} },
    );
    view = registry.get('default').view(valueCodec);
  });

  it('finds entries and stamps in one round trip, and stores under what it found', async () => {
    await view.set('one', 1, null, await view.capture(['a', 'b']));
    GatedBackend.asked.length = 0;
    const look = await view.look(['one', 'two'], ['a', 'b']);
    expect(GatedBackend.asked).toHaveLength(1);
    expect(look.entries).toEqual(new Map([['one', 1]]));
    const stamps = await view.capture(['a', 'b'], look.stamps);
    expect(GatedBackend.asked).toHaveLength(1);
    await view.set('two', 2, null, stamps);
    expect((await view.look(['one', 'two'], [])).entries).toEqual(
      new Map(Object.entries({ one: 1, two: 2 })),
    );
  });

  it('does not find what was invalidated, nor what is stored under stamps from before', async () => {
    const stamps = await view.capture(['a', 'b']);
    await view.set('one', 1, null, stamps);
    expect(await view.areCurrent(stamps)).toBe(true);
    await view.invalidateTags(['b']);
    expect(await view.areCurrent(stamps)).toBe(false);
    await view.set('two', 2, null, stamps);
    const { entries, stamps: present } = await view.look(['one', 'two'], ['a', 'b']);
    expect(entries).toEqual(new Map());
    expect(present.get('a')).toBe(stamps['a']);
    expect(present.get('b')).toBeUndefined();
  });

  it('shares its tags with the values of the cache', async () => {
    const cache = registry.get('default');
    await view.set('page', 'page', null, await view.capture(['film']));
    await cache.invalidateTags(['film']);
    expect((await view.look(['page'], ['film'])).entries).toEqual(new Map());
    await cache.set('value', 'value', { tags: ['film'] });
    await view.invalidateTags(['film']);
    expect(await cache.get('value')).toBeUndefined();
  });

  it('reads the stamps of entries that were not asked for in a second round trip', async () => {
    await view.set('one', 1, null, await view.capture(['a', 'b']));
    await view.set('two', 2, null, await view.capture(['c']));
    GatedBackend.asked.length = 0;
    expect((await view.look(['one', 'two'], ['a'])).entries.size).toBe(2);
    expect(GatedBackend.asked).toHaveLength(2);
  });

  it('finds nothing and keeps nothing on a store that fails, which is told of', async () => {
    await view.set('key', 'old', null, await view.capture(['tag']));
    const told: unknown[] = [];
    registry.events.on('degraded', ({ reason }) => told.push(reason));
    GatedBackend.failing = /./;
    expect((await view.look(['key'], ['tag'])).entries).toEqual(new Map());
    const stamps = await view.capture(['tag']);
    expect(told).toHaveLength(2);
    await view.set('key', 'new', null, stamps);
    expect(told).toHaveLength(2);
    expect(await view.areCurrent(stamps)).toBe(true);
    await expect(view.invalidateTags(['tag'])).rejects.toThrow('refused');
    GatedBackend.failing = undefined;
    expect((await view.look(['key'], ['tag'])).entries).toEqual(new Map([['key', 'old']]));
  });

  it('takes stamps for outdated if the store cannot tell', async () => {
    const stamps = await view.capture(['tag']);
    GatedBackend.failing = /./;
    expect(await view.areCurrent(stamps)).toBe(false);
  });

  it('finds nothing and rejects nothing once the cache is closed', async () => {
    await registry.closeAll();
    expect((await view.look(['key'], ['tag'])).entries).toEqual(new Map());
    const stamps = await view.capture(['tag']);
    expect(await view.areCurrent({ tag: 'stamp' })).toBe(true);
    await view.set('key', 1, null, stamps);
  });

  it('answers at once on a store in the process', async () => {
    const near = (await openCaches(undefined, { warn: () => {} })).get('default').view(valueCodec);
    await near.set('key', 'value', null, await near.capture(['tag']));
    const look = near.look(['key'], ['tag']);
    expect(isPending(look)).toBe(false);
    expect((await look).entries).toEqual(new Map([['key', 'value']]));
    expect(isPending(near.look(['key'], []))).toBe(false);
  });
});

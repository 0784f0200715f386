import { expect, it } from '@jest/globals';
import {
  CacheKeyNotFoundError,
  type CacheService,
  InvalidCacheArgumentError,
  NotANumberError,
} from '../../lib/index.js';
import { barrier } from './barrier.js';
import type { Subject } from './describe-cache-backend.js';
import { Bench } from './harness.js';
import { expectSeconds } from './lifetimes.js';

/** Ways to store an entry with tags. */
const WAYS: [
  string,
  (cache: CacheService, key: string, value: unknown, tags: string[]) => Promise<unknown>,
][] = [
  ['set', (cache, key, value, tags) => cache.set(key, value, { tags })],
  ['add', (cache, key, value, tags) => cache.add(key, value, { tags })],
  ['setMany', (cache, key, value, tags) => cache.setMany({ [key]: value }, { tags })],
  ['getOrSet', (cache, key, value, tags) => cache.getOrSet(key, () => value, { tags })],
  [
    'getOrSetMany',
    (cache, key, value, tags) => cache.getOrSetMany([key], () => ({ [key]: value }), { tags }),
  ],
];

export function tagCases(subject: Subject): void {
  const cache = (): CacheService => subject.bench.cache(subject.variant);
  const invalidate = async (...tags: string[]): Promise<void> => {
    await cache().invalidateTags(tags);
    await subject.bench.settle();
  };

  it.each(WAYS)(
    'makes entries of %s absent when one of their tags is invalidated, and no others',
    async (_name, store) => {
      await store(cache(), 'film', { title: 'Heat' }, ['films', 'film:1']);
      await store(cache(), 'other', 'Ronin', ['films', 'film:2']);
      await store(cache(), 'director', 5, ['director:1']);
      expect(await cache().get('film')).toEqual({ title: 'Heat' });
      expect(await cache().get('director')).toBe(5);
      await invalidate('film:1');
      expect(await cache().get('film')).toBeUndefined();
      expect(await cache().get('other')).toBe('Ronin');
      await invalidate('films', 'director:1');
      expect(await cache().getMany(['film', 'other', 'director'])).toEqual(new Map());
    },
  );

  it('counts an entry of an invalidated tag as absent everywhere', async () => {
    await cache().setMany({ a: 'old', n: 5 }, { tags: ['tag'] });
    await cache().set('untagged', 1);
    await invalidate('tag');
    expect(await cache().get('a', { defaultValue: 'none' })).toBe('none');
    expect(await cache().getMany(['a', 'n', 'untagged'])).toEqual(new Map([['untagged', 1]]));
    expect(await cache().has('a')).toBe(false);
    expect(await cache().ttl('a')).toBeUndefined();
    await cache().touch('a', 1000);
    expect(await cache().get('a')).toBeUndefined();
    await expect(cache().incr('n')).rejects.toThrow(CacheKeyNotFoundError);
    await expect(cache().incrVersion('a')).rejects.toThrow(CacheKeyNotFoundError);
  });

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['set', (key) => cache().set(key, 'new')],
    ['add', async (key) => expect(await cache().add(key, 'new')).toBe(true)],
    ['setMany', (key) => cache().setMany({ [key]: 'new' })],
    ['getOrSet', async (key) => expect(await cache().getOrSet(key, () => 'new')).toBe('new')],
    ['getOrSet with tags', (key) => cache().getOrSet(key, () => 'new', { tags: ['tag'] })],
    ['getOrSetMany', (key) => cache().getOrSetMany([key], () => ({ [key]: 'new' }))],
  ])('lets a %s take the place of an entry of an invalidated tag', async (_name, store) => {
    await cache().set('key', 'old', { tags: ['tag'] });
    await invalidate('tag');
    await store('key');
    await subject.bench.settle();
    expect(await cache().get('key')).toBe('new');
    expect(await cache().add('key', 'newer')).toBe(false);
  });

  it('lets one of many add at once take the place of an entry of an invalidated tag', async () => {
    await cache().set('key', 'old', { tags: ['tag'] });
    await invalidate('tag');
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => cache().add('key', index)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await cache().get('key')).toBe(results.indexOf(true));
  });

  it('keeps lifetimes, numbers, null, bytes and long texts under tags', async () => {
    const values = {
      number: 5,
      negative: -0,
      nothing: null,
      bytes: Buffer.from([0xcf, 1]),
      text: 'x'.repeat(5000),
    };
    await cache().setMany(values, { tags: ['tag', 'größe ✓', '__proto__'], timeout: 100 });
    expect(await cache().getMany(Object.keys(values))).toEqual(new Map(Object.entries(values)));
    expectSeconds(subject.bench, await cache().ttl('text'), 100);
    expect(await cache().touch('text', 500)).toBe(true);
    expectSeconds(subject.bench, await cache().ttl('text'), 500);
    await invalidate('__proto__');
    expect(await cache().getMany(Object.keys(values))).toEqual(new Map());
  });

  it('keeps an entry for as long as it shall live, however old its tags are', async () => {
    const day = 24 * 3600;
    const keptFor = Math.min(30 * day, subject.harness.longestLifetime ?? Number.POSITIVE_INFINITY);
    await cache().set('short', 1, { tags: ['tag'], timeout: 60 });
    await cache().set('long', 2, { tags: ['tag'], timeout: keptFor });
    await cache().getOrSet('ever', () => 3, { tags: ['other'], timeout: null });
    await cache().set('prolonged', 4, { tags: ['third'], timeout: day });
    await cache().touch('prolonged', keptFor);
    await subject.bench.advance(2 * day);
    expect(await cache().getMany(['short', 'long', 'ever', 'prolonged'])).toEqual(
      new Map(Object.entries({ long: 2, ever: 3, prolonged: 4 })),
    );
    await invalidate('tag', 'other', 'third');
    expect(await cache().getMany(['long', 'ever', 'prolonged'])).toEqual(new Map());
  });

  it('does not count on an entry with tags', async () => {
    await cache().set('n', 5, { tags: ['tag'] });
    await expect(cache().incr('n')).rejects.toThrow(NotANumberError);
    await expect(cache().incr('n')).rejects.toThrow('has tags');
    expect(await cache().get('n')).toBe(5);
  });

  it('moves an entry to another version with its tags', async () => {
    await cache().set('key', 'value', { tags: ['tag'] });
    const version = await cache().incrVersion('key');
    expect(await cache().get('key', { version })).toBe('value');
    await invalidate('tag');
    expect(await cache().get('key', { version })).toBeUndefined();
  });

  it('invalidates entries of all versions of this cache, and none of its neighbours', async () => {
    await cache().set('key', 'seven', { version: 7, tags: ['tag'] });
    for (const other of subject.bench.others(subject.variant))
      await other.set('key', 'theirs', { tags: ['tag'] });
    await cache().set('key', 'own', { tags: ['tag'] });
    await invalidate('tag');
    expect(await cache().get('key')).toBeUndefined();
    expect(await cache().get('key', { version: 7 })).toBeUndefined();
    for (const other of subject.bench.others(subject.variant)) expect(await other.get('key')).toBe('theirs');
  });

  it('does not store what was computed before an invalidation, and lets later callers compute anew', async () => {
    const { begun, factory, finish } = barrier();
    const old = cache().getOrSet('key', factory, { tags: ['tag'] });
    await begun;
    await invalidate('tag');
    expect(await cache().getOrSet('key', () => 'new', { tags: ['tag'] })).toBe('new');
    finish('old');
    expect(await old).toBe('old');
    expect(await cache().get('key')).toBe('new');
  });

  it('does not store a batch that was loaded before an invalidation', async () => {
    const { begun, factory, finish } = barrier();
    const old = cache().getOrSetMany(['a', 'b'], async () => ({ a: await factory(), b: 'b' }), {
      tags: ['tag'],
    });
    await begun;
    await invalidate('tag');
    finish('a');
    expect(await old).toEqual(new Map(Object.entries({ a: 'a', b: 'b' })));
    expect(await cache().getMany(['a', 'b'])).toEqual(new Map());
  });

  it('lets an invalidation by another process win over a computation and those who wait for it', async () => {
    if (!subject.harness.capabilities.isShared) return;
    const beside = await Bench.beside(subject.bench, [subject.variant]);
    try {
      const { begun, factory, finish } = barrier();
      const old = cache().getOrSet('key', factory, { tags: ['tag'] });
      await begun;
      await beside.cache(subject.variant).invalidateTags(['tag']);
      await subject.bench.settle();
      const follower = cache().getOrSet('key', () => 'new', { tags: ['tag'] });
      finish('old');
      expect(await old).toBe('old');
      expect(await follower).toBe('new');
      await subject.bench.settle();
      expect(await beside.cache(subject.variant).get('key')).toBe('new');
    } finally {
      await beside.registry.closeAll();
    }
  });

  it('invalidates a tag that nothing has, over and over', async () => {
    for (let round = 0; round < 3; round++) {
      await invalidate('tag');
      await cache().set('key', round, { tags: ['tag'] });
      expect(await cache().get('key')).toBe(round);
    }
    await cache().invalidateTags([]);
    expect(await cache().get('key')).toBe(2);
  });

  it('forgets the tags with a clear', async () => {
    await cache().set('key', 'old', { tags: ['tag'] });
    await cache().clear();
    await cache().set('key', 'new', { tags: ['tag'] });
    expect(await cache().get('key')).toBe('new');
  });

  it.each<[string, unknown]>([
    ['a text', 'tag'],
    ['a Set', new Set(['tag'])],
    ['an empty name', ['']],
    ['a number', [5]],
    ['half of a surrogate pair', ['\uD800']],
    ['a name of 251 characters', ['x'.repeat(251)]],
  ])('refuses %s as tags', async (_name, tags) => {
    const bad = { tags: tags as string[] };
    await expect(cache().set('key', 1, bad)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().add('key', 1, bad)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().setMany({ key: 1 }, bad)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().getOrSet('key', 1, bad)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().getOrSetMany(['key'], () => ({}), bad)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().invalidateTags(bad.tags)).rejects.toThrow(InvalidCacheArgumentError);
    expect(await cache().has('key')).toBe(false);
  });
}

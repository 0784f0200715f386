import { expect, it } from '@jest/globals';
import type { Subject } from './describe-cache-backend.js';
import { expectSeconds } from './lifetimes.js';

export function basicCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  it('returns undefined for an unknown key', async () => {
    expect(await cache().get('unknown')).toBeUndefined();
  });

  it('returns the default value for an unknown key and the stored one for a known', async () => {
    await cache().set('known', 1);
    expect(await cache().get('unknown', { defaultValue: 7 })).toBe(7);
    expect(await cache().get('known', { defaultValue: 7 })).toBe(1);
  });

  it('takes a stored null for a value, not for a miss', async () => {
    await cache().set('nothing', null);
    expect(await cache().get('nothing', { defaultValue: 7 })).toBeNull();
    expect(await cache().has('nothing')).toBe(true);
    expect([...(await cache().getMany(['nothing']))]).toEqual([['nothing', null]]);
  });

  it('overwrites with set', async () => {
    await cache().set('key', 'old');
    await cache().set('key', 'new');
    expect(await cache().get('key')).toBe('new');
  });

  it('adds only what is absent', async () => {
    expect(await cache().add('key', 'first')).toBe(true);
    expect(await cache().add('key', 'second')).toBe(false);
    expect(await cache().get('key')).toBe('first');
  });

  it('adds over an expired entry', async () => {
    await cache().set('key', 'old', 10);
    await subject.bench.advance(10);
    expect(await cache().add('key', 'new', 10)).toBe(true);
    expect(await cache().get('key')).toBe('new');
  });

  it('lets exactly one of many concurrent adds win', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => cache().add('race', index)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await cache().get('race')).toBe(results.indexOf(true));
  });

  it('lets exactly one of many concurrent adds replace an expired entry', async () => {
    await cache().set('race', 'old', 10);
    await subject.bench.advance(11);
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => cache().add('race', index)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await cache().get('race')).toBe(results.indexOf(true));
  });

  it('deletes once, and tells whether there was something', async () => {
    await cache().set('key', 1);
    expect(await cache().delete('key')).toBe(true);
    expect(await cache().delete('key')).toBe(false);
    expect(await cache().get('key')).toBeUndefined();
  });

  it('counts an expired entry as absent when it is deleted', async () => {
    await cache().set('key', 1, 10);
    await subject.bench.advance(10);
    expect(await cache().delete('key')).toBe(false);
  });

  it('tells whether a key is there', async () => {
    await cache().set('key', 1, 10);
    expect(await cache().has('key')).toBe(true);
    expect(await cache().has('other')).toBe(false);
    await subject.bench.advance(10);
    expect(await cache().has('key')).toBe(false);
  });

  it('touches to extend, to shorten and to make permanent', async () => {
    await cache().set('key', 1, 100);
    expect(await cache().touch('key', 1000)).toBe(true);
    await subject.bench.advance(500);
    expect(await cache().get('key')).toBe(1);
    expect(await cache().touch('key', 50)).toBe(true);
    expectSeconds(subject.bench, await cache().ttl('key'), 50);
    expect(await cache().touch('key', null)).toBe(true);
    await subject.bench.advance(1e9);
    expect(await cache().get('key')).toBe(1);
  });

  it('does not touch what is absent or expired', async () => {
    expect(await cache().touch('unknown', 100)).toBe(false);
    await cache().set('key', 1, 10);
    await subject.bench.advance(10);
    expect(await cache().touch('key', 100)).toBe(false);
    expect(await cache().get('key')).toBeUndefined();
  });

  it('removes with a touch of 0 or less, and tells whether there was something', async () => {
    await cache().set('key', 1);
    expect(await cache().touch('key', 0)).toBe(true);
    expect(await cache().touch('key', -5)).toBe(false);
    expect(await cache().has('key')).toBe(false);
  });

  it('tells the seconds left, null for ever and undefined for nothing', async () => {
    await cache().set('key', 1, 100.5);
    await cache().set('forever', 1, null);
    await subject.bench.advance(40);
    expectSeconds(subject.bench, await cache().ttl('key'), 60.5);
    expect(await cache().ttl('forever')).toBeNull();
    expect(await cache().ttl('unknown')).toBeUndefined();
    await subject.bench.advance(60.5);
    expect(await cache().ttl('key')).toBeUndefined();
  });

  it('counts hits and misses', async () => {
    await cache().set('key', 1);
    await cache().get('key');
    await cache().get('key');
    await cache().get('unknown');
    expect(cache().statistics()).toMatchObject({ hits: 2, misses: 1 });
  });
}

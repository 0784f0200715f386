import { expect, it } from '@jest/globals';
import { InvalidCacheArgumentError, InvalidCacheKeyError } from '../../lib/index.js';
import type { Subject } from './describe-cache-backend.js';

const ODD_KEYS = [
  '',
  'with space',
  'with\nline',
  '../../etc/passwd',
  '/absolute',
  'a:b:c',
  ':1:key',
  'key\u0000key',
  'Grüße/日本語/🎬',
  'e\u0301',
  '\u00e9',
  '__proto__',
  'constructor',
  'CON',
  'k'.repeat(200),
  'k'.repeat(5000),
  '"quoted"',
  '%2e%2e',
  '*',
];

export function keyCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  it('keeps odd keys apart', async () => {
    for (const key of ODD_KEYS) await cache().set(key, `value of ${key}`);
    for (const key of ODD_KEYS) expect(await cache().get(key)).toBe(`value of ${key}`);
    expect((await cache().getMany(ODD_KEYS)).size).toBe(ODD_KEYS.length);
    expect(await cache().deleteMany(ODD_KEYS)).toBe(ODD_KEYS.length);
  });

  it('tells keys apart that differ in case only', async () => {
    await cache().setMany({ key: 1, KEY: 2 });
    expect(await cache().get('key')).toBe(1);
    expect(await cache().get('KEY')).toBe(2);
  });

  it('says once that a key would not work on memcached', async () => {
    await cache().set('k'.repeat(251), 1);
    await cache().set('with space', 1);
    await cache().get('é'.repeat(126));
    expect(subject.bench.warnings).toHaveLength(1);
    expect(subject.bench.warnings[0]).toContain('bytes and the limit is 250');
  });

  it('says nothing of a key of 250 bytes', async () => {
    const room = 250 - Buffer.byteLength('own||shop|1') - 10;
    await cache().set('k'.repeat(room), 1);
    expect(subject.bench.warnings).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', {}],
    ['half a surrogate pair', 'a\ud800'],
  ])('refuses %s as a key', async (_name, key) => {
    const bad = key as string;
    await expect(cache().get(bad)).rejects.toThrow(InvalidCacheKeyError);
    await expect(cache().set(bad, 1)).rejects.toThrow(InvalidCacheKeyError);
    await expect(cache().getOrSet(bad, () => 1)).rejects.toThrow(InvalidCacheKeyError);
    await expect(cache().getMany([bad])).rejects.toThrow(InvalidCacheKeyError);
    await expect(
      cache().setMany([
        ['fine', 1],
        [bad, 2],
      ]),
    ).rejects.toThrow(InvalidCacheKeyError);
    await expect(cache().incr(bad)).rejects.toThrow(InvalidCacheKeyError);
    expect(await cache().has('fine')).toBe(false);
  });

  it('refuses options that it does not know', async () => {
    await expect(cache().set('key', 1, { ttl: 5 } as object)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().getOrSet('key', 1, { tag: 'x' } as object)).rejects.toThrow('Unknown option "tag"');
  });
}

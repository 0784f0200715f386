import { expect, it } from '@jest/globals';
import { InvalidCacheArgumentError, InvalidCacheKeyError } from '../../lib/index.js';
import { unportableReason } from '../../lib/core/key.js';
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
  '?',
  'h?llo',
  '[a-z]',
  '[^a]',
  'back\\slash',
  'back\\*',
  '{slot}',
  '$$hash',
];

export function keyCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  const acceptsAll = subject.harness.capabilities.maxKeyBytes === null;
  const isPortable = (key: string): boolean => unportableReason(key) === undefined;
  const accepted = acceptsAll ? ODD_KEYS : ODD_KEYS.filter(isPortable);

  it('keeps odd keys apart', async () => {
    for (const key of accepted) await cache().set(key, `value of ${key}`);
    for (const key of accepted) expect(await cache().get(key)).toBe(`value of ${key}`);
    expect((await cache().getMany(accepted)).size).toBe(accepted.length);
    expect(await cache().deleteMany(accepted)).toBe(accepted.length);
    expect(await cache().getMany(accepted)).toEqual(new Map());
  });

  it('clears odd keys like all others', async () => {
    await cache().setMany(accepted.map((key) => [key, 1] as const));
    await cache().clear();
    expect(await cache().getMany(accepted)).toEqual(new Map());
  });

  it('takes no key for a pattern', async () => {
    await cache().setMany({ hello: 1, hallo: 2, '*': 3, 'h?llo': 4, 'h[ae]llo': 5 });
    expect(await cache().delete('h?llo')).toBe(true);
    expect(await cache().deleteMany(['*', 'h[ae]llo'])).toBe(2);
    expect(await cache().getMany(['hello', 'hallo', '*'])).toEqual(
      new Map([
        ['hello', 1],
        ['hallo', 2],
      ]),
    );
  });

  it('tells keys apart that differ in case only', async () => {
    await cache().setMany({ key: 1, KEY: 2 });
    expect(await cache().get('key')).toBe(1);
    expect(await cache().get('KEY')).toBe(2);
  });

  if (acceptsAll) {
    it('says once that a key would not work on memcached', async () => {
      await cache().set('k'.repeat(251), 1);
      await cache().set('with space', 1);
      await cache().get('é'.repeat(126));
      expect(subject.bench.warnings).toHaveLength(1);
      expect(subject.bench.warnings[0]).toContain('bytes and the limit is 250');
    });
  } else {
    it.each(ODD_KEYS.filter((key) => !isPortable(key)))(
      'refuses %j, which the store cannot take',
      async (key) => {
        await expect(cache().get(key)).rejects.toThrow(InvalidCacheKeyError);
        await expect(cache().set(key, 1)).rejects.toThrow(InvalidCacheKeyError);
        await expect(cache().add(key, 1)).rejects.toThrow(InvalidCacheKeyError);
        await expect(cache().getMany(['fine', key])).rejects.toThrow(InvalidCacheKeyError);
        await expect(cache().setMany({ fine: 1, [key]: 1 })).rejects.toThrow(InvalidCacheKeyError);
        await expect(cache().deleteMany(['fine', key])).rejects.toThrow(InvalidCacheKeyError);
        await expect(cache().getOrSet(key, () => 1)).rejects.toThrow(InvalidCacheKeyError);
        expect(await cache().has('fine')).toBe(false);
      },
    );
  }

  it('says nothing of a key of 250 bytes', async () => {
    const room = 250 - Buffer.byteLength('own||shop|1') - 10;
    await cache().set('k'.repeat(room), 1);
    expect(await cache().get('k'.repeat(room))).toBe(1);
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

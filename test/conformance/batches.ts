import { expect, it } from '@jest/globals';
import { InvalidCacheArgumentError } from '../../lib/index.js';
import type { Subject } from './describe-cache-backend.js';

/** How long a thousand files may take on a disk that others write to. */
const DISK_TAKES_MS = 60_000;

export function batchCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  it('reads what is there and leaves out what is not', async () => {
    await cache().set('a', 1);
    await cache().set('c', { n: 3 });
    expect(await cache().getMany(['a', 'b', 'c'])).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['c', { n: 3 }],
      ]),
    );
  });

  it('takes keys in any order, from any iterable, and counts duplicates once', async () => {
    await cache().setMany({ a: 1, b: 2 });
    expect(await cache().getMany(new Set(['b', 'a']))).toEqual(
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    );
    expect((await cache().getMany(['a', 'a', 'b', 'a'])).size).toBe(2);
    expect(await cache().deleteMany(['a', 'a', 'b'])).toBe(2);
  });

  it('writes Maps, pairs and plain objects', async () => {
    expect(await cache().setMany(new Map([['a', 1]]))).toEqual([]);
    expect(await cache().setMany([['b', 2]] as const)).toEqual([]);
    expect(await cache().setMany({ c: 3 }, { timeout: 60 })).toEqual([]);
    expect((await cache().getMany(['a', 'b', 'c'])).size).toBe(3);
  });

  it(
    'handles more than a thousand keys at once',
    async () => {
      const entries = new Map(Array.from({ length: 1100 }, (_, index) => [`key:${index}`, index] as const));
      expect(await cache().setMany(entries)).toEqual([]);
      expect(await cache().getMany(entries.keys())).toEqual(entries);
      expect(await cache().deleteMany(entries.keys())).toBe(1100);
      expect(await cache().getMany(entries.keys())).toEqual(new Map());
    },
    DISK_TAKES_MS,
  );

  it(
    'finds what is there among more than a thousand keys',
    async () => {
      const keys = Array.from({ length: 1100 }, (_, index) => `key:${index}`);
      const present = new Map(
        keys.filter((_, index) => index % 2 === 0).map((key) => [key, { key, at: new Date(5) }] as const),
      );
      expect(await cache().setMany(present)).toEqual([]);
      expect(await cache().getMany(keys)).toEqual(present);
      expect(await cache().deleteMany(keys)).toBe(present.size);
    },
    DISK_TAKES_MS,
  );

  it('gives everyone what they asked for, however many ask at once', async () => {
    const keys = Array.from({ length: 500 }, (_, index) => `key:${index}`);
    const textOf = (key: string): string => `${key} `.repeat(1 + ((key.length * 7919) % 100));
    await Promise.all(keys.map((key) => cache().set(key, textOf(key))));
    const [values, absent, batch] = await Promise.all([
      Promise.all(keys.map((key) => cache().get(key))),
      Promise.all(keys.map((key) => cache().get(`no ${key}`.replace(' ', '-')))),
      cache().getMany(keys),
    ]);
    expect(values).toEqual(keys.map(textOf));
    expect(absent).toEqual(keys.map(() => undefined));
    expect(batch).toEqual(new Map(keys.map((key) => [key, textOf(key)])));
  });

  it('does nothing with nothing', async () => {
    expect(await cache().getMany([])).toEqual(new Map());
    expect(await cache().setMany({})).toEqual([]);
    expect(await cache().deleteMany([])).toBe(0);
    expect(await cache().getOrSetMany([], () => Promise.reject(new Error('not called')))).toEqual(new Map());
  });

  it('refuses a string in the place of keys, and malformed entries', async () => {
    await expect(cache().getMany('abc')).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().deleteMany('abc')).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().getMany(5 as unknown as string[])).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache().setMany(['a', 'b'] as unknown as [string, string][])).rejects.toThrow(
      InvalidCacheArgumentError,
    );
    await expect(cache().setMany(null as unknown as object as Record<string, string>)).rejects.toThrow(
      InvalidCacheArgumentError,
    );
  });

  it('loads only the missing keys, once, and stores them', async () => {
    await cache().set('a', 1);
    const asked: string[][] = [];
    const load = async (missing: string[]): Promise<Map<string, number>> => {
      asked.push(missing);
      return new Map(missing.map((key) => [key, key.length]));
    };
    const expected = new Map([
      ['a', 1],
      ['bb', 2],
      ['ccc', 3],
    ]);
    expect(await cache().getOrSetMany(['a', 'bb', 'ccc', 'bb'], load)).toEqual(expected);
    expect(await cache().getOrSetMany(['a', 'bb', 'ccc'], load)).toEqual(expected);
    expect(asked).toEqual([['bb', 'ccc']]);
  });

  it('takes plain objects from a loader, leaves out what it did not find and remembers null', async () => {
    const load = (): Record<string, unknown> => ({ a: null, ignored: 1 });
    expect(await cache().getOrSetMany(['a', 'b'], load)).toEqual(new Map([['a', null]]));
    expect(await cache().has('a')).toBe(true);
    expect(await cache().has('b')).toBe(false);
    expect(await cache().has('ignored')).toBe(false);
  });

  it('shares loads between overlapping batches and single keys', async () => {
    const asked: string[] = [];
    const load = async (missing: string[]): Promise<Map<string, string>> => {
      asked.push(...missing);
      return new Map(missing.map((key) => [key, `value of ${key}`]));
    };
    const results = await Promise.all([
      cache().getOrSetMany(['a', 'b'], load),
      cache().getOrSetMany(['b', 'c'], load),
      cache().getOrSet('a', () => 'not computed'),
    ]);
    expect(asked.toSorted()).toEqual(['a', 'b', 'c']);
    expect(results[1]).toEqual(
      new Map([
        ['b', 'value of b'],
        ['c', 'value of c'],
      ]),
    );
    expect(results[2]).toBe('value of a');
  });

  it('lets a single caller compute what a batch loader did not find', async () => {
    const [batch, single] = await Promise.all([
      cache().getOrSetMany(['a'], async () => new Map<string, string>()),
      cache().getOrSet('a', () => 'computed'),
    ]);
    expect(batch).toEqual(new Map());
    expect(single).toBe('computed');
  });

  it('rejects when the loader does, and stores nothing', async () => {
    await expect(cache().getOrSetMany(['a'], () => Promise.reject(new Error('no database')))).rejects.toThrow(
      'no database',
    );
    await expect(cache().getOrSetMany(['a'], () => 5 as never)).rejects.toThrow(InvalidCacheArgumentError);
    expect(await cache().has('a')).toBe(false);
  });
}

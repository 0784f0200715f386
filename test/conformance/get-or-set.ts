import { expect, it } from '@jest/globals';
import type { Subject } from './describe-cache-backend.js';
import { expectSeconds } from './lifetimes.js';

/** A promise that the test settles. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

export function getOrSetCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  it('takes a value, a function or an async function', async () => {
    expect(await cache().getOrSet('value', 5)).toBe(5);
    expect(await cache().getOrSet('function', () => 6)).toBe(6);
    expect(await cache().getOrSet('async', async () => 7)).toBe(7);
    expect(await cache().getMany(['value', 'function', 'async'])).toEqual(
      new Map([
        ['value', 5],
        ['function', 6],
        ['async', 7],
      ]),
    );
  });

  it('computes once and then answers from the cache', async () => {
    let runs = 0;
    for (let call = 0; call < 3; call++) expect(await cache().getOrSet('key', () => ++runs)).toBe(1);
    expect(runs).toBe(1);
  });

  it('remembers null', async () => {
    let runs = 0;
    const find = (): null => {
      runs++;
      return null;
    };
    expect(await cache().getOrSet('nobody', find)).toBeNull();
    expect(await cache().getOrSet('nobody', find)).toBeNull();
    expect(runs).toBe(1);
  });

  it('rejects with the error of the factory, stores nothing, and tries again next time', async () => {
    await expect(cache().getOrSet('key', () => Promise.reject(new Error('no database')))).rejects.toThrow(
      'no database',
    );
    await expect(
      cache().getOrSet('key', () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(await cache().has('key')).toBe(false);
    expect(await cache().getOrSet('key', () => 'fine')).toBe('fine');
  });

  it('runs the factory once for a thousand concurrent callers, and gives each a value of its own', async () => {
    let runs = 0;
    const values = await Promise.all(
      Array.from({ length: 1000 }, () =>
        cache().getOrSet('key', async () => ({ run: ++runs, tags: ['a'], at: new Date(0) })),
      ),
    );
    expect(runs).toBe(1);
    expect(new Set(values).size).toBe(1000);
    values[0]!.tags.push('b');
    values[0]!.at.setTime(1);
    expect(values[1]).toEqual({ run: 1, tags: ['a'], at: new Date(0) });
    expect(await cache().get('key')).toEqual({ run: 1, tags: ['a'], at: new Date(0) });
  });

  it('rejects all concurrent callers with the error of the one factory', async () => {
    let runs = 0;
    const fail = async (): Promise<never> => {
      runs++;
      throw new Error('no database');
    };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => cache().getOrSet('key', fail)),
    );
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(runs).toBe(1);
  });

  it('computes different keys side by side', async () => {
    const slow = deferred<string>();
    const first = cache().getOrSet('slow', () => slow.promise);
    expect(await cache().getOrSet('quick', () => 'quick')).toBe('quick');
    slow.resolve('slow');
    expect(await first).toBe('slow');
  });

  it.each<[string, () => Promise<unknown>, unknown]>([
    ['delete', () => cache().delete('key'), undefined],
    ['deleteMany', () => cache().deleteMany(['key']), undefined],
    ['clear', () => cache().clear(), undefined],
    ['set', () => cache().set('key', 'newer'), 'newer'],
    ['setMany', () => cache().setMany({ key: 'newer' }), 'newer'],
    ['add', () => cache().add('key', 'newer'), 'newer'],
    ['a set of 0 seconds', () => cache().set('key', 'x', 0), undefined],
  ])('does not store what was computed before a %s', async (_name, overtake, expected) => {
    const factory = deferred<string>();
    const begun = deferred<undefined>();
    const old = cache().getOrSet('key', () => {
      begun.resolve(undefined);
      return factory.promise;
    });
    await begun.promise;
    await overtake();
    factory.resolve('computed from old data');
    expect(await old).toBe('computed from old data');
    expect(await cache().get('key')).toBe(expected);
  });

  it('lets callers after a delete compute anew instead of joining the old computation', async () => {
    const factory = deferred<string>();
    const begun = deferred<undefined>();
    const old = cache().getOrSet('key', () => {
      begun.resolve(undefined);
      return factory.promise;
    });
    await begun.promise;
    await cache().delete('key');
    expect(await cache().getOrSet('key', () => 'fresh')).toBe('fresh');
    factory.resolve('stale');
    await old;
    expect(await cache().get('key')).toBe('fresh');
  });

  it('counts the lifetime from when the value was computed', async () => {
    await cache().getOrSet(
      'key',
      async () => {
        await subject.bench.advance(50);
        return 1;
      },
      100,
    );
    expectSeconds(subject.bench, await cache().ttl('key'), 100);
  });
}

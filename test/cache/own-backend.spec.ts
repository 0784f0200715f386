import { describe, expect, it, jest } from '@jest/globals';
import {
  CacheBackendError,
  CacheConfigurationError,
  type CacheService,
  openCaches,
  type StoredEntry,
} from '../../lib/index.js';
import { SmallestBackend } from '../support/smallest-backend.js';

const quiet = { warn: () => {} };

async function openWith(answer: (entry: StoredEntry | undefined) => unknown): Promise<CacheService> {
  let stores = 0;
  class Odd extends SmallestBackend {
    override async read(key: string): Promise<StoredEntry | undefined> {
      return answer(await super.read(key)) as StoredEntry | undefined;
    }
  }
  return (
    await openCaches({ default: { backend: Odd, location: `odd ${++stores}${Math.random()}` } }, quiet)
  ).get('default');
}

describe("a backend of the user's own", () => {
  it('may give bytes as a plain Uint8Array, as database drivers do', async () => {
    const cache = await openWith((entry) => entry && { ...entry, payload: new Uint8Array(entry.payload) });
    await cache.setMany({ text: 'hello', n: 42, list: [1, { a: null }] });
    expect(await cache.get('text')).toBe('hello');
    expect(await cache.incr('n')).toBe(43);
    expect(await cache.getMany(['text', 'n', 'list'])).toEqual(
      new Map<string, unknown>([
        ['text', 'hello'],
        ['n', 43],
        ['list', [1, { a: null }]],
      ]),
    );
  });

  it('may give null for a miss, as clients do', async () => {
    const cache = await openWith((entry) => entry ?? null);
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.has('key')).toBe(false);
    expect(await cache.ttl('key')).toBeUndefined();
    expect(await cache.getOrSet('key', () => 5)).toBe(5);
    expect(await cache.get('key')).toBe(5);
  });

  it.each<[string, unknown]>([
    ['text', 'bytes'],
    ['an empty object', {}],
    ['a payload of text', { payload: '42', expiresAt: null }],
    ['an end that is no moment', { payload: Buffer.from('42'), expiresAt: undefined }],
  ])('fails with what it gave when it gives %s', async (_name, garbage) => {
    const cache = await openWith(() => garbage);
    await expect(cache.get('key')).rejects.toThrow(CacheBackendError);
    await expect(cache.get('key')).rejects.toThrow(
      /Cache "default": read of ":1:key" failed: the backend gave .* in place of \{ payload: Buffer/,
    );
    await expect(cache.getMany(['key'])).rejects.toThrow(CacheBackendError);
    expect(await cache.getOrSet('key', () => 'computed')).toBe('computed');
  });

  it('leaves no rejection unheard when one of several reads fails at once', async () => {
    class Failing extends SmallestBackend {
      override read(key: string): Promise<StoredEntry | undefined> {
        if (key.endsWith('b')) throw new Error('at once');
        return Promise.reject(new Error('later'));
      }
    }
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const cache = (await openCaches({ default: { backend: Failing } }, quiet)).get('default');
    await expect(cache.getMany(['a', 'b', 'c'])).rejects.toThrow('at once');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each<[string, unknown, string]>([
    ['a function that is no class', () => ({}), 'the backend (a function without a name) cannot be made: '],
    [
      'a class whose constructor fails',
      class Broken {
        constructor() {
          throw new Error('no server given');
        }
      },
      'the backend Broken cannot be made: no server given',
    ],
    [
      'a class without capabilities',
      class Bare extends SmallestBackend {
        override readonly capabilities = null as never;
      },
      'the class Bare is no CacheBackend: it lacks capabilities.',
    ],
    [
      'packages that are no list',
      class Wrong extends SmallestBackend {
        static readonly requires = 'redis';
      },
      "Wrong.requires must be a list of package names; got 'redis'.",
    ],
    [
      'a store that does not open',
      class Shut extends SmallestBackend {
        async open(): Promise<void> {
          throw new Error('no route');
        }
      },
      'its store cannot be opened: no route',
    ],
  ])('ends the start with the alias for %s', async (_name, backend, message) => {
    const opening = openCaches({ default: { backend: backend as typeof SmallestBackend } }, quiet);
    await expect(opening).rejects.toThrow(CacheConfigurationError);
    await expect(opening).rejects.toThrow('Cache "default": ' + message);
  });
});

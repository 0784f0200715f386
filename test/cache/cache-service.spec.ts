import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import {
  type CacheConfiguration,
  type CacheRegistry,
  InvalidCacheArgumentError,
  openCaches,
} from '../../lib/index.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';

const open = (caches?: Record<string, CacheConfiguration>): Promise<CacheRegistry> =>
  openCaches(caches, { warn: () => {} });

describe('CacheService', () => {
  it("asks a key function of the user's each time, since it may look at the tenant of the request", async () => {
    const tenant = new AsyncLocalStorage<string>();
    const keyFunction = (key: string): string => `${tenant.getStore()}:${key}`;
    const cache = (await open({ default: { backend: 'memory', keyFunction } })).get('default');
    await tenant.run('alice', () => cache.set('secret', 'of alice'));
    await tenant.run('alice', () => cache.get('secret'));
    expect(await tenant.run('bob', () => cache.get('secret'))).toBeUndefined();
    expect(await tenant.run('bob', () => cache.getOrSet('secret', () => 'of bob'))).toBe('of bob');
    expect(await tenant.run('alice', () => cache.get('secret'))).toBe('of alice');
  });

  it('says that it is the key function that gave no text', async () => {
    const keyFunction = (() => 42) as unknown as () => string;
    const cache = (await open({ default: { backend: 'memory', keyFunction } })).get('default');
    await expect(cache.get('key')).rejects.toThrow(
      'The option keyFunction must return a string; it returned 42.',
    );
  });

  it.each(['memory', 'file'] as const)(
    'lets a delete through another alias of one %s store overtake a computation',
    async (backend) => {
      const folder = await makeTemporaryFolder();
      const configuration = { backend, location: folder };
      const registry = await open({ default: configuration, twin: configuration });
      const [cache, twin] = registry.all();
      let begin!: () => void;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      let finish!: (value: string) => void;
      const computed = new Promise<string>((resolve) => (finish = resolve));
      const old = cache!.getOrSet('key', () => {
        begin();
        return computed;
      });
      await begun;
      await twin!.delete('key');
      finish('computed from old data');
      await old;
      expect(await cache!.get('key')).toBeUndefined();
      await registry.closeAll();
      await removeFolder(folder);
    },
  );

  it('lets a touch of 0 seconds overtake a computation', async () => {
    const cache = (await open()).get('default');
    const old = cache.getOrSet('key', async () => 'old');
    await cache.touch('key', 0);
    await old;
    expect(await cache.has('key')).toBe(false);
  });

  it('asks the loader of each batch for what the loader of another did not find', async () => {
    const cache = (await open()).get('default');
    const [first, second] = await Promise.all([
      cache.getOrSetMany<number>(['a', 'b'], async () => ({ b: 2 })),
      cache.getOrSetMany<number>(['a', 'b'], async () => ({ a: 1 })),
    ]);
    expect(first).toEqual(new Map([['b', 2]]));
    expect(second).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
  });

  it('does not let a listener that throws break what it is told of', async () => {
    const registry = await open({ default: { backend: 'memory', maxBytes: '1kb' } });
    registry.events.on('degraded', () => {
      throw new Error('in the listener');
    });
    expect(await registry.get('default').getOrSet('key', () => 'x'.repeat(5000))).toHaveLength(5000);
  });

  it.each([new Date(), [], new Map(), new Set(), Object(5)])('refuses %p as options', async (options) => {
    const cache = (await open()).get('default');
    await expect(cache.set('key', 1, options as object)).rejects.toThrow(InvalidCacheArgumentError);
    await expect(cache.delete('key', options as object)).rejects.toThrow(InvalidCacheArgumentError);
  });

  it('refuses misspelt options in every call that takes some', async () => {
    const cache = (await open()).get('default');
    const misspelt = { verison: 2 } as object;
    const calls = [
      () => cache.get('key', misspelt),
      () => cache.has('key', misspelt),
      () => cache.ttl('key', misspelt),
      () => cache.delete('key', misspelt),
      () => cache.getMany(['key'], misspelt),
      () => cache.deleteMany(['key'], misspelt),
      () => cache.incr('key', 1, misspelt),
      () => cache.incrVersion('key', 1, misspelt),
      () => cache.touch('key', misspelt),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow('Unknown option "verison"');
  });
});

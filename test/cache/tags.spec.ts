import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BackendCapabilities,
  type CacheRegistry,
  type CacheService,
  openCaches,
} from '../../lib/index.js';
import { SmallestBackend } from '../support/smallest-backend.js';
import { GatedBackend } from './gated-backend.js';

const REMOTE: BackendCapabilities = {
  isShared: true,
  isPersistent: true,
  keepsEntries: true,
  hasAtomicInsert: true,
  hasAtomicIncrement: false,
  limitsEntries: false,
  maxKeyBytes: null,
  isRemote: true,
};
const STAMP = /^insert :1:tag:/;

/** Opens a cache on the one store, as each process would. */
async function openProcess(options: object = {}): Promise<CacheService> {
  const registry = await openCaches(
    { default: { backend: GatedBackend, location: 'shared', ...options } },
    { warn: () => {} },
  );
  return registry.get('default');
}

function entriesOfStore(): Map<string, { payload: Buffer }> {
  return SmallestBackend.stores.get('shared')!;
}

function stampKeys(): string[] {
  return [...entriesOfStore().keys()].filter((key) => key.includes(':tag:'));
}

/** Returns what the operations since the last call were. */
function asked(): string[] {
  return GatedBackend.asked.splice(0).map((line) => line.replaceAll(/tag:[\w-]{43}/g, 'tag'));
}

/** A computation that stops where the test wants it to. */
function barrier(): {
  begun: Promise<void>;
  finish: (value: string) => void;
  factory: () => Promise<string>;
} {
  let begin!: () => void;
  let finish!: (value: string) => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const result = new Promise<string>((resolve) => (finish = resolve));
  const factory = (): Promise<string> => {
    begin();
    return result;
  };
  return { begun, finish, factory };
}

describe('The tags of a cache', () => {
  let cache: CacheService;
  let elsewhere: CacheService;
  const tags = ['tag'];
  beforeEach(async () => {
    GatedBackend.forget();
    cache = await openProcess();
    elsewhere = await openProcess();
  });

  it('are read in one batch with an entry whose tags the caller names', async () => {
    await cache.getOrSet('key', 'value', { tags: ['a', 'b'] });
    asked();
    expect(await cache.getOrSet('key', 'other', { tags: ['a', 'b'] })).toBe('value');
    expect(asked()).toEqual(['readMany :1:key :1:tag :1:tag']);
    await cache.getOrSetMany(['key', 'two'], () => ({ two: 2 }), { tags: ['a', 'b'] });
    expect(asked()).toEqual(['readMany :1:key :1:two :1:tag :1:tag', 'insert :1:two', 'replace :1:two']);
  });

  it('are read in a second batch otherwise, those of several entries together', async () => {
    await cache.setMany({ one: 1, two: 2 }, { tags: ['a', 'b'] });
    asked();
    await cache.getMany(['one', 'two']);
    expect(asked()).toEqual(['readMany :1:one :1:two', 'readMany :1:tag :1:tag']);
    await cache.get('one');
    expect(asked()).toEqual(['read :1:one', 'readMany :1:tag :1:tag']);
  });

  it('cost an entry without any nothing', async () => {
    await cache.getOrSet('key', 'value');
    expect(asked()).toEqual(['read :1:key', 'insert :1:key', 'replace :1:key']);
    await cache.getOrSet('key', 'value');
    await cache.set('key', 'value');
    await cache.get('key');
    await cache.has('key');
    expect(asked()).toEqual(['read :1:key', 'write :1:key', 'read :1:key', 'read :1:key']);
  });

  it('let an invalidation win that comes between the computation and the storing', async () => {
    const storing = GatedBackend.hold(/^replace :1:key/);
    const computing = cache.getOrSet('key', 'old', { tags });
    await storing.reached;
    await elsewhere.invalidateTags(tags);
    storing.open();
    expect(await computing).toBe('old');
    expect(await elsewhere.get('key')).toBeUndefined();
    expect(await elsewhere.getOrSet('key', 'new', { tags })).toBe('new');
    expect(await cache.get('key')).toBe('new');
  });

  it('let an invalidation win over what was computed under a stamp that was read before it', async () => {
    await cache.set('other', 1, { tags });
    const answer = GatedBackend.holdAnswer(/^readMany :1:key/);
    const computing = cache.getOrSet('key', 'computed', { tags });
    await answer.reached;
    await elsewhere.invalidateTags(tags);
    answer.open();
    expect(await computing).toBe('computed');
    expect(await elsewhere.get('key')).toBeUndefined();
  });

  it('are shared by processes that give one its first stamp at once', async () => {
    const inserting = GatedBackend.hold(STAMP);
    const late = cache.set('late', 1, { tags });
    await inserting.reached;
    await elsewhere.set('early', 2, { tags });
    inserting.open();
    await late;
    expect(stampKeys()).toHaveLength(1);
    expect(await cache.getMany(['late', 'early'])).toEqual(
      new Map([
        ['late', 1],
        ['early', 2],
      ]),
    );
  });

  it('lose their entries with their stamp, which never comes back', async () => {
    await cache.set('key', 'old', { tags });
    for (const key of stampKeys()) entriesOfStore().delete(key);
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('other', 'new', { tags });
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.get('other')).toBe('new');
  });

  it('survive that something else lies where a stamp should, which costs misses', async () => {
    await cache.set('key', 'old', { tags });
    const [key] = stampKeys();
    for (const payload of [Buffer.from('5'), Buffer.from('00'), Buffer.from([0xcf, 9, 6, 0, 1])]) {
      entriesOfStore().set(key!, { ...entriesOfStore().get(key!)!, payload });
      expect(await cache.get('key')).toBeUndefined();
      await cache.set('key', 'new', { tags });
      expect(await cache.get('key')).toBe('new');
    }
  });

  it('cannot be forged by the value of a key', async () => {
    await cache.set('key', 'old', { tags });
    const [finalKey] = stampKeys();
    const stamp = entriesOfStore().get(finalKey!)!.payload;
    await cache.invalidateTags(tags);
    await cache.set(finalKey!.slice(':1:'.length), stamp);
    expect(await cache.get('key')).toBeUndefined();
  });

  it('are looked at once for all who waited for one computation', async () => {
    const { begun, factory, finish } = barrier();
    const leader = cache.getOrSet('key', factory, { tags });
    await begun;
    const followers = Array.from({ length: 100 }, () => cache.getOrSet('key', () => 'own', { tags }));
    asked();
    finish('shared');
    expect(await leader).toBe('shared');
    expect(new Set(await Promise.all(followers))).toEqual(new Set(['shared']));
    expect(asked()).toEqual(['replace :1:key', 'readMany :1:key :1:tag']);
  });

  it('keep those who waited from an answer that another process has invalidated, and they compute once together', async () => {
    const { begun, factory, finish } = barrier();
    const leader = cache.getOrSet('key', factory, { tags });
    await begun;
    await elsewhere.invalidateTags(tags);
    let runs = 0;
    const followers = Array.from({ length: 100 }, () =>
      cache.getOrSet('key', () => `new ${++runs}`, { tags }),
    );
    finish('old');
    expect(await leader).toBe('old');
    expect(new Set(await Promise.all(followers))).toEqual(new Set(['new 1']));
  });

  it('let nobody wait for ever, however often they are invalidated', async () => {
    const first = barrier();
    const leader = cache.getOrSet('key', first.factory, { tags });
    await first.begun;
    let runs = 0;
    const recompute = async (): Promise<string> => {
      runs++;
      await elsewhere.invalidateTags(tags);
      return `run ${runs}`;
    };
    const followers = Array.from({ length: 20 }, () => cache.getOrSet('key', recompute, { tags }));
    await elsewhere.invalidateTags(tags);
    first.finish('old');
    await leader;
    expect(new Set(await Promise.all(followers))).toEqual(new Set(['run 1']));
  });

  it('are looked at for a waiting batch as well', async () => {
    const { begun, factory, finish } = barrier();
    const leader = cache.getOrSetMany(['a', 'b'], async () => ({ a: await factory(), b: 'old b' }), { tags });
    await begun;
    await elsewhere.invalidateTags(tags);
    const follower = cache.getOrSetMany(
      ['a', 'b'],
      (missing) => Object.fromEntries(missing.map((key) => [key, `new ${key}`])),
      {
        tags,
      },
    );
    const single = cache.getOrSet('b', 'new b', { tags });
    finish('old a');
    expect((await leader).get('a')).toBe('old a');
    expect(await follower).toEqual(new Map(Object.entries({ a: 'new a', b: 'new b' })));
    expect(await single).toBe('new b');
  });

  it('keep who joins a reading from a value that was invalidated before', async () => {
    await cache.set('key', 'old', { tags });
    const answer = GatedBackend.holdAnswer(/^readMany :1:key/);
    const leader = cache.getOrSet('key', 'new', { tags });
    await answer.reached;
    await elsewhere.invalidateTags(tags);
    const follower = cache.getOrSet('key', 'new', { tags });
    answer.open();
    expect(await leader).toBe('old');
    expect(await follower).toBe('new');
  });

  it('make a dead entry go before what takes its place is computed', async () => {
    await cache.set('key', 'old', { tags });
    await cache.invalidateTags(tags);
    const removing = GatedBackend.hold(/^remove :1:key/);
    let isComputed = false;
    const computing = cache.getOrSet('key', () => (isComputed = true));
    await removing.reached;
    expect(isComputed).toBe(false);
    removing.open();
    await computing;
    expect(await elsewhere.get('key')).toBe(true);
  });

  it('let one of two processes add over a dead entry', async () => {
    await cache.set('key', 'old', { tags });
    await cache.invalidateTags(tags);
    const replacing = GatedBackend.hold(/^replace :1:key/);
    const first = cache.add('key', 'first');
    await replacing.reached;
    expect(await elsewhere.add('key', 'second')).toBe(true);
    replacing.open();
    expect(await first).toBe(false);
    expect(await elsewhere.get('key')).toBe('second');
  });

  it('stay with a compressed entry', async () => {
    const compressing = await openProcess({ compressAbove: 100 });
    const text = 'x'.repeat(10_000);
    await compressing.set('key', text, { tags });
    expect(entriesOfStore().get(':1:key')!.payload.length).toBeLessThan(1000);
    expect(await compressing.get('key')).toBe(text);
    await compressing.invalidateTags(tags);
    expect(await compressing.get('key')).toBeUndefined();
  });

  it('make set, add and setMany fail if the store does, and a computation go on without it', async () => {
    GatedBackend.failing = /tag/;
    await expect(cache.set('key', 1, { tags })).rejects.toThrow('refused');
    await expect(cache.add('key', 1, { tags })).rejects.toThrow('refused');
    await expect(cache.setMany({ key: 1 }, { tags })).rejects.toThrow('refused');
    await expect(cache.invalidateTags(tags)).rejects.toThrow('refused');
    expect(await cache.getOrSet('key', () => 'computed', { tags })).toBe('computed');
    expect(await cache.getOrSetMany(['key'], () => ({ key: 'loaded' }), { tags })).toEqual(
      new Map([['key', 'loaded']]),
    );
    GatedBackend.failing = undefined;
    expect(await cache.has('key')).toBe(false);
  });

  it('are not kept where stamps are not, and what was to be replaced goes', async () => {
    await cache.set('key', 'old');
    const forgetful = class extends GatedBackend {
      override async insert(key: string, payload: Buffer, expiresAt: number | null): Promise<boolean> {
        return !key.includes(':tag:') && super.insert(key, payload, expiresAt);
      }
    };
    const registry: CacheRegistry = await openCaches(
      { default: { backend: forgetful, location: 'shared' } },
      { warn: () => {} },
    );
    const lossy = registry.get('default');
    expect(await lossy.getOrSet('other', 'computed', { tags })).toBe('computed');
    await lossy.set('key', 'new', { tags });
    expect(await lossy.setMany({ many: 1 }, { tags })).toEqual(['many']);
    expect(await lossy.add('added', 1, { tags })).toBe(false);
    expect(await cache.getMany(['key', 'other', 'many', 'added'])).toEqual(new Map());
    expect(lossy.statistics().dropped).toBe(2);
  });
});

describe('The tags of a cache on a sick server', () => {
  const tags = ['tag'];
  class RemoteBackend extends GatedBackend {
    override readonly capabilities: BackendCapabilities = REMOTE;
  }
  let registry: CacheRegistry;
  let cache: CacheService;
  beforeEach(async () => {
    GatedBackend.forget();
    registry = await openCaches(
      { default: { backend: RemoteBackend, location: 'shared' } },
      { warn: () => {} },
    );
    cache = registry.get('default');
  });
  afterEach(() => registry.closeAll());

  /** Resolves when the server is used again. */
  function recovered(): Promise<void> {
    return new Promise((resolve) => {
      registry.events.on('server', ({ isInUse }) => {
        if (isInUse) resolve();
      });
    });
  }

  it('are invalidated before the server is trusted again, and the caller is told that it was not done yet', async () => {
    await cache.set('key', 'old', { tags });
    const recovery = recovered();
    GatedBackend.failing = /./;
    await expect(cache.invalidateTags(tags)).rejects.toThrow('The removal is not confirmed');
    expect(await cache.get('key')).toBeUndefined();
    GatedBackend.failing = undefined;
    await recovery;
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.getOrSet('key', 'new', { tags })).toBe('new');
  });

  it('let everything be computed, and nothing be kept', async () => {
    await cache.set('key', 'old', { tags });
    const recovery = recovered();
    GatedBackend.failing = /./;
    expect(await cache.getOrSet('key', 'computed', { tags })).toBe('computed');
    expect(await cache.getOrSetMany(['key'], () => ({ key: 'loaded' }), { tags })).toEqual(
      new Map([['key', 'loaded']]),
    );
    await cache.set('key', 'new', { tags });
    expect(await cache.add('added', 1, { tags })).toBe(false);
    await expect(cache.invalidateTags(tags)).rejects.toThrow('The removal is not confirmed');
    GatedBackend.failing = undefined;
    await recovery;
    expect(await cache.getMany(['key', 'added'])).toEqual(new Map());
  });

  it('let one computation serve all who wait for it', async () => {
    GatedBackend.failing = /./;
    let runs = 0;
    const values = await Promise.all(
      Array.from({ length: 50 }, () => cache.getOrSet('key', async () => ++runs, { tags })),
    );
    expect(new Set(values)).toEqual(new Set([1]));
  });
});

describe('The tags of a cache in memory', () => {
  it('are looked at each time, though the decoded value is kept', async () => {
    const registry = await openCaches(undefined, { warn: () => {} });
    const cache = registry.get('default');
    await cache.set('key', { title: 'Heat' }, { tags: ['film'] });
    for (let read = 0; read < 3; read++) expect(await cache.get('key')).toEqual({ title: 'Heat' });
    const [one, other] = [await cache.get('key'), await cache.get('key')];
    expect(one).not.toBe(other);
    await cache.invalidateTags(['film']);
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.getMany(['key'])).toEqual(new Map());
    expect(await cache.getOrSet('key', 'new')).toBe('new');
  });

  it('may be evicted, which costs misses alone', async () => {
    const registry = await openCaches({ default: { backend: 'memory', maxEntries: 10 } }, { warn: () => {} });
    const cache = registry.get('default');
    for (let index = 0; index < 100; index++) {
      const key = `key ${index}`;
      expect(await cache.getOrSet(key, index, { tags: [`tag ${index}`] })).toBe(index);
      await cache.invalidateTags([`tag ${index}`]);
      expect(await cache.get(key)).toBeUndefined();
    }
  });
});

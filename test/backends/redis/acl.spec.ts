import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheConfiguration } from '../../../lib/index.js';
import {
  RedisWire,
  type ServerProcess,
  startRedis,
  startRedisCluster,
  startRedisReplicas,
} from '../../support/servers/index.mjs';
import { closeWatched, failureOf, openWatched, type WatchedCaches } from '../watched-caches.js';

const ODD = 'p@ss/w:rd %';
const ENCODED = 'p%40ss%2Fw%3Ard%20%25';
const WRONG = 'Tr0ub4dor';

let server: ServerProcess;
let wire: RedisWire;
beforeAll(async () => {
  server = await startRedis({ password: ODD });
  wire = new RedisWire({ host: server.host, port: server.port, password: ODD });
  await wire.command('ACL', 'SETUSER', 'shop', 'on', `>${ODD}`, '~shop:*', '+@all', '-@dangerous');
});
afterAll(async () => {
  wire.close();
  await server.stop();
});
beforeEach(() => wire.command('FLUSHALL'));
afterEach(closeWatched);

const patient = { onError: 'throw', operationTimeoutMs: 5000 } as const;

/** Every call that reaches the server. */
async function useEverything({ cache }: WatchedCaches): Promise<void> {
  await cache.set('film', { title: 'Ran' });
  expect(await cache.get('film')).toEqual({ title: 'Ran' });
  expect([await cache.add('film', 1), await cache.add('book', 1)]).toEqual([false, true]);
  expect(await cache.setMany({ a: 1, b: 2 }, 60)).toEqual([]);
  expect(await cache.getMany(['a', 'b', 'c'])).toEqual(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );
  expect([await cache.incr('a', 5), await cache.decr('b')]).toEqual([6, 1]);
  expect([await cache.touch('a', 100), await cache.touch('b', null)]).toEqual([true, true]);
  expect([await cache.ttl('b'), await cache.has('b')]).toEqual([null, true]);
  expect(await cache.getOrSet('slow', async () => 'made')).toBe('made');
  expect(await cache.incrVersion('slow')).toBe(2);
  expect(await cache.get('slow', { version: 2 })).toBe('made');
  expect([await cache.delete('film'), await cache.deleteMany(['book', 'absent'])]).toEqual([true, 1]);
  await cache.clear();
  expect(await cache.getMany(['a', 'b'])).toEqual(new Map());
  expect(await cache.has('slow', { version: 2 })).toBe(false);
}

describe('A user of Redis whose rights end at the prefix', () => {
  it('can do everything that a cache does, and its clear leaves the neighbours', async () => {
    await wire.command('MSET', 'other:1:a', '1', 'shopping:1:a', '1');
    const opened = await openWatched({
      backend: 'redis',
      location: `redis://shop:${ENCODED}@127.0.0.1:${server.port}`,
      keyPrefix: 'shop',
      ...patient,
    });
    await useEverything(opened);
    expect(opened.lines).toEqual([]);
    expect(((await wire.command('KEYS', '*')) as string[]).toSorted()).toEqual(['other:1:a', 'shopping:1:a']);
  });

  it('can do so on a leader with a replica', async () => {
    const group = await startRedisReplicas({ password: ODD });
    for (const each of group.servers) await allow(each, '~shop:*');
    const opened = await openWatched({
      backend: 'redis',
      location: group.servers.map(({ host, port }) => `${host}:${port}`),
      username: 'shop',
      password: ODD,
      keyPrefix: 'shop',
      ...patient,
    });
    await useEverything(opened);
    expect(opened.lines).toEqual([]);
    await closeWatched();
    await group.stop();
  });

  it('can do so in a cluster', async () => {
    const cluster = await startRedisCluster({ masters: 3, password: ODD });
    for (const each of cluster.servers) await allow(each, '~shop:*');
    const [first] = cluster.servers;
    const opened = await openWatched({
      backend: 'redis',
      location: { cluster: [`redis://shop:${ENCODED}@127.0.0.1:${first!.port}`] },
      keyPrefix: 'shop',
      ...patient,
    });
    await useEverything(opened);
    expect(opened.lines).toEqual([]);
    await closeWatched();
    await cluster.stop();
  });

  it('is told so, once and without its password, when it tries more than it may', async () => {
    const opened = await openWatched({
      backend: 'redis',
      location: `redis://shop:${ENCODED}@127.0.0.1:${server.port}`,
      keyPrefix: 'other',
    });
    expect(await opened.cache.get('film')).toBeUndefined();
    const failure = await failureOf(opened.cache.delete('film'));
    expect(String(failure)).toContain('NOPERM');
    expectNotShown(opened, [ODD, ENCODED], failure);
  });
});

async function allow({ host, port }: ServerProcess, keys: string): Promise<void> {
  const admin = new RedisWire({ host, port, password: ODD });
  await admin.command('ACL', 'SETUSER', 'shop', 'on', `>${ODD}`, keys, '+@all', '-@dangerous');
  admin.close();
}

function expectNotShown({ shown }: WatchedCaches, secrets: readonly string[], ...others: unknown[]): void {
  const text = shown(...others);
  for (const secret of secrets) expect(text).not.toContain(secret);
}

describe('A password with odd characters', () => {
  it.each<[string, () => CacheConfiguration]>([
    ['encoded in the URL of a cache', () => `redis://:${ENCODED}@127.0.0.1:${server.port}?onError=throw`],
    [
      'encoded in the location',
      () => ({
        backend: 'redis',
        location: `redis://default:${ENCODED}@127.0.0.1:${server.port}/1`,
        ...patient,
      }),
    ],
    [
      'as an option',
      () => ({ backend: 'redis', location: `127.0.0.1:${server.port}`, password: ODD, ...patient }),
    ],
    [
      'as an option with a user',
      () => ({
        backend: 'redis',
        location: `127.0.0.1:${server.port}`,
        username: 'shop',
        password: ODD,
        keyPrefix: 'shop',
      }),
    ],
  ])('is taken %s, and shown nowhere', async (_, configuration) => {
    const opened = await openWatched(configuration());
    await opened.cache.set('film', 1);
    expect(await opened.cache.get('film')).toBe(1);
    expectNotShown(opened, [ODD, ENCODED]);
  });
});

describe('A wrong password', () => {
  it.each<[string, () => CacheConfiguration]>([
    ['in the URL', () => `redis://:${WRONG}@127.0.0.1:${server.port}`],
    ['in the URL, with a user', () => `redis://shop:${WRONG}@127.0.0.1:${server.port}/3`],
    ['as an option', () => ({ backend: 'redis', location: `127.0.0.1:${server.port}`, password: WRONG })],
    [
      'over RESP 2',
      () => ({ backend: 'redis', location: `127.0.0.1:${server.port}`, password: WRONG, protocol: 2 }),
    ],
    [
      'for a cluster',
      () => ({ backend: 'redis', location: { cluster: [`127.0.0.1:${server.port}`] }, password: WRONG }),
    ],
    [
      'for a sentinel',
      () => ({
        backend: 'redis',
        location: {
          sentinel: { name: 'main', nodes: [`127.0.0.1:${server.port}`], sentinelPassword: WRONG },
        },
      }),
    ],
  ])(
    '%s lets the application start, and costs one line that names server and reason, not the password',
    async (_, configuration) => {
      const opened = await openWatched(configuration());
      const { cache, lines, problems } = opened;
      expect(await cache.get('film')).toBeUndefined();
      expect(await cache.getOrSet('film', async () => 'made')).toBe('made');
      await cache.set('film', 1);
      const failure = await failureOf(cache.clear());
      expect(problems.length).toBeGreaterThan(0);
      expect(cache.statistics()).toMatchObject({ outages: 1, hits: 0 });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`127.0.0.1:${server.port}`);
      expect(lines[0]).toMatch(/is not in use: .*WRONGPASS/);
      expectNotShown(opened, [WRONG], failure);
    },
  );

  it('of a server that is given the right one later is no more in the way', async () => {
    await wire.command('ACL', 'SETUSER', 'late', 'on', `>${ODD}`, '~*', '+@all');
    const { cache, lines, shown, registry } = await openWatched({
      backend: 'redis',
      location: `127.0.0.1:${server.port}`,
      username: 'late',
      password: WRONG,
    });
    const again = new Promise((resolve) => {
      registry.events.on('server', ({ isInUse }) => isInUse && resolve(true));
    });
    await wire.command('ACL', 'SETUSER', 'late', `>${WRONG}`);
    await again;
    await cache.set('film', 1);
    expect(await cache.get('film')).toBe(1);
    expect(lines).toHaveLength(2);
    expect(shown()).not.toContain(WRONG);
  });
});

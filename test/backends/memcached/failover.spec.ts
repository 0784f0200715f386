import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ServerProcess, startMemcached } from '../../support/servers/index.mjs';
import { closeWatched, openWatched, type WatchedCaches } from '../watched-caches.js';
import { eventually } from '../redis/eventually.js';
import { locationFromOption } from '../../../lib/backends/memcached/memcached-location.js';
import { KetamaRing } from '../../../lib/backends/memcached/ketama-ring.js';

const keys = Array.from({ length: 90 }, (_, index) => `film${index}`);
const nameOf = ({ host, port }: ServerProcess) => `${host}:${port}`;

describe.each(['meta', 'memcached', 'memjs'] as const)('Three memcached servers through %s', (client) => {
  let servers: ServerProcess[];
  let victim: ServerProcess;
  let watched: WatchedCaches;
  /** The keys of the victim. */
  let moving: string[];
  let others: string[];

  beforeEach(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
    victim = servers[1]!;
    const location = servers.map(nameOf);
    watched = await openWatched({ backend: 'memcached', client, location, keyPrefix: 'shop' });
    const ring = new KetamaRing(locationFromOption(location));
    moving = keys.filter((key) => ring.serverFor(`shop:1:${key}`) === nameOf(victim));
    others = keys.filter((key) => !moving.includes(key));
    expect([moving.length > 5, others.length > 5]).toEqual([true, true]);
    await watched.cache.setMany(Object.fromEntries(keys.map((key) => [key, 'first'])));
    expect((await watched.cache.getMany(keys)).size).toBe(keys.length);
  });
  afterEach(async () => {
    await closeWatched();
    await Promise.all(servers.map((server) => server.stop()));
  });

  const change = (isInUse: boolean, times = 1) =>
    eventually(() => {
      const found = watched.changes.filter((each) => each.isInUse === isInUse);
      expect(found.map(({ server }) => server)).toEqual(Array.from({ length: times }, () => nameOf(victim)));
    });
  const readAll = () => Promise.all(keys.map((key) => watched.cache.get(key)));

  it.each<[string, (server: ServerProcess) => unknown, (server: ServerProcess) => unknown]>([
    ['is killed and started again', (server) => server.kill('SIGKILL'), (server) => server.restart()],
    ['freezes and thaws', (server) => server.pause(), (server) => server.resume()],
  ])('fail nobody when one of them %s, and show nothing that is out of date', async (_, harm, heal) => {
    const { cache, lines } = watched;
    const [deleted, overwritten, counted, untouched] = moving as [string, string, string, string];
    await harm(victim);
    for (const value of await readAll()) expect([undefined, 'first']).toContain(value);
    await change(false);
    expect(lines[0]).toContain(`${nameOf(victim)} is not in use: `);

    expect((await cache.getMany(keys)).size).toBe(others.length);
    await cache.set(overwritten, 'second');
    await cache.set(counted, 1);
    expect([await cache.get(overwritten), await cache.incr(counted)]).toEqual(['second', 2]);
    expect(await cache.add(deleted, 'second')).toBe(true);
    expect(await cache.delete(deleted)).toBe(true);
    expect(await cache.get(deleted)).toBeUndefined();

    await heal(victim);
    await change(true);
    // What happened meanwhile happened elsewhere, so nothing that the server has may be seen, nor what is left there.
    expect(await cache.getMany(moving)).toEqual(new Map());
    expect((await cache.getMany(others)).size).toBe(others.length);
    await cache.set(overwritten, 'third');
    await cache.set(untouched, 'third');
    expect(await cache.get(overwritten)).toBe('third');

    await victim.kill('SIGKILL');
    await change(false, 2);
    expect((await cache.getMany(moving)).size).toBe(0);
    await cache.delete(overwritten);
    await victim.restart();
    await change(true, 2);
    expect((await cache.getMany(moving)).size).toBe(0);
    expect((await cache.getMany(others)).size).toBe(others.length);
    expect(lines).toHaveLength(4);
  });

  it('serve from the first moment on who computes what is missing', async () => {
    await victim.kill('SIGKILL');
    const asked = keys.map((key) => watched.cache.getOrSet(key, async () => 'computed'));
    for (const value of await Promise.all(asked)) expect(['first', 'computed']).toContain(value);
    await change(false);
    await Promise.all(moving.map((key) => watched.cache.getOrSet(key, async () => 'computed')));
    expect(await watched.cache.getMany(moving)).toEqual(new Map(moving.map((key) => [key, 'computed'])));
  });
});

const hasIPv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === '::1'),
);

if (hasIPv6)
  describe('Memcached on an address of IPv6', () => {
    let server: ServerProcess;
    beforeEach(async () => {
      server = await startMemcached({ args: ['-l', '::1'] });
    });
    afterEach(async () => {
      await closeWatched();
      await server.stop();
    });

    it.each<[string, () => object | string]>([
      ['in brackets', () => ({ backend: 'memcached', location: `[::1]:${server.port}` })],
      ['in a URL', () => `memcached://[::1]:${server.port}`],
      ['as host and port', () => ({ backend: 'memcached', location: { host: '::1', port: server.port } })],
      [
        'through memcached',
        () => ({ backend: 'memcached', client: 'memcached', location: `[::1]:${server.port}` }),
      ],
      ['through memjs', () => ({ backend: 'memcached', client: 'memjs', location: `[::1]:${server.port}` })],
    ])('is used when it is given %s', async (_, configuration) => {
      const { cache, lines, registry } = await openWatched(configuration() as never);
      await cache.set('film', 1);
      expect(await cache.get('film')).toBe(1);
      expect(registry.descriptions.get('default')).toBe(`memcached at [::1]:${server.port}`);
      expect(lines).toEqual([]);
    });
  });

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MemcachedOptions } from '../../../lib/backends/memcached/memcached-definition.js';
import { locationFromOption } from '../../../lib/backends/memcached/memcached-location.js';
import { MemjsServer } from '../../../lib/backends/memcached/memjs-server.js';
import { type ServerProcess, startMemcached, startProxy } from '../../support/servers/index.mjs';
import { openOn, store, textAt } from './on-servers.js';

const clients = ['meta', 'memcached', 'memjs'] as const;

describe('The start of a cache on memcached', () => {
  let memcached: ServerProcess;
  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached.stop());

  it.each<[Partial<MemcachedOptions>, unknown, RegExp]>([
    [
      { client: 'memjs' },
      'unix:/run/a.sock',
      /client "memjs" has no Unix sockets \(\/run\/a\.sock\); use client "meta"/,
    ],
    [{ client: 'memcached' }, '/run/a.sock', /client "memcached" has no Unix sockets/],
    [{ client: 'memjs', tls: true }, 'a', /client "memjs" has no TLS; use client "meta"/],
    [{ client: 'memcached', tls: {} }, 'a', /client "memcached" has no TLS/],
    [
      { username: 'u', password: 'p' },
      'a',
      /client "meta" has no user names and passwords \(SASL\); use client "memjs"/,
    ],
    [{ client: 'memcached', password: 'p' }, 'a', /client "memcached" has no user names/],
    [{ client: 'memjs', username: 'u' }, 'a', /username and password belong together/],
    [{ client: 'memjs', connections: 3 }, 'a', /client "memjs" has one connection per server/],
  ])('refuses %j on %s', async (options, location, message) => {
    await expect(openOn(location, options)).rejects.toThrow(message);
  });

  it.each(clients)(
    'goes on without a server, tells of it, and finds it later, through %s',
    async (client) => {
      const absent = await startMemcached();
      await absent.kill('SIGKILL');
      const { backend, losses } = await openOn({ host: absent.host, port: absent.port }, { client });
      const name = backend.servers.names()[0]!;
      try {
        expect(losses).toEqual([name]);
        await expect(backend.read('k')).rejects.toThrow();
        await absent.restart();
        await backend.servers.probe(name);
        await store(backend, 'k', 'v');
        expect(await textAt(backend, 'k')).toBe('v');
      } finally {
        await backend.close();
        await absent.stop();
      }
    },
  );

  it.each(clients)('does not wait for a server that is silent, through %s', async (client) => {
    const proxy = await startProxy(memcached);
    await proxy.set('stall');
    const { backend, losses } = await openOn({ host: proxy.host, port: proxy.port }, { client });
    expect(losses).toContain(backend.servers.names()[0]);
    await backend.close();
    await proxy.stop();
  });

  it.each(clients)('can be ended twice, and leaves no connection, through %s', async (client) => {
    const proxy = await startProxy(memcached);
    const { backend } = await openOn({ host: proxy.host, port: proxy.port }, { client });
    await store(backend, 'k', 'v');
    const closed = new Promise((resolve) => {
      const look = (): unknown => (proxy.connections === 0 ? resolve(true) : setImmediate(look));
      look();
    });
    await backend.close();
    await backend.close();
    expect(await closed).toBe(true);
    await expect(backend.read('k')).rejects.toThrow('closed');
    await proxy.stop();
  });

  it('takes no credentials from the environment', async () => {
    process.env['MEMCACHIER_USERNAME'] = 'user';
    process.env['MEMCACHIER_PASSWORD'] = 'secret';
    try {
      const { backend, losses } = await openOn(
        { host: memcached.host, port: memcached.port },
        { client: 'memjs' },
      );
      await store(backend, 'k', 'v');
      expect(await textAt(backend, 'k')).toBe('v');
      expect(losses).toEqual([]);
      await backend.close();
    } finally {
      delete process.env['MEMCACHIER_USERNAME'];
      delete process.env['MEMCACHIER_PASSWORD'];
    }
  });

  it('is followed, through memjs, by a new client before the old one runs out of numbers', async () => {
    const proxy = await startProxy(memcached);
    const [address] = locationFromOption({ host: proxy.host, port: proxy.port });
    const losses: Error[] = [];
    const server = new MemjsServer(address!, { replaceAfter: 20, onLost: (reason) => losses.push(reason) });
    await server.connect();
    for (let round = 0; round < 20; round++) {
      const numbers = Array.from({ length: 10 }, (_, index) => index);
      await Promise.all(numbers.map((number) => server.set(`k${number}`, Buffer.from(String(round)), 0)));
      for (const { payload } of (await server.getMany(numbers.map((number) => `k${number}`))).values())
        expect(payload.toString()).toBe(String(round));
    }
    expect(proxy.accepted).toBeGreaterThan(2);
    expect(proxy.connections).toBeLessThanOrEqual(2);
    expect(losses).toEqual([]);
    expect(server.takeDoubt()).toBe(false);
    await server.close();
    await proxy.stop();
  });
});

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { certified, mistrusting, trusted } from '../../support/certificates/index.mjs';
import { onRedis, type ServerProcess, startRedis } from '../../support/servers/index.mjs';
import { closeWatched, openWatched } from '../watched-caches.js';
import { eventually } from './eventually.js';
import { makeRedis } from './open-redis.js';

const PASSWORD = 'hush-hush';

let server: ServerProcess;
let strict: ServerProcess;
beforeAll(async () => {
  [server, strict] = await Promise.all([
    startRedis({ tls: 'server', password: PASSWORD }),
    startRedis({ tls: 'both' }),
  ]);
});
afterAll(() => Promise.all([server.stop(), strict.stop()]));
afterEach(closeWatched);

const url = ({ port }: ServerProcess, scheme = 'rediss', host = '127.0.0.1') =>
  `${scheme}://:${PASSWORD}@${host}:${port}/2`;

describe('Redis behind TLS', () => {
  it.each(['127.0.0.1', 'localhost'])(
    'is used by a client that trusts its authority, at %s',
    async (host) => {
      const { cache, lines } = await openWatched({
        backend: 'redis',
        location: url(server, 'rediss', host),
        tls: trusted,
        onError: 'throw',
        operationTimeoutMs: 5000,
      });
      await cache.set('film', { title: 'Ran' });
      expect(await cache.get('film')).toEqual({ title: 'Ran' });
      expect(await cache.getMany(['film', 'absent'])).toEqual(new Map([['film', { title: 'Ran' }]]));
      const place = { host: server.host, port: server.port, tls: trusted, password: PASSWORD, database: 2 };
      const stored = await onRedis(place, (wire) => wire.command('EXISTS', ':1:film'));
      expect(stored).toBe(1);
      await cache.clear();
      expect(await cache.has('film')).toBe(false);
      expect(lines).toEqual([]);
    },
  );

  it('carries values of any size and many at once', async () => {
    const { cache } = await openWatched({
      backend: 'redis',
      location: url(server),
      tls: trusted,
      onError: 'throw',
      operationTimeoutMs: 5000,
    });
    const large = Buffer.alloc(900_000, 'x\0');
    await cache.set('large', large);
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    await Promise.all(numbers.map((number) => cache.set(`n${number}`, number)));
    expect(await Promise.all(numbers.map((number) => cache.get(`n${number}`)))).toEqual(numbers);
    expect((await cache.get<Buffer>('large'))?.equals(large)).toBe(true);
  });

  it.each<[string, () => { location: string; tls?: Record<string, string> }, RegExp]>([
    [
      'a client that trusts another authority',
      () => ({ location: url(server), tls: mistrusting }),
      /certificate/,
    ],
    ['a client that trusts the usual authorities', () => ({ location: url(server) }), /certificate/],
    [
      'a client that expects another name',
      () => ({ location: url(server), tls: { ...trusted, servername: 'cache.example' } }),
      /cache\.example/,
    ],
    [
      'a client without a certificate where one is asked for',
      () => ({ location: url(strict), tls: trusted }),
      // To the client's `instanceof`, the platform's error is none in Jest's realm.
      /certificate|closed unexpectedly/,
    ],
  ])('is told of in one line, with the reason, by %s', async (_, access, reason) => {
    const { cache, lines, registry, shown } = await openWatched({ backend: 'redis', ...access() });
    const name = registry.descriptions.get('default')!.match(/127\.0\.0\.1:\d+/)![0];
    expect(await cache.get('film')).toBeUndefined();
    await cache.set('film', 1);
    const removal = await cache.delete('film').catch((error: unknown) => error);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`Cache "default": ${name} is not in use: `);
    expect(lines[0]).toMatch(reason);
    expect(lines[0]).toMatch(/^.*[^.]\.$/);
    expect(shown(removal)).not.toContain(PASSWORD);
  });

  it('gets the certificate of the client where it asks for one', async () => {
    const { cache, lines } = await openWatched({
      backend: 'redis',
      location: `rediss://127.0.0.1:${strict.port}`,
      tls: certified,
      onError: 'throw',
      operationTimeoutMs: 5000,
    });
    await cache.set('film', 1);
    expect(await cache.get('film')).toBe(1);
    expect(lines).toEqual([]);
  });

  it('is told of by a client that does not encrypt, and the application starts', async () => {
    const { cache, lines, shown } = await openWatched(url(server, 'redis'));
    expect(await cache.get('film')).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`127.0.0.1:${server.port} is not in use`);
    expect(shown()).not.toContain(PASSWORD);
  });

  it('leaves nothing behind when it is closed while a handshake is not answered', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket.on('error', () => {}).resume()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { backend } = makeRedis(`rediss://127.0.0.1:${port}`, { options: { tls: trusted } });
    const opening = backend.open();
    await eventually(() => expect(sockets.size).toBe(1));
    await backend.close();
    await opening;
    await eventually(() => expect([...sockets].filter((socket) => !socket.destroyed)).toEqual([]), 500);
    silent.close();
  });
});

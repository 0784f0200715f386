import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { certified, mistrusting, trusted } from '../../support/certificates/index.mjs';
import { type ServerProcess, startMemcached } from '../../support/servers/index.mjs';
import { closeWatched, openWatched } from '../watched-caches.js';

let server: ServerProcess;
let strict: ServerProcess;
beforeAll(async () => {
  [server, strict] = await Promise.all([startMemcached({ tls: 'server' }), startMemcached({ tls: 'both' })]);
});
afterAll(() => Promise.all([server.stop(), strict.stop()]));
afterEach(closeWatched);

const patient = { onError: 'throw', operationTimeoutMs: 5000 } as const;

describe('Memcached behind TLS', () => {
  it.each(['127.0.0.1', 'localhost'])(
    'is used by a client that trusts its authority, at %s',
    async (host) => {
      const location = `${host}:${server.port}`;
      const { cache, lines } = await openWatched({
        backend: 'memcached',
        location,
        tls: trusted,
        ...patient,
      });
      await cache.set('film', { title: 'Ran' });
      expect(await cache.get('film')).toEqual({ title: 'Ran' });
      await cache.set('count', 1);
      expect(await cache.incr('count')).toBe(2);
      await cache.clear();
      expect(await cache.getMany(['film', 'count'])).toEqual(new Map());
      expect(lines).toEqual([]);
    },
  );

  it('carries values of any size and many at once', async () => {
    const location = `127.0.0.1:${server.port}`;
    const { cache } = await openWatched({ backend: 'memcached', location, tls: trusted, ...patient });
    const large = Buffer.alloc(900_000, 'x\0');
    await cache.set('large', large);
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    await Promise.all(numbers.map((number) => cache.set(`n${number}`, number)));
    expect(await Promise.all(numbers.map((number) => cache.get(`n${number}`)))).toEqual(numbers);
    expect((await cache.get<Buffer>('large'))?.equals(large)).toBe(true);
  });

  it('gets the certificate of the client where it asks for one', async () => {
    const location = `127.0.0.1:${strict.port}`;
    const { cache, lines } = await openWatched({
      backend: 'memcached',
      location,
      tls: certified,
      ...patient,
    });
    await cache.set('film', 1);
    expect(await cache.get('film')).toBe(1);
    expect(lines).toEqual([]);
  });

  it.each<[string, () => { location: string; tls?: true | Record<string, string> }, RegExp]>([
    [
      'a client that trusts another authority',
      () => ({ location: `127.0.0.1:${server.port}`, tls: mistrusting }),
      /certificate/,
    ],
    [
      'a client that trusts the usual authorities',
      () => ({ location: `127.0.0.1:${server.port}`, tls: true }),
      /certificate/,
    ],
    [
      'a client that expects another name',
      () => ({ location: `127.0.0.1:${server.port}`, tls: { ...trusted, servername: 'cache.example' } }),
      /cache\.example/,
    ],
    [
      'a client without a certificate where one is asked for',
      () => ({ location: `127.0.0.1:${strict.port}`, tls: trusted }),
      /connection|certificate|socket/,
    ],
    ['a client that does not encrypt', () => ({ location: `127.0.0.1:${server.port}` }), /connection/],
  ])('is told of in one line, with the reason, by %s', async (_, access, reason) => {
    const { location, ...options } = access();
    const { cache, lines } = await openWatched({ backend: 'memcached', location, ...options });
    expect(await cache.get('film')).toBeUndefined();
    await cache.set('film', 1);
    await expect(cache.delete('film')).rejects.toThrow('The removal is not confirmed');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`Cache "default": ${location} is not in use: `);
    expect(lines[0]).toMatch(reason);
    expect(lines[0]).toMatch(/^.*[^.]\.$/);
  });

  it('is asked for in a URL, and then trusted if the usual authorities have signed it', async () => {
    const { lines } = await openWatched(`memcached://127.0.0.1:${server.port}?tls=true`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/certificate/);
  });
});

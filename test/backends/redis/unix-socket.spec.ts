import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { onRedis, type ServerProcess, startRedis } from '../../support/servers/index.mjs';
import { closeWatched, openWatched } from '../watched-caches.js';
import { eventually } from './eventually.js';

const PASSWORD = 'p@ss/w:rd %';
const ENCODED = 'p%40ss%2Fw%3Ard%20%25';

let server: ServerProcess;
beforeAll(async () => {
  server = await startRedis({ unixSocket: true, password: PASSWORD });
});
afterAll(() => server.stop());
afterEach(closeWatched);

describe('Redis on a Unix socket', () => {
  it.each<[string, () => string]>([
    ['unix:path', () => `unix:${server.path}`],
    ['unix://path', () => `unix://${server.path}`],
    ['unix://:password@path', () => `unix://:${ENCODED}@${server.path}`],
    ['a path alone', () => server.path!],
  ])('is found by %s', async (_, location) => {
    const { cache, lines, registry } = await openWatched({
      backend: 'redis',
      location: location(),
      password: PASSWORD,
      onError: 'throw',
      operationTimeoutMs: 5000,
    });
    await cache.set('film', { title: 'Ran' });
    expect(await cache.get('film')).toEqual({ title: 'Ran' });
    await cache.clear();
    expect(await cache.has('film')).toBe(false);
    expect(registry.descriptions.get('default')).toBe(`redis at ${server.path}`);
    expect(lines).toEqual([]);
  });

  it('keeps what is asked for in a database apart', async () => {
    const location = `unix:${server.path}?db=3`;
    const { cache } = await openWatched({ backend: 'redis', location, password: PASSWORD, onError: 'throw' });
    await cache.set('film', 1);
    const { host, path, port } = server;
    const place = { host, path, port, password: PASSWORD, database: 3 };
    expect(await onRedis(place, (wire) => wire.command('GET', ':1:film'))).toBe('1');
  });

  it('is named by its path when it is gone, and used again when it is back', async () => {
    const { cache, lines, shown } = await openWatched({
      backend: 'redis',
      location: `unix://:${ENCODED}@${server.path}`,
    });
    await cache.set('film', 1);
    await server.kill();
    await eventually(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toContain(`${server.path} is not in use: `);
    expect(await cache.get('film')).toBeUndefined();
    await server.restart();
    await eventually(() => expect(lines).toHaveLength(2));
    await cache.set('film', 2);
    expect(await cache.get('film')).toBe(2);
    for (const secret of [PASSWORD, ENCODED]) expect(shown()).not.toContain(secret);
  });
});

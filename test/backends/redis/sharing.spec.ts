import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCaches } from '../../../lib/index.js';
import { onRedis, startRedis, type ServerProcess } from '../../support/servers/index.mjs';

let redis: ServerProcess;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const warn = (message: string): void => {
  throw new Error(message);
};

describe('aliases on one Redis', () => {
  it('share a connection, whatever else they are configured to do', async () => {
    const location = `redis://127.0.0.1:${redis.port}`;
    const caches = await openCaches(
      {
        default: location,
        quick: `${location}?timeout=60&onError=throw`,
        shop: { backend: 'redis', location, keyPrefix: 'shop', compressAbove: '1kb' },
        other: { backend: 'redis', location: `${location}/1` },
      },
      { warn },
    );
    await Promise.all(caches.all().map((cache) => cache.set('key', cache.alias)));
    const clients = String(await onRedis(redis, (wire) => wire.command('CLIENT', 'LIST')));
    // One to each database, and the one that asks.
    expect(clients.trim().split('\n')).toHaveLength(3);
    expect(await caches.get('shop').get('key')).toBe('shop');
    await caches.closeAll();
  });

  it('leave a neighbour alone whose prefix begins like prefix and version', async () => {
    const location = `redis://127.0.0.1:${redis.port}`;
    const caches = await openCaches(
      {
        default: { backend: 'redis', location, keyPrefix: 'shop', version: 2 },
        nested: { backend: 'redis', location, keyPrefix: 'shop:2' },
      },
      { warn },
    );
    await caches.get('default').set('mine', 1);
    await caches.get('nested').set('theirs', 1);
    await caches.get('default').clear();
    expect(await caches.get('default').has('mine')).toBe(false);
    expect(await caches.get('nested').get('theirs')).toBe(1);
    await caches.closeAll();
  });
});

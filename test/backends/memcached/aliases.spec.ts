import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCaches } from '../../../lib/index.js';
import { startMemcached, type ServerProcess } from '../../support/servers/index.mjs';

let memcached: ServerProcess;
beforeAll(async () => {
  memcached = await startMemcached();
});
afterAll(() => memcached.stop());

describe('aliases on one memcached that build equal final keys', () => {
  it('compute each for itself, since neither sees the entries of the other', async () => {
    const options = {
      backend: 'memcached',
      location: `127.0.0.1:${memcached.port}`,
      keyFunction: (key: string) => key,
    } as const;
    const caches = await openCaches(
      { default: options, other: options },
      {
        warn: (message) => {
          throw new Error(message);
        },
      },
    );
    const ask = (alias: string): Promise<string> =>
      caches.get(alias).getOrSet('key', async () => `of ${alias}`);
    expect(await Promise.all([ask('default'), ask('other')])).toEqual(['of default', 'of other']);
    expect(await Promise.all([ask('default'), ask('other')])).toEqual(['of default', 'of other']);
    await caches.closeAll();
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type CacheRouter, openCaches } from '../../../lib/index.js';
import { type OpenDatabase, onEachDatabase } from './on-each-database.js';

describe.each(onEachDatabase())('a cache on %s', (_name, open) => {
  let opened: OpenDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    opened = await open();
    ({ dataSource } = opened);
  }, 60_000);
  afterAll(async () => opened.close());

  it('prepares its statements anew now and then, and nobody complains', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    const registry = await openCaches(
      {
        default: {
          backend: 'database',
          dataSource,
          createTable: true,
          onError: 'throw',
          operationTimeoutMs: 5000,
        },
      },
      { warn: () => {} },
    );
    const cache = registry.get('default');
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 30 }, async (_, index) => cache.set(`key:${index}`, round)));
      expect(await cache.get('key:7')).toBe(round);
      // Names of prepared statements live for a second of real time.
      await delay(600);
    }
    await registry.closeAll();
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('says that a router does not allow its table', async () => {
    const lines: string[] = [];
    const router: CacheRouter = { allowMigrate: () => false };
    const registry = await openCaches(
      { default: 'database://not_allowed?createTable=true' },
      { warn: (line) => lines.push(line), dataSources: { default: dataSource }, routers: [router] },
    );
    await registry.closeAll();
    expect(lines).toEqual([
      'Cache "default": data source "default" is not in use: the table not_allowed does not exist, and a router does not allow to ' +
        'create it there (allowMigrate).',
    ]);
  });

  it.each([0, 2, undefined])(
    'keeps what is written while it sweeps with a cull frequency of %s',
    async (cullFrequency) => {
      const registry = await openCaches(
        {
          default: {
            backend: 'database',
            location: `swept_${cullFrequency}`,
            createTable: true,
            maxEntries: 5000,
            cullFrequency,
            dataSource,
          },
        },
        { warn: () => {} },
      );
      const cache = registry.get('default');
      for (let batch = 0; batch < 40; batch++) {
        const keys = Array.from(
          { length: 300 },
          (_, index) => [`${batch}:${index}`, 'x'.repeat(100)] as const,
        );
        expect(await cache.setMany(new Map(keys))).toEqual([]);
      }
      expect(cache.statistics()).toMatchObject({ dropped: 0, timeouts: 0, outages: 0 });
      await registry.closeAll();
    },
  );

  it('says that its table is one of somebody else', async () => {
    await dataSource.query('CREATE TABLE films (id varchar(32) PRIMARY KEY, value integer)');
    const lines: string[] = [];
    const registry = await openCaches(
      { default: 'database://films?createTable=true' },
      { warn: (line) => lines.push(line), dataSources: { default: dataSource } },
    );
    await registry.closeAll();
    expect(lines).toEqual([
      expect.stringMatching(
        /the table films is there, but it is no cache table \(.*cache_key.*\); choose another name \(location\)/,
      ),
    ]);
  });
});

import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { type CacheRegistry, type CacheService, openCaches } from '../../../lib/index.js';
import {
  createMariadbDatabase,
  type ServerProcess,
  startMariadb,
  startPostgres,
} from '../../support/servers/index.mjs';

interface Site {
  readonly server: ServerProcess;
  /** A data source that is not initialized. */
  dataSource(): DataSource;
}

async function postgresSite(): Promise<Site> {
  const server = await startPostgres();
  const { host, port } = server;
  const options = { type: 'postgres', host, port, username: 'postgres', database: 'postgres' } as const;
  return { server, dataSource: () => new DataSource(options) };
}

async function mariadbSite(): Promise<Site> {
  const server = await startMariadb();
  const database = await createMariadbDatabase(server);
  const options = {
    type: 'mariadb',
    host: server.host,
    port: server.port,
    username: 'root',
    database,
  } as const;
  return { server, dataSource: () => new DataSource(options) };
}

describe.each([
  ['PostgreSQL', postgresSite],
  ['MariaDB', mariadbSite],
])('a cache on %s', (_name, start) => {
  let site: Site;
  let dataSource: DataSource;
  let registry: CacheRegistry;
  let cache: CacheService;
  let lines: string[];

  const open = async (options: object = {}): Promise<void> => {
    dataSource = site.dataSource();
    lines = [];
    registry = await openCaches(
      {
        default: { backend: 'database', dataSource, createTable: true, operationTimeoutMs: 200, ...options },
      },
      { warn: (message) => lines.push(message) },
    );
    cache = registry.get('default');
  };
  const isInUseAgain = async (): Promise<void> => {
    if (lines.filter((line) => line.includes('is in use again')).length > 0) return;
    await once(registry.events as never, 'server');
    await isInUseAgain();
  };

  it('knows the longest statement of a server that was away when it started', async () => {
    await site.server.kill();
    await open({ operationTimeoutMs: 5000 });
    await site.server.restart();
    await isInUseAgain();
    const large = Buffer.alloc(20 * 1024 ** 2);
    const kept = cache.set('large', large).then(
      () => true,
      (error: unknown) => error,
    );
    if (_name === 'MariaDB') expect(await kept).toMatchObject({ code: 'CACHE_VALUE_TOO_LARGE' });
    else expect(await kept).toBe(true);
    expect(lines.filter((line) => line.includes('is not in use'))).toHaveLength(1);
  });

  beforeAll(async () => {
    site = await start();
  }, 60_000);
  afterAll(async () => site.server.stop());
  beforeEach(async () => {
    if (!site.server.isRunning) await site.server.restart();
    await open();
    await cache.clear();
  }, 30_000);
  afterEach(async () => {
    site.server.resume();
    await registry.closeAll();
  });

  it('initializes the data source, and ends it when it is closed', async () => {
    expect(dataSource.isInitialized).toBe(true);
    await registry.closeAll();
    expect(dataSource.isInitialized).toBe(false);
  });

  it('leaves a data source alone that the application has initialized', async () => {
    await registry.closeAll();
    const own = await site.dataSource().initialize();
    try {
      const { closeAll } = await openCaches(
        { default: { backend: 'database', dataSource: own } },
        { warn: () => {} },
      ).then((opened) => ({ closeAll: async () => opened.closeAll() }));
      await closeAll();
      expect(own.isInitialized).toBe(true);
    } finally {
      await own.destroy();
    }
  });

  it('answers with misses while the database is frozen, and has its entries again after', async () => {
    await cache.set('film', 1);
    site.server.pause();
    expect(await cache.get('film')).toBeUndefined();
    expect(await cache.getOrSet('film', () => 2)).toBe(2);
    site.server.resume();
    await isInUseAgain();
    expect(await cache.get('film')).toBe(1);
  }, 30_000);

  it('does not see the write again that a frozen database carries out late', async () => {
    await cache.set('film', 'old');
    await cache.get('film');
    site.server.pause();
    await Promise.all([
      cache.set('film', 'late'),
      ...Array.from({ length: 20 }, async (_, index) => cache.set(`late:${index}`, index)),
    ]);
    await expect(cache.delete('film')).rejects.toThrow('not confirmed');
    site.server.resume();
    await isInUseAgain();
    expect(await cache.get('film')).toBeUndefined();
    await cache.set('film', 'new');
    expect(await cache.get('film')).toBe('new');
  }, 30_000);

  it('does the removal that a dead database could not confirm once it is back', async () => {
    await cache.set('film', 1);
    await cache.set('other', 2);
    await site.server.kill();
    expect(await cache.get('film')).toBeUndefined();
    await expect(cache.delete('film')).rejects.toThrow('not confirmed');
    await site.server.restart();
    await isInUseAgain();
    expect(await cache.get('film')).toBeUndefined();
    expect(await cache.get('other')).toBe(2);
  }, 60_000);

  it('starts without its database, and creates the table when that comes', async () => {
    await dataSource.query('DROP TABLE cache_entries');
    await registry.closeAll();
    await site.server.kill();
    await open();
    expect(dataSource.isInitialized).toBe(false);
    expect(await cache.getOrSet('film', () => 1)).toBe(1);
    await site.server.restart();
    await isInUseAgain();
    await cache.set('film', 2);
    expect(await cache.get('film')).toBe(2);
  }, 60_000);

  it('ends while its database is frozen', async () => {
    site.server.pause();
    const waiting = cache.get('film');
    await registry.closeAll();
    expect(await waiting).toBeUndefined();
  }, 30_000);

  it('starts and ends while its database is frozen', async () => {
    await registry.closeAll();
    site.server.pause();
    await open();
    expect(await cache.getOrSet('film', () => 1)).toBe(1);
    await registry.closeAll();
    site.server.resume();
  }, 30_000);
});

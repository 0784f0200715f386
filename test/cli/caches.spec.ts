import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { openCaches } from '../../lib/index.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';
import { nestjsCache, PROCESSES_TAKE_MS, writeModule } from './command-line.js';

jest.setTimeout(PROCESSES_TAKE_MS);

const CACHES = {
  default: { backend: 'database', timeout: null, keyPrefix: 'a', maxEntries: 10 },
  other: { backend: 'database', timeout: null, keyPrefix: 'b', maxEntries: 10 },
  memory: 'memory://',
} as const;

describe('nestjs-cache', () => {
  let folder: string;
  let dataSource: DataSource;

  beforeEach(async () => {
    folder = await makeTemporaryFolder();
    const options = {
      type: 'better-sqlite3',
      database: join(folder, 'cache.sqlite'),
      enableWAL: true,
    } as const;
    dataSource = await new DataSource(options).initialize();
    const many = { ...CACHES.default, maxEntries: 1000, createTable: true };
    const registry = await openCaches(
      { default: many, other: { ...many, keyPrefix: 'b' } },
      { warn: () => {}, dataSources: { default: dataSource } },
    );
    for (const cache of registry.all()) {
      await cache.setMany(
        Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key:${index}`, index])),
      );
    }
    await registry.closeAll();
    await writeModule(
      folder,
      'file.mjs',
      `export const main = new DataSource(${JSON.stringify(options)}); export const caches = ${JSON.stringify(CACHES)};`,
    );
  });
  afterEach(async () => {
    await dataSource.destroy();
    await removeFolder(folder);
  });

  const run = async (...args: string[]): ReturnType<typeof nestjsCache> =>
    nestjsCache([...args, '-d', 'file.mjs'], folder);
  const keys = async (): Promise<string[]> => {
    const rows = await dataSource.query<{ cache_key: string }[]>('SELECT cache_key FROM cache_entries');
    return rows.map((row) => row.cache_key);
  };

  it('tells how much a cache holds', async () => {
    expect(await run('stats', 'default')).toEqual({
      code: 0,
      stdout: 'Entries: 40\nBytes: 60\n',
      stderr: '',
    });
  });

  it('empties one cache, and leaves its neighbours alone', async () => {
    expect(await run('clear', 'other')).toEqual({
      code: 0,
      stdout: 'Cache "other" is empty.\n',
      stderr: '',
    });
    expect((await keys()).map((key) => key.slice(0, 2))).toEqual(Array.from({ length: 20 }, () => 'a:'));
  });

  it('removes what is over the limits', async () => {
    expect(await run('cull', 'default')).toEqual({ code: 0, stdout: 'Removed 30 rows.\n', stderr: '' });
    expect(await keys()).toHaveLength(10);
  });

  it('neither synchronizes nor drops anything, and creates no table', async () => {
    await dataSource.query('CREATE TABLE precious (id integer)');
    const dangerous = { ...dataSource.options, synchronize: true, dropSchema: true, migrationsRun: true };
    await writeModule(
      folder,
      'file.mjs',
      `const own = new DataSource(${JSON.stringify(dangerous)});
      export const main = new DataSource(${JSON.stringify(dangerous)});
      export const caches = { default: 'database://nowhere?createTable=true', own: { backend: 'database', dataSource: own, location: 'nowhere', createTable: true } };`,
    );
    for (const alias of ['default', 'own']) {
      const { code, stderr } = await run('stats', alias);
      expect(code).toBe(1);
      expect(stderr).toContain('the table nowhere does not exist');
    }
    const tables = await dataSource.query<{ name: string }[]>(
      "SELECT name FROM sqlite_master WHERE type = 'table'",
    );
    expect(tables.map(({ name }) => name).toSorted()).toEqual(['cache_entries', 'precious']);
  });

  it('says in a sentence which cache it does not know, or what that cannot do', async () => {
    expect(await run('clear', 'none')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'file.mjs has no cache "none". Its caches: default, other, memory.\n',
    });
    expect(await run('cull', 'memory')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Cache "memory": cull() is for caches on a database.\n',
    });
    expect(await run('stats')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'stats needs the alias of one cache.\n',
    });
  });
});

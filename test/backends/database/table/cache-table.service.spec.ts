import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { CacheRouter } from '../../../../lib/backends/database/routing/cache-router.js';
import { dataSourcesOf } from '../../../../lib/backends/database/routing/data-sources.js';
import { CacheEntry } from '../../../../lib/backends/database/table/cache-entry.entity.js';
import {
  type CacheTable,
  CacheTableService,
} from '../../../../lib/backends/database/table/cache-table.service.js';
import { createCacheTable } from '../../../../lib/backends/database/table/create-cache-table.js';

const [FIRST, SECOND]: readonly CacheTable[] = [
  { alias: 'default', table: 'first' },
  { alias: 'pages', table: 'second' },
];

async function open(): Promise<DataSource> {
  return new DataSource({ type: 'sqljs' }).initialize();
}

async function hasTable(dataSource: DataSource, table: string): Promise<boolean> {
  return (await createCacheTable(dataSource, table, { dryRun: true })).created.length === 0;
}

interface Setting {
  readonly tables: readonly CacheTable[];
  readonly routers?: readonly CacheRouter[];
}

async function serve({ tables, routers }: Setting) {
  const sources = { default: await open(), primary: await open() };
  return { ...sources, service: new CacheTableService(dataSourcesOf(sources, routers), tables) };
}

describe('CacheTableService', () => {
  it('creates the tables of all caches in the default data source', async () => {
    const { default: dataSource, service } = await serve({ tables: [FIRST!, SECOND!] });
    const outcomes = await service.createCacheTable();
    expect(outcomes).toMatchObject([
      { alias: 'default', table: 'first', dataSource: 'default', isAllowed: true },
      { alias: 'pages', table: 'second', dataSource: 'default', isAllowed: true },
    ]);
    expect(await hasTable(dataSource, 'first')).toBe(true);
    expect(await hasTable(dataSource, 'second')).toBe(true);
  });

  it('creates the table of one cache', async () => {
    const { default: dataSource, service } = await serve({ tables: [FIRST!, SECOND!] });
    expect(await service.createCacheTable({ alias: 'pages' })).toHaveLength(1);
    expect(await hasTable(dataSource, 'first')).toBe(false);
    expect(await hasTable(dataSource, 'second')).toBe(true);
  });

  it('names the known caches if there is none of that alias', async () => {
    const { service } = await serve({ tables: [FIRST!] });
    await expect(service.createCacheTable({ alias: 'pgaes' })).rejects.toThrow('There is no cache "pgaes"');
  });

  it('creates nothing in a dry run', async () => {
    const { default: dataSource, service } = await serve({ tables: [FIRST!] });
    const [outcome] = await service.createCacheTable({ dryRun: true });
    expect(outcome?.statements.length).toBeGreaterThan(0);
    expect(await hasTable(dataSource, 'first')).toBe(false);
  });

  it('goes where the routers write, and tells them of the cache', async () => {
    const asked: unknown[] = [];
    const router: CacheRouter = {
      dbForRead: () => 'default',
      dbForWrite: (...question) => {
        asked.push(question);
        return 'primary';
      },
    };
    const { primary, service } = await serve({ tables: [FIRST!], routers: [router] });
    expect(await service.createCacheTable()).toMatchObject([{ dataSource: 'primary' }]);
    expect(asked).toEqual([[CacheEntry, { alias: 'default', table: 'first' }]]);
    expect(await hasTable(primary, 'first')).toBe(true);
  });

  it('creates no table where a router does not allow it', async () => {
    const router: CacheRouter = {
      allowMigrate: (name, entity) => name === 'primary' && entity === CacheEntry,
    };
    const tables = [FIRST!, { ...SECOND!, dataSource: 'primary' }];
    const { default: dataSource, primary, service } = await serve({ tables, routers: [router] });
    expect(await service.createCacheTable()).toMatchObject([
      { alias: 'default', isAllowed: false, created: [], statements: [] },
      { alias: 'pages', isAllowed: true },
    ]);
    expect(await hasTable(dataSource, 'first')).toBe(false);
    expect(await hasTable(primary, 'second')).toBe(true);
  });

  it('takes a data source that the cache itself holds', async () => {
    const own = await open();
    const router: CacheRouter = { dbForWrite: () => 'unknown', allowMigrate: () => false };
    const { service } = await serve({ tables: [{ ...FIRST!, dataSource: own }], routers: [router] });
    expect(await service.createCacheTable()).toMatchObject([{ dataSource: undefined, isAllowed: true }]);
    expect(await hasTable(own, 'first')).toBe(true);
  });

  it('names a data source that is not there', async () => {
    const { service } = await serve({ tables: [{ ...FIRST!, dataSource: 'primray' }] });
    await expect(service.createCacheTable()).rejects.toThrow(
      'Cache "default": there is no data source "primray". Did you mean "primary"?',
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { CacheEntry, cacheEntryFor } from '../../../../lib/backends/database/table/cache-entry.entity.js';
import { createCacheTable } from '../../../../lib/backends/database/table/create-cache-table.js';
import { databases, SERVER_STARTS_MS, withDataSource } from './databases.js';

const LONGER_THAN_A_BLOB_OF_MYSQL = 70_000;

const entity: Omit<CacheEntry, keyof import('typeorm').BaseEntity> = {
  id: 'a'.repeat(32),
  cacheKey: ':1:films',
  value: Buffer.alloc(LONGER_THAN_A_BLOB_OF_MYSQL, 0xff),
  expiresAt: 1_234_567_890_123,
  writtenAt: 1_234_567_890_000,
  scope: 'b'.repeat(16),
};

/** The statements with which TypeORM would make the schema that of the entities. */
async function changesOf(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

describe.each(Object.values(databases).map((make) => make()))('CacheEntry on $name', (database) => {
  beforeAll(() => database.start(), SERVER_STARTS_MS);
  afterAll(() => database.stop(), SERVER_STARTS_MS);

  describe.each([
    ['cache_entries', CacheEntry],
    ['my cache table', cacheEntryFor('my cache table')],
  ])('as %s', (table, Entry) => {
    const options = async (): Promise<DataSourceOptions> => ({
      ...(await database.create()),
      entities: [Entry],
    });

    it('finds nothing to change in a table that createCacheTable has made', async () => {
      await withDataSource(await options(), async (dataSource) => {
        expect(await changesOf(dataSource)).not.toEqual([]);
        await createCacheTable(dataSource, table);
        expect(await changesOf(dataSource)).toEqual([]);
      });
    });

    it('makes a table in which createCacheTable finds nothing missing', async () => {
      await withDataSource(await options(), async (dataSource) => {
        await dataSource.synchronize();
        expect(await createCacheTable(dataSource, table)).toMatchObject({
          created: [],
          statements: [],
          warnings: [],
        });
      });
    });

    it('reads what it has written, however many bytes', async () => {
      await withDataSource(await options(), async (dataSource) => {
        await dataSource.synchronize();
        const entries = dataSource.getRepository(Entry);
        await entries.save({ ...entity });
        await entries.save({ ...entity, id: 'c'.repeat(32), expiresAt: null });
        const [first, second] = await entries.find({ order: { id: 'ASC' } });
        expect(first).toMatchObject({ ...entity, value: expect.anything() });
        expect(Buffer.from(first!.value).equals(entity.value)).toBe(true);
        expect(second?.expiresAt).toBeNull();
      });
    });
  });
});

describe('CacheEntry', () => {
  it('is in data sources of several kinds at once', async () => {
    const sqlite = await new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [CacheEntry],
    }).initialize();
    const sqljs = await new DataSource({ type: 'sqljs', entities: [CacheEntry] }).initialize();
    await sqlite.synchronize();
    await sqljs.synchronize();
    expect(await changesOf(sqlite)).toEqual([]);
    expect(await changesOf(sqljs)).toEqual([]);
    await sqlite.destroy();
    await sqljs.destroy();
  });

  it('is the same class for the same table', () => {
    expect(cacheEntryFor()).toBe(CacheEntry);
    expect(cacheEntryFor('mine')).toBe(cacheEntryFor('mine'));
    expect(cacheEntryFor('mine')).not.toBe(CacheEntry);
  });

  it('refuses what is no name of a table', () => {
    expect(() => cacheEntryFor('a.b.c')).toThrow('is no name of a table');
  });
});

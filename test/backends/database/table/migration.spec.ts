import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import {
  cacheTableMigration,
  createCacheTable,
  dropCacheTable,
} from '../../../../lib/backends/database/index.js';
import { databases, SERVER_STARTS_MS, withDataSource } from './databases.js';

class CreateCacheTable1700000000000 extends cacheTableMigration('my_cache_table') {}

class CreateMore1700000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE films (id integer)');
    await createCacheTable(queryRunner, 'another cache');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropCacheTable(queryRunner, 'another cache');
    await queryRunner.query('DROP TABLE films');
  }
}

describe.each(Object.values(databases).map((make) => make()))('A migration on $name', (database) => {
  beforeAll(() => database.start(), SERVER_STARTS_MS);
  afterAll(() => database.stop(), SERVER_STARTS_MS);

  it('creates the table, and drops it when it is reverted', async () => {
    const migrations = [CreateCacheTable1700000000000, CreateMore1700000000001];
    const options = { ...(await database.create()), migrations } as DataSourceOptions;
    await withDataSource(options, async (dataSource) => {
      const isThere = async (table: string): Promise<boolean> =>
        (await createCacheTable(dataSource, table, { dryRun: true })).created.length === 0;
      const ran = await dataSource.runMigrations();
      expect(ran.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
      expect(await isThere('my_cache_table')).toBe(true);
      expect(await isThere('another cache')).toBe(true);
      await dataSource.undoLastMigration();
      expect(await isThere('another cache')).toBe(false);
      await dataSource.undoLastMigration();
      expect(await isThere('my_cache_table')).toBe(false);
    });
  });
});

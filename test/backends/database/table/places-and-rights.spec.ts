import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { createCacheTable } from '../../../../lib/backends/database/table/create-cache-table.js';
import { CacheEntry } from '../../../../lib/backends/database/table/cache-entry.entity.js';
import { StatementLog } from '../../../support/data-sources.js';
import { databases, SERVER_STARTS_MS, type TestDatabase, withDataSource } from './databases.js';

/** A data source in whose "replica" nothing arrives that was written to the master. */
function replicated(master: DataSourceOptions, slave: DataSourceOptions): DataSourceOptions {
  return { type: master.type, replication: { master, slaves: [slave] } } as unknown as DataSourceOptions;
}

async function goesToTheMaster(database: TestDatabase): Promise<void> {
  const [master, slave] = [await database.create(), await database.create()];
  await withDataSource(replicated(master, slave), async (dataSource) => {
    expect((await createCacheTable(dataSource)).created).toHaveLength(3);
    expect((await createCacheTable(dataSource)).existing).toHaveLength(3);
  });
  await withDataSource(slave, async (dataSource) => {
    expect((await createCacheTable(dataSource, undefined, { dryRun: true })).created).toHaveLength(3);
  });
}

describe('createCacheTable on PostgreSQL', () => {
  const database = databases.postgres();
  beforeAll(() => database.start(), SERVER_STARTS_MS);
  afterAll(() => database.stop(), SERVER_STARTS_MS);

  it('creates the table in the schema that is named', async () => {
    await withDataSource(await database.create(), async (dataSource) => {
      await dataSource.query('CREATE SCHEMA "my ""shop"""');
      const report = await createCacheTable(dataSource, 'my "shop".cache');
      expect(report.created).toEqual(['cache', 'cache_expires_at', 'cache_written_at']);
      await dataSource.query('SELECT id FROM "my ""shop""".cache');
      expect((await createCacheTable(dataSource, 'my "shop".cache')).created).toEqual([]);
      expect((await createCacheTable(dataSource, 'public.cache')).created).toEqual(report.created);
    });
  });

  it('creates it in the schema of the data source, as TypeORM does for its entities', async () => {
    const options = {
      ...(await database.create()),
      schema: 'shop',
      entities: [CacheEntry],
    } as DataSourceOptions;
    await withDataSource(options, async (dataSource) => {
      await dataSource.query('CREATE SCHEMA shop');
      expect((await createCacheTable(dataSource)).table).toBe('shop.cache_entries');
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries).toEqual([]);
    });
  });

  it('fails if the name of an index is taken by something else', async () => {
    await withDataSource(await database.create(), async (dataSource) => {
      await dataSource.query('CREATE TABLE cache_written_at (id integer)');
      await expect(createCacheTable(dataSource, 'cache')).rejects.toThrow(
        'could not be created: relation "cache_written_at" already exists',
      );
    });
  });

  it('says which right is missing', async () => {
    const options = await database.create();
    await withDataSource(options, async (admin) => {
      await admin.query('CREATE ROLE reader LOGIN');
    });
    await withDataSource({ ...options, username: 'reader' } as DataSourceOptions, async (dataSource) => {
      await expect(createCacheTable(dataSource)).rejects.toThrow(
        'The cache table "cache_entries" could not be created: permission denied for schema public',
      );
    });
  });

  it('goes to the master, not to a replica', () => goesToTheMaster(database));

  it('undoes nothing of the transaction that it is part of when all is there', async () => {
    await withDataSource(await database.create(), async (dataSource) => {
      await createCacheTable(dataSource);
      await dataSource.transaction(async ({ queryRunner }) => {
        await queryRunner!.query('CREATE TABLE films (id integer)');
        await createCacheTable(queryRunner!);
      });
      await dataSource.query('SELECT id FROM films');
    });
  });
});

describe('createCacheTable on MariaDB', () => {
  const database = databases.mariadb();
  beforeAll(() => database.start(), SERVER_STARTS_MS);
  afterAll(() => database.stop(), SERVER_STARTS_MS);

  it('creates the table in the database that is named', async () => {
    const other = (await database.create()).database as string;
    await withDataSource(await database.create(), async (dataSource) => {
      expect((await createCacheTable(dataSource, `${other}.cache`)).created).toHaveLength(3);
      await dataSource.query(`SELECT id FROM ${other}.cache`);
      expect((await createCacheTable(dataSource, 'cache', { dryRun: true })).created).toHaveLength(3);
    });
  });

  it('says which right is missing', async () => {
    const options = await database.create();
    await withDataSource(options, async (admin) => {
      await admin.query("CREATE USER reader@'%'");
      await admin.query(`GRANT SELECT ON ${String(options.database)}.* TO reader@'%'`);
    });
    await withDataSource({ ...options, username: 'reader' } as DataSourceOptions, async (dataSource) => {
      await expect(createCacheTable(dataSource)).rejects.toThrow(
        /^The cache table "cache_entries" could not be created: CREATE command denied to user 'reader'/,
      );
    });
  });

  it('warns of a column that takes no large values', async () => {
    await withDataSource(await database.create(), async (dataSource) => {
      await createCacheTable(dataSource);
      await dataSource.query('ALTER TABLE cache_entries MODIFY value blob NOT NULL');
      expect((await createCacheTable(dataSource)).warnings).toEqual([
        'The column "value" of the table "cache_entries" is blob, not longblob: it takes no large values.',
      ]);
    });
  });

  it('goes to the master, not to a replica', () => goesToTheMaster(database));
});

describe('createCacheTable on SQLite', () => {
  const database = databases.sqlite();
  beforeAll(() => database.start());
  afterAll(() => database.stop());

  it('creates the table in an attached database', async () => {
    await withDataSource(await database.create(), async (dataSource) => {
      await dataSource.query("ATTACH ':memory:' AS near");
      expect((await createCacheTable(dataSource, 'near.cache')).created).toHaveLength(3);
      expect((await createCacheTable(dataSource, 'near.cache')).created).toEqual([]);
      await dataSource.query('SELECT id FROM near.cache');
      expect((await createCacheTable(dataSource, 'main.cache')).created).toHaveLength(3);
    });
  });

  it('says that the file is read-only', async () => {
    const options = await database.create();
    await withDataSource(options, (dataSource) => dataSource.query('CREATE TABLE films (id integer)'));
    await chmod(String(options.database), 0o444);
    await withDataSource({ ...options, readonly: true } as DataSourceOptions, async (dataSource) => {
      await expect(createCacheTable(dataSource)).rejects.toThrow(
        /^The cache table "cache_entries" could not be created: .*readonly database/,
      );
    });
  });

  it('takes an index on a part of the rows for none', async () => {
    await withDataSource(await database.create(), async (dataSource) => {
      await createCacheTable(dataSource);
      await dataSource.query('DROP INDEX cache_entries_expires_at');
      await dataSource.query("CREATE INDEX part ON cache_entries (expires_at) WHERE scope = 's'");
      expect((await createCacheTable(dataSource)).created).toEqual(['cache_entries_expires_at']);
    });
  });
});

describe('createCacheTable', () => {
  it('refuses other databases, and lists those that it knows', async () => {
    const dataSource = new DataSource({ type: 'sqljs' });
    Object.assign(dataSource, { isInitialized: true });
    Object.assign(dataSource.options, { type: 'oracle' });
    await expect(createCacheTable(dataSource)).rejects.toThrow(
      "a data source of type 'oracle' cannot hold a cache table. Supported types: postgres, mysql, mariadb, better-sqlite3, sqljs.",
    );
  });

  it('saves a database of sql.js that is saved after each change', async () => {
    const saved: Uint8Array[] = [];
    const logger = new StatementLog();
    const autoSaveCallback = (data: Uint8Array): void => void saved.push(data);
    await withDataSource({ type: 'sqljs', autoSave: true, autoSaveCallback, logger }, (dataSource) =>
      createCacheTable(dataSource),
    );
    await withDataSource({ type: 'sqljs', database: saved.at(-1) }, async (dataSource) => {
      expect((await createCacheTable(dataSource)).existing).toHaveLength(3);
    });
  });
});

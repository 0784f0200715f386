import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import {
  createCacheTable,
  dropCacheTable,
} from '../../../../lib/backends/database/table/create-cache-table.js';
import { dialectNameOf } from '../../../../lib/backends/database/connections/data-source.js';
import { CACHE_COLUMNS, quoteName } from '../../../../lib/backends/database/table/ddl.js';
import { StatementLog } from '../../../support/data-sources.js';
import { databases, SERVER_STARTS_MS, withDataSource } from './databases.js';

const NAMES = ['cache_entries', 'cache_entries_expires_at', 'cache_entries_written_at'];

const HOSTILE = [
  'my cache table',
  'double "quotes"',
  "single 'quotes'",
  'back`ticks`',
  'x"; DROP TABLE films; --',
  'x`; DROP TABLE films; --',
  'what? $1 :name \\ %s',
  'Ünïcode 表',
  'a'.repeat(63),
  'ä'.repeat(31),
  'SELECT',
];

function quoted(dataSource: DataSource, name: string): string {
  return quoteName(dialectNameOf(dataSource, 'A test'), name);
}

/** The columns of a cache table without its key, but for those that are to have another type. */
function columnsWith(dataSource: DataSource, changed: Record<string, string>): string {
  const dialect = dialectNameOf(dataSource, 'A test');
  return CACHE_COLUMNS.map(({ name, type }) => `${name} ${changed[name] ?? type[dialect]}`).join(', ');
}

async function useAndCount(dataSource: DataSource, table: string): Promise<number> {
  const name = quoted(dataSource, table);
  const values = "('a', 'k', '', NULL, 1, 's')";
  await dataSource.query(`INSERT INTO ${name} VALUES ${values}`);
  const rows: unknown[] = await dataSource.query(`SELECT id FROM ${name}`);
  return rows.length;
}

describe.each(Object.values(databases).map((make) => make()))('createCacheTable on $name', (database) => {
  beforeAll(() => database.start(), SERVER_STARTS_MS);
  afterAll(() => database.stop(), SERVER_STARTS_MS);

  const onNew = async <T>(work: (dataSource: DataSource) => Promise<T>, options: object = {}): Promise<T> =>
    withDataSource(Object.assign(await database.create(), options), work);

  it('creates table and indexes, and the second time nothing', async () => {
    await onNew(async (dataSource) => {
      const first = await createCacheTable(dataSource);
      expect(first).toMatchObject({ table: 'cache_entries', created: NAMES, existing: [], warnings: [] });
      const second = await createCacheTable(dataSource);
      expect(second).toMatchObject({ created: [], existing: NAMES, statements: [] });
    });
  });

  it('creates nothing in a dry run, and tells statements that would', async () => {
    await onNew(async (dataSource) => {
      const { statements } = await createCacheTable(dataSource, undefined, { dryRun: true });
      expect(await createCacheTable(dataSource, undefined, { dryRun: true })).toMatchObject({
        created: NAMES,
      });
      for (const statement of statements) await dataSource.query(statement);
      expect(await createCacheTable(dataSource)).toMatchObject({ created: [], existing: NAMES });
    });
  });

  it('creates an index that is missing', async () => {
    await onNew(async (dataSource) => {
      await createCacheTable(dataSource);
      const isMysql = dataSource.options.type === 'mariadb';
      await dataSource.query(`DROP INDEX cache_entries_written_at${isMysql ? ' ON cache_entries' : ''}`);
      const again = await createCacheTable(dataSource);
      expect(again.created).toEqual(['cache_entries_written_at']);
      expect(again.existing).toEqual(['cache_entries', 'cache_entries_expires_at']);
      expect((await createCacheTable(dataSource)).created).toEqual([]);
    });
  });

  it('is content with an index of another name on the same column', async () => {
    await onNew(async (dataSource) => {
      await createCacheTable(dataSource);
      const isMysql = dataSource.options.type === 'mariadb';
      await dataSource.query(`DROP INDEX cache_entries_expires_at${isMysql ? ' ON cache_entries' : ''}`);
      await dataSource.query('CREATE INDEX mine ON cache_entries (expires_at, id)');
      expect((await createCacheTable(dataSource)).created).toEqual([]);
    });
  });

  it.each(HOSTILE)('takes the name %s', async (table) => {
    await onNew(async (dataSource) => {
      await dataSource.query('CREATE TABLE films (id integer)');
      expect((await createCacheTable(dataSource, table)).created[0]).toBe(table);
      expect(await useAndCount(dataSource, table)).toBe(1);
      expect((await createCacheTable(dataSource, table)).created).toEqual([]);
      await dataSource.query('SELECT id FROM films');
      await dropCacheTable(dataSource, table);
      await dropCacheTable(dataSource, table);
      expect((await createCacheTable(dataSource, table, { dryRun: true })).created).toHaveLength(3);
    });
  });

  it('leaves a table of somebody else alone, and says what it lacks', async () => {
    await onNew(async (dataSource) => {
      await dataSource.query('CREATE TABLE films (id varchar(32) PRIMARY KEY, value integer, scope integer)');
      const message =
        'The table "films" is there, but it is no cache table: it has no column "cache_key", "expires_at", "written_at". ' +
        'Nothing was changed; choose another name.';
      await expect(createCacheTable(dataSource, 'films')).rejects.toThrow(message);
      await expect(createCacheTable(dataSource, 'films', { dryRun: true })).rejects.toThrow(message);
      await expect(dropCacheTable(dataSource, 'films')).rejects.toThrow(message);
      await dataSource.query('SELECT value FROM films');
    });
  });

  it('does not take a table without a primary key for its own, nor a view', async () => {
    await onNew(async (dataSource) => {
      await dataSource.query(`CREATE TABLE keyless (${columnsWith(dataSource, {})})`);
      await expect(createCacheTable(dataSource, 'keyless')).rejects.toThrow('it has no primary key "id"');
      await createCacheTable(dataSource);
      await dataSource.query('CREATE VIEW seen AS SELECT * FROM cache_entries');
      await expect(createCacheTable(dataSource, 'seen')).rejects.toThrow('it has no primary key "id"');
    });
  });

  it.each([
    ['value', 'varchar(99)'],
    ['written_at', 'varchar(99)'],
    ['cache_key', 'bigint'],
  ])('does not add indexes to a table of somebody else whose "%s" is a %s', async (name, type) => {
    await onNew(async (dataSource) => {
      await dataSource.query(
        `CREATE TABLE films (${columnsWith(dataSource, { id: 'varchar(32) PRIMARY KEY', [name]: type })})`,
      );
      await expect(createCacheTable(dataSource, 'films')).rejects.toThrow(
        new RegExp(`^The table "films" is there, but it is no cache table: it has "${name}" as .*, not `),
      );
    });
  });

  it.each([
    [
      'an "expires_at" that must not be null',
      'expires_at bigint NOT NULL',
      '"expires_at", which must not be null',
    ],
    [
      'a column of its own',
      'expires_at bigint, owner integer NOT NULL',
      'a column "owner" that must be given a value',
    ],
  ])('takes no table with %s', async (_, columns, lack) => {
    await onNew(async (dataSource) => {
      const others = columnsWith(dataSource, { id: 'varchar(32) PRIMARY KEY' }).replace(
        'expires_at bigint',
        columns,
      );
      await dataSource.query(`CREATE TABLE films (${others})`);
      await expect(createCacheTable(dataSource, 'films')).rejects.toThrow(
        `it is no cache table: it has ${lack}`,
      );
    });
  });

  it('takes a table with columns of its own that need no value', async () => {
    await onNew(async (dataSource) => {
      const columns = columnsWith(dataSource, { id: 'varchar(32) PRIMARY KEY' });
      await dataSource.query(`CREATE TABLE mine (${columns}, note integer, kind integer NOT NULL DEFAULT 7)`);
      expect((await createCacheTable(dataSource, 'mine')).existing).toEqual(['mine']);
    });
  });

  // Lengths are mere words in SQLite.
  if (!['SQLite', 'sql.js'].includes(database.name)) {
    it('takes no table whose ids are cut off', async () => {
      await onNew(async (dataSource) => {
        await dataSource.query(
          `CREATE TABLE films (${columnsWith(dataSource, { id: 'varchar(10) PRIMARY KEY' })})`,
        );
        await expect(createCacheTable(dataSource, 'films')).rejects.toThrow(
          /it has "id" as .*\(10\), not varchar\(32\)/,
        );
      });
    });
  }

  it('says which schema is missing', async () => {
    await onNew(async (dataSource) => {
      await expect(createCacheTable(dataSource, 'nowhere.cache')).rejects.toThrow(
        /^The cache table "nowhere\.cache" could not be (?:created|looked up): .*nowhere/,
      );
    });
  });

  it('asks for a data source that is initialized', async () => {
    const dataSource = new DataSource(await database.create());
    await expect(createCacheTable(dataSource)).rejects.toThrow('the data source is not initialized');
  });

  it('works over a query runner, and leaves it to its owner', async () => {
    await onNew(async (dataSource) => {
      const runner = dataSource.createQueryRunner();
      expect((await createCacheTable(runner)).created).toEqual(NAMES);
      expect(runner.isReleased).toBe(false);
      await dropCacheTable(runner);
      expect((await createCacheTable(runner, undefined, { dryRun: true })).created).toEqual(NAMES);
      await runner.release();
    });
  });

  it('counts no rows', async () => {
    const logger = new StatementLog();
    await onNew(
      async (dataSource) => {
        await createCacheTable(dataSource);
        await createCacheTable(dataSource);
        expect(logger.count(/CREATE/)).toBeGreaterThan(0);
        expect(logger.count(/COUNT/i)).toBe(0);
        expect(logger.failures).toEqual([]);
      },
      { logger },
    );
  });

  if (database.isShared) {
    it('succeeds in several processes at once, of which one creates the table', async () => {
      const options = await database.create();
      const sources = await Promise.all(
        Array.from({ length: 6 }, () => new DataSource(options).initialize()),
      );
      const reports = await Promise.all(sources.map((dataSource) => createCacheTable(dataSource)));
      for (const { created, existing } of reports)
        expect([...created, ...existing].toSorted()).toEqual(NAMES);
      expect(reports.flatMap(({ created }) => created).toSorted()).toEqual(NAMES);
      await Promise.all(sources.map((dataSource) => dataSource.destroy()));
    });
  }
});

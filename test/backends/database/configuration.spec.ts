import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import {
  type CacheConfiguration,
  type CacheRouter,
  openCaches,
  type Surroundings,
} from '../../../lib/index.js';
import { messageOf } from '../../../lib/core/show.js';

const POSTGRES = new DataSource({ type: 'postgres', host: '127.0.0.1', port: 1 });

async function refusal(configuration: unknown, surroundings: Partial<Surroundings> = {}): Promise<string> {
  try {
    const caches = { default: configuration as CacheConfiguration };
    const registry = await openCaches(caches, { warn: () => {}, ...surroundings });
    await registry.closeAll();
    return 'nothing was refused';
  } catch (error) {
    return messageOf(error);
  }
}

describe('the configuration of a cache on a database', () => {
  it.each([
    ['a.b.c', 'is no name of a table'],
    ['a.', 'is no name of a table'],
    ['"a', 'nothing was refused'],
    ['a"."b"', 'nothing was refused'],
    ['nul\0', 'is no name of a table'],
    ['x'.repeat(64), 'is no name of a table'],
    ['   ', 'is no name of a table'],
    ['\ud800', 'is no name of a table'],
    ['my cache; DROP TABLE films', 'nothing was refused'],
    ['"my.table"', 'nothing was refused'],
    ['shop."my.table"', 'nothing was refused'],
  ])('takes or refuses the table name %j', async (location, message) => {
    expect(await refusal({ backend: 'database', location, dataSource: POSTGRES })).toContain(message);
  });

  it.each([
    [{ dataSource: 5 }, 'option "dataSource" must be the name of a data source'],
    [{ dataSource: {} }, 'option "dataSource" must be the name of a data source'],
    [{ connections: 0 }, 'option "connections" must be a whole number, 1 or more; got 0'],
    [{ maxEntries: 0 }, 'option "maxEntries" must be a whole number, 1 or more; got 0'],
    [{ maxBytes: 'much' }, 'option "maxBytes" must be'],
    [{ maxBytes: 0 }, 'option "maxBytes" must be a whole number of bytes, 1 or more'],
    [{ maxAge: 0 }, 'option "maxAge" must be a number of seconds above 0'],
    [{ maxAge: -5 }, 'option "maxAge" must be a number of seconds above 0'],
    [{ maxAge: 'long' }, 'option "maxAge" must be'],
    [{ createTable: 'yes' }, `option "createTable" must be true or false; got 'yes'`],
    [{ prepare: 1 }, 'option "prepare" must be true or false; got 1'],
    [{ readYourWritesMs: -1 }, 'option "readYourWritesMs" must be'],
    [{ maxEntrys: 1 }, 'unknown option "maxEntrys". Did you mean "maxEntries"?'],
  ])('refuses %j', async (options, message) => {
    expect(await refusal({ backend: 'database', dataSource: POSTGRES, ...options })).toContain(message);
  });

  it('takes options in a URL', async () => {
    const url =
      'database://my%20table?maxEntries=5&maxBytes=1mb&maxAge=7d&createTable=true&prepare=false&dataSource=x';
    expect(await refusal(url, { dataSources: { x: POSTGRES } })).toBe('nothing was refused');
    expect(
      await refusal('database://?createTable=perhaps', { dataSources: { default: POSTGRES } }),
    ).toContain('option "createTable" must be true or false');
  });

  it('takes no server for a table', async () => {
    const message = 'it names a table, not a server';
    expect(await refusal('database://user:secret@host/db')).toContain(message);
    expect(await refusal('database://user:secret@host/db')).not.toContain('secret');
    expect(await refusal('database://a%2Fb', { dataSources: { default: POSTGRES } })).toBe(
      'nothing was refused',
    );
  });

  it('refuses a router that does not answer at once', async () => {
    const router = { dbForWrite: async () => 'default' } as unknown as CacheRouter;
    expect(await refusal('database://', { dataSources: { default: POSTGRES }, routers: [router] })).toContain(
      'A router must answer at once',
    );
  });

  it('names the data sources that there are', async () => {
    const dataSources = { primary: POSTGRES, replica: POSTGRES };
    expect(await refusal('database://')).toContain(
      'Cache "default", data source to write: there is no data source "default". Give one as "dataSource", or import TypeOrmModule',
    );
    expect(await refusal({ backend: 'database', dataSource: 'replika' }, { dataSources })).toContain(
      'there is no data source "replika". Did you mean "replica"? Known data sources: primary, replica.',
    );
    const router: CacheRouter = { dbForWrite: () => 'primary', dbForRead: () => 'replica2' };
    expect(await refusal('database://', { dataSources, routers: [router] })).toContain(
      'Cache "default", data source to read: there is no data source "replica2"',
    );
  });

  it('names the kinds of data sources that can hold a table', async () => {
    const dataSource = {
      isInitialized: true,
      options: { type: 'oracle' },
      createQueryRunner: () => undefined,
    };
    expect(await refusal({ backend: 'database', dataSource })).toContain(
      'cannot hold a cache table. Supported types: postgres, mysql, mariadb, better-sqlite3, sqljs',
    );
  });

  it('says what a data source is that is none', async () => {
    const dataSources = { default: { type: 'postgres' } as never };
    expect(await refusal('database://', { dataSources })).toContain('is no data source of TypeORM');
  });
});

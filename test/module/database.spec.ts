import 'reflect-metadata';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplicationContext,
  Injectable,
  Logger,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CacheEntry, createCacheTable } from '../../lib/backends/database/index.js';
import {
  CacheModule,
  type CacheModuleOptions,
  CacheRegistry,
  type CacheRouter,
  type CacheRouterHints,
  CacheService,
  CacheTableService,
  type DatabaseCacheOptions,
  type DataSourceName,
  type RoutedEntity,
} from '../../lib/index.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';

let folder: string;

beforeEach(async () => {
  folder = await makeTemporaryFolder();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await removeFolder(folder);
});

async function start(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  @Module(metadata)
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

/** A data source in a file of its own. */
function typeOrm(name: string): DynamicModule {
  const database = join(folder, `${name}.sqlite`);
  return TypeOrmModule.forRootAsync({ name, useFactory: () => ({ type: 'better-sqlite3', database }) });
}

async function openFile(name: string): Promise<DataSource> {
  return new DataSource({ type: 'better-sqlite3', database: join(folder, `${name}.sqlite`) }).initialize();
}

/** What a replica does by itself. */
async function copyRows(from: DataSource, to: DataSource, table: string): Promise<void> {
  const rows: Record<string, unknown>[] = await from.query(`SELECT * FROM "${table}"`);
  for (const row of rows) {
    const places = Object.keys(row).map(() => '?');
    await to.query(`INSERT INTO "${table}" VALUES (${places.join(', ')})`, Object.values(row));
  }
}

function caches(...aliases: string[]): Record<string, DatabaseCacheOptions> {
  const table = { backend: 'database', createTable: true, readYourWritesMs: 0 } as const;
  return Object.fromEntries(aliases.map((alias) => [alias, { ...table, location: `${alias}_table` }]));
}

function dataSourceOf(app: INestApplicationContext, name: string): DataSource {
  return app.get<DataSource>(getDataSourceToken(name));
}

async function tablesIn(app: INestApplicationContext, name: string): Promise<string[]> {
  const found: { name: string }[] = await dataSourceOf(app, name).query(
    `SELECT name FROM sqlite_master WHERE type = 'table'`,
  );
  return found.map((table) => table.name);
}

async function keysIn(app: INestApplicationContext, name: string, table: string): Promise<string[]> {
  const rows: { key: string }[] = await dataSourceOf(app, name).query(
    `SELECT cache_key AS "key" FROM "${table}" ORDER BY 1`,
  );
  return rows.map(({ key }) => key);
}

/** Has an opinion on one table. */
class TableRouter implements CacheRouter {
  constructor(
    private readonly table: string,
    private readonly name: DataSourceName,
  ) {}

  dbForRead(entity: RoutedEntity, hints: CacheRouterHints): DataSourceName | undefined {
    return this.dbForWrite(entity, hints);
  }

  dbForWrite(_entity: RoutedEntity, { table }: CacheRouterHints): DataSourceName | undefined {
    return table === this.table ? this.name : undefined;
  }
}

describe('The routers of CacheModule', () => {
  it('choose the data source of each cache, the first answer counting, none meaning the default one', async () => {
    const routers = [new TableRouter('default_table', 'north'), new TableRouter('default_table', 'south')];
    const imports = [
      CacheModule.forRoot({ caches: caches('default', 'pages'), routers }),
      typeOrm('default'),
      typeOrm('north'),
      typeOrm('south'),
    ];
    const app = await start({ imports });
    const registry = app.get(CacheRegistry);
    await registry.get('default').set('a', 1);
    await registry.get('pages').set('b', 2);
    expect(await registry.get('default').get('a')).toBe(1);
    expect(await registry.get('pages').get('b')).toBe(2);
    expect(await keysIn(app, 'north', 'default_table')).toEqual([':1:a']);
    expect(await keysIn(app, 'default', 'pages_table')).toEqual([':1:b']);
    expect(await tablesIn(app, 'south')).toEqual([]);
    await app.close();
  });

  it('are asked with the entity, the alias and the table', async () => {
    const asked: unknown[] = [];
    const router: CacheRouter = {
      dbForRead: (entity, hints) => void asked.push(['read', entity, hints]),
      dbForWrite: (entity, hints) => void asked.push(['write', entity, hints]),
      allowMigrate: (name, entity) => void asked.push(['migrate', name, entity]),
    };
    const imports = [
      CacheModule.forRoot({ caches: caches('default'), routers: [router] }),
      typeOrm('default'),
    ];
    const app = await start({ imports });
    const hints = { alias: 'default', table: 'default_table' };
    expect(asked).toEqual(
      expect.arrayContaining([
        ['read', CacheEntry, hints],
        ['write', CacheEntry, hints],
        ['migrate', 'default', CacheEntry],
      ]),
    );
    asked.length = 0;
    await app.get(CacheService).get('key');
    expect(asked).toContainEqual(['read', CacheEntry, hints]);
    asked.length = 0;
    await app.get(CacheService).set('key', 1);
    expect(asked).toContainEqual(['write', CacheEntry, hints]);
    await app.close();
  });

  it('send reads to a replica and everything else to the primary, with what they are injected with', async () => {
    @Injectable()
    class Settings {
      readonly replica = 'replica';
    }
    @Injectable()
    class PrimaryReplicaRouter implements CacheRouter {
      constructor(private readonly settings: Settings) {}

      dbForRead(): DataSourceName {
        return this.settings.replica;
      }

      dbForWrite(): DataSourceName {
        return 'primary';
      }
    }
    @Module({ providers: [Settings, PrimaryReplicaRouter] })
    class RoutingModule {}
    const replica = await openFile('replica');
    await createCacheTable(replica, 'default_table');
    const cacheModule = CacheModule.forRoot({ caches: caches('default'), routers: [PrimaryReplicaRouter] });
    const app = await start({
      imports: [cacheModule, RoutingModule, typeOrm('primary'), typeOrm('replica')],
    });
    const cache = app.get(CacheService);
    await cache.set('film', 'Stalker');
    expect(await cache.get('film')).toBeUndefined();
    await copyRows(dataSourceOf(app, 'primary'), replica, 'default_table');
    await cache.delete('film');
    expect(await keysIn(app, 'primary', 'default_table')).toEqual([]);
    expect(await cache.get('film')).toBe('Stalker');
    await app.close();
    await replica.destroy();
  });

  it('end the start when they name a data source that is not there', async () => {
    const starting = (router: CacheRouter): Promise<unknown> =>
      start({
        imports: [CacheModule.forRoot({ caches: caches('default'), routers: [router] }), typeOrm('default')],
      });
    await expect(starting({ dbForWrite: () => 'primary' })).rejects.toThrow(
      'Cache "default", data source to write: there is no data source "primary". Known data sources: default.',
    );
    await expect(starting({ dbForRead: () => 'defualt' })).rejects.toThrow(
      'Cache "default", data source to read: there is no data source "defualt". Did you mean "default"? Known data sources: default.',
    );
  });
});

describe('CacheTableService', () => {
  const withoutTables = { default: { backend: 'database', location: 'shop cache' } } as const;

  it('creates the tables of the caches on a database, where they are written', async () => {
    const url = 'database://films_table?dataSource=archive';
    const imports = [
      CacheModule.forRoot({ caches: { ...withoutTables, near: 'memory://', films: url } }),
      typeOrm('default'),
      typeOrm('archive'),
    ];
    const app = await start({ imports });
    const tables = app.get(CacheTableService);
    expect(await tables.createCacheTable()).toMatchObject([
      {
        alias: 'default',
        table: 'shop cache',
        dataSource: expect.stringContaining('default'),
        isAllowed: true,
      },
      {
        alias: 'films',
        table: 'films_table',
        dataSource: expect.stringContaining('archive'),
        isAllowed: true,
      },
    ]);
    expect(await tablesIn(app, 'default')).toEqual(['shop cache']);
    expect(await tablesIn(app, 'archive')).toEqual(['films_table']);
    expect(await tables.createCacheTable({ alias: 'films' })).toMatchObject([
      { alias: 'films', created: [] },
    ]);
    await expect(tables.createCacheTable({ alias: 'near' })).rejects.toThrow('There is no cache "near".');
    await app.close();
  });

  it('creates what a cache was missing that started without it', async () => {
    const imports = [CacheModule.forRoot({ caches: withoutTables }), typeOrm('default')];
    const app = await start({ imports });
    const cache = app.get(CacheService);
    await expect(cache.delete('key')).rejects.toThrow('the table shop cache does not exist; create it with');
    await app.get(CacheTableService).createCacheTable();
    await app.close();
    const again = await start({ imports });
    await again.get(CacheService).set('key', 1);
    expect(await again.get(CacheService).get('key')).toBe(1);
    await again.close();
  });

  it('creates nothing in a dry run, and nothing that a router does not allow', async () => {
    const router: CacheRouter = { allowMigrate: (name) => name !== 'default' };
    const options: CacheModuleOptions = {
      caches: {
        ...withoutTables,
        films: { ...caches('films')['films']!, createTable: false, dataSource: 'archive' },
      },
      routers: [router],
    };
    const app = await start({
      imports: [CacheModule.forRoot(options), typeOrm('default'), typeOrm('archive')],
    });
    const tables = app.get(CacheTableService);
    expect(await tables.createCacheTable({ dryRun: true })).toMatchObject([
      { alias: 'default', isAllowed: false, statements: [] },
      {
        alias: 'films',
        isAllowed: true,
        created: expect.arrayContaining(['films_table']),
      },
    ]);
    expect(await tablesIn(app, 'archive')).toEqual([]);
    await tables.createCacheTable();
    expect(await tablesIn(app, 'default')).toEqual([]);
    expect(await tablesIn(app, 'archive')).toEqual(['films_table']);
    await app.close();
  });

  it('is there, with nothing to do, in an application without a cache on a database', async () => {
    const app = await start({ imports: [CacheModule.forRoot()] });
    expect(await app.get(CacheTableService).createCacheTable()).toEqual([]);
    await app.close();
  });
});

describe('An application with a cache in a database', () => {
  it.each([['before'], ['after']])(
    'closes the caches, then their data sources, when it closes, those imported %s the caches',
    async (order) => {
      const opened = jest.spyOn(DataSource.prototype, 'initialize');
      const destroyed = jest.spyOn(DataSource.prototype, 'destroy');
      const errors = jest.spyOn(Logger, 'error').mockImplementation(() => {});
      const modules = [typeOrm('default'), CacheModule.forRoot({ caches: caches('default', 'pages') })];
      const app = await start({ imports: order === 'before' ? modules : modules.toReversed() });
      const cache = app.get(CacheService);
      await cache.set('key', 1);
      const writing = cache.set('another', 2);
      const dataSource = dataSourceOf(app, 'default');
      await Promise.all([app.close(), writing]);
      const dataSources = opened.mock.contexts as DataSource[];
      expect(dataSources.length).toBeGreaterThan(1);
      expect(dataSources.filter((dataSource) => dataSource.isInitialized)).toEqual([]);
      expect(destroyed.mock.contexts.at(-1)).toBe(dataSource);
      await expect(cache.get('key')).rejects.toThrow('The cache "default" is closed');
      expect(errors).not.toHaveBeenCalled();
    },
  );

  it('leaves a data source open that its alias holds', async () => {
    const dataSource = await openFile('own');
    const own = { ...caches('default')['default']!, dataSource };
    const app = await start({ imports: [CacheModule.forRoot({ caches: { default: own } })] });
    await app.get(CacheService).set('key', 1);
    await app.close();
    expect(await dataSource.query('SELECT COUNT(*) AS entries FROM default_table')).toEqual([{ entries: 1 }]);
    await dataSource.destroy();
  });
});

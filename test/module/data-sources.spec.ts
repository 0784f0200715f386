import 'reflect-metadata';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplicationContext,
  Injectable,
  Module,
  type ModuleMetadata,
  type Provider,
  Scope,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, type DataSourceOptions, Entity, PrimaryColumn, type Repository } from 'typeorm';
import { DataSources } from '../../lib/backends/database/routing/data-sources.js';
import {
  CacheConfigurationError,
  CacheModule,
  type CacheModuleOptions,
  CacheService,
  type DataSourceName,
} from '../../lib/index.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';

let folder: string;

beforeEach(async () => {
  folder = await makeTemporaryFolder();
});
afterEach(() => removeFolder(folder));

async function start(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  @Module(metadata)
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

type FileOptions = Extract<DataSourceOptions, { type: 'better-sqlite3' }>;

/** The options of a data source in a file of its own. */
function fileOptions(name = 'default'): FileOptions {
  return { type: 'better-sqlite3', database: join(folder, `${name}.sqlite`) };
}

async function openFile(name: string): Promise<DataSource> {
  return new DataSource(fileOptions(name)).initialize();
}

function cachesOn(dataSource?: DataSourceName | DataSource): CacheModuleOptions {
  return { caches: { default: { backend: 'database', createTable: true, dataSource } } };
}

/** Puts an entry into the cache, and expects it in the table of that data source. */
async function expectCacheIn(dataSource: DataSource, app: INestApplicationContext): Promise<void> {
  const cache = app.get(CacheService);
  await cache.set('film', 'Stalker');
  expect(await cache.get('film')).toBe('Stalker');
  expect(await dataSource.query('SELECT COUNT(*) AS entries FROM cache_entries')).toEqual([{ entries: 1 }]);
  await app.close();
}

async function expectRefusal(metadata: ModuleMetadata, message: string): Promise<void> {
  const starting = start(metadata);
  await expect(starting).rejects.toThrow(message);
  await expect(starting).rejects.toThrow(CacheConfigurationError);
}

/** A data source that takes several turns to be there. */
async function afterSomeTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

const orders = [['before'], ['after']] as const;

function inOrder(
  order: 'before' | 'after',
  cacheModule: DynamicModule,
  other: DynamicModule,
): DynamicModule[] {
  return order === 'before' ? [cacheModule, other] : [other, cacheModule];
}

describe('A cache in a database takes, of TypeOrmModule,', () => {
  it.each(orders)('the default data source, whether imported %s it', async (order) => {
    const imports = inOrder(order, CacheModule.forRoot(cachesOn()), TypeOrmModule.forRoot(fileOptions()));
    const app = await start({ imports });
    await expectCacheIn(app.get(DataSource), app);
  });

  it.each(orders)('data sources that are long in coming, whether imported %s it', async (order) => {
    const slow = async <T>(value: T): Promise<T> => {
      await afterSomeTurns();
      return value;
    };
    const typeOrm = TypeOrmModule.forRootAsync({
      useFactory: () => slow(fileOptions()),
      dataSourceFactory: async (options) => slow(new DataSource(options!)),
    });
    const app = await start({ imports: inOrder(order, CacheModule.forRoot(cachesOn()), typeOrm) });
    await expectCacheIn(app.get(DataSource), app);
    const late = CacheModule.forRootAsync({ useFactory: () => slow(cachesOn()) });
    const another = await start({ imports: inOrder(order, late, typeOrm) });
    await expectCacheIn(another.get(DataSource), another);
  });

  it.each([['default'], ['archive']])('the one that is named: %s', async (name) => {
    const imports = [
      CacheModule.forRoot(cachesOn(name)),
      TypeOrmModule.forRoot(fileOptions()),
      TypeOrmModule.forRootAsync({ name: 'archive', useFactory: () => fileOptions('archive') }),
    ];
    const app = await start({ imports });
    await expectCacheIn(app.get<DataSource>(getDataSourceToken(name)), app);
  });

  it('a data source whose repositories are used beside the cache', async () => {
    @Entity()
    class Film {
      @PrimaryColumn({ type: 'integer' }) id!: number;
      @Column({ type: 'text' }) title!: string;
    }
    @Injectable()
    class Films {
      constructor(
        @InjectRepository(Film) readonly films: Repository<Film>,
        readonly cache: CacheService,
      ) {}
    }
    @Module({ imports: [TypeOrmModule.forFeature([Film])], providers: [Films] })
    class FilmsModule {}
    const typeOrm = TypeOrmModule.forRoot({ ...fileOptions(), autoLoadEntities: true, synchronize: true });
    const app = await start({ imports: [FilmsModule, CacheModule.forRoot(cachesOn()), typeOrm] });
    const { cache, films } = app.get(Films, { strict: false });
    await films.save({ id: 1, title: 'Solaris' });
    expect(await cache.getOrSet('1', async () => (await films.findOneByOrFail({ id: 1 })).title)).toBe(
      'Solaris',
    );
    await app.close();
  });
});

describe('A cache in a database takes, of other providers,', () => {
  class ReplicaDataSource extends DataSource {}
  const symbol = Symbol('replica');

  it.each<[string, DataSourceName]>([
    ['text', 'REPLICA'],
    ['a symbol', symbol],
    ['a class', ReplicaDataSource],
    ['the class of the default one', DataSource],
  ])('the one whose token is %s, though its module keeps it to itself', async (_what, token) => {
    let made: DataSource | undefined;
    const useFactory = async (): Promise<DataSource> => {
      await afterSomeTurns();
      return (made = await openFile('replica'));
    };
    @Module({ providers: [{ provide: token as string, useFactory }] })
    class ReplicaModule {}
    const app = await start({ imports: [CacheModule.forRoot(cachesOn(token)), ReplicaModule] });
    await expectCacheIn(made!, app);
    await made!.destroy();
  });

  it('the one that an alias stands for', async () => {
    const useFactory = async (): Promise<DataSource> => openFile('replica');
    const providers: Provider[] = [
      { provide: symbol, useFactory },
      { provide: 'REPLICA', useExisting: symbol },
    ];
    const app = await start({ imports: [CacheModule.forRoot(cachesOn('REPLICA'))], providers });
    const dataSource = app.get<DataSource>(symbol);
    await expectCacheIn(dataSource, app);
    await dataSource.destroy();
  });

  it('the class DataSource of another copy of TypeORM as the default one', async () => {
    // An application can have two copies; a test file cannot.
    class Copy {
      options = { type: 'better-sqlite3' };
      createQueryRunner(): void {}
      getRepository(): void {}
    }
    const app = await start({ imports: [CacheModule.forRoot()], providers: [Copy] });
    const dataSources = app.get(DataSources, { strict: false });
    expect(await dataSources.find('default', 'Cache "x"')).toBe(app.get(Copy));
    await app.close();
  });

  it('the one that its own module sees before those of others', async () => {
    const own = await openFile('own');
    @Module({ providers: [{ provide: 'REPLICA', useValue: own }], exports: ['REPLICA'] })
    class OwnModule {}
    @Module({ providers: [{ provide: 'REPLICA', useValue: 'another' }] })
    class AnotherModule {}
    const options = { imports: [OwnModule], useFactory: () => cachesOn('REPLICA') };
    const app = await start({ imports: [AnotherModule, CacheModule.forRootAsync(options)] });
    await expectCacheIn(own, app);
    await own.destroy();
  });
});

describe('A cache in a database', () => {
  it('takes a data source that the alias itself holds, initializes it, and destroys it then', async () => {
    const dataSource = new DataSource(fileOptions());
    const app = await start({ imports: [CacheModule.forRoot(cachesOn(dataSource))] });
    await expectCacheIn(dataSource, app);
    expect(dataSource.isInitialized).toBe(false);
  });

  it('takes the data source of its own application', async () => {
    const apps = await Promise.all(
      ['one', 'two'].map((name) =>
        start({ imports: [CacheModule.forRoot(cachesOn()), TypeOrmModule.forRoot(fileOptions(name))] }),
      ),
    );
    for (const app of apps) await expectCacheIn(app.get(DataSource), app);
  });
});

describe('An application', () => {
  it('may use data sources that depend on its caches, if those do without them', async () => {
    const inMemory = CacheModule.forRoot({ caches: { default: 'memory://' } });
    const typeOrm = TypeOrmModule.forRootAsync({
      inject: [CacheService],
      useFactory: async (cache: CacheService) => cache.getOrSet('options', () => fileOptions()),
    });
    const app = await start({ imports: [typeOrm, inMemory] });
    const dataSources = app.get(DataSources, { strict: false });
    expect(await dataSources.find('default', 'Cache "x"')).toBe(app.get(DataSource));
    await app.close();
  });
});

describe('The start of an application with a cache in a database ends', () => {
  const cacheModule = (name?: DataSourceName): DynamicModule => CacheModule.forRoot(cachesOn(name));

  it('with the names of the data sources when there is none of that name', async () => {
    const archive = TypeOrmModule.forRootAsync({ name: 'archive', useFactory: () => fileOptions('archive') });
    const imports = [TypeOrmModule.forRoot(fileOptions()), archive, cacheModule('archiv')];
    await expectRefusal(
      { imports },
      'Cache "default": there is no data source "archiv". Did you mean "archive"? Known data sources: default, archive.',
    );
  });

  it('when there is no data source at all', async () => {
    const message = 'Cache "default", data source to write: there is no data source "default".';
    await expectRefusal({ imports: [cacheModule()] }, message);
    class Nobody {}
    await expectRefusal({ imports: [cacheModule(Nobody)] }, 'there is no data source Nobody.');
  });

  it('when a provider of that name is something else', async () => {
    const providers = [{ provide: 'REPLICA', useValue: { host: 'replica' } }];
    await expectRefusal(
      { imports: [cacheModule('REPLICA')], providers },
      `Cache "default": "REPLICA" is no data source of TypeORM; it is { host: 'replica' }.`,
    );
  });

  it('when several modules keep one of that name to themselves', async () => {
    const providers = [{ provide: 'REPLICA', useValue: 1 }];
    @Module({ providers })
    class NorthModule {}
    @Module({ providers })
    class SouthModule {}
    await expectRefusal(
      { imports: [cacheModule('REPLICA'), NorthModule, SouthModule] },
      'CacheModule: the data source "REPLICA" is provided by several modules: NorthModule, SouthModule. Let one alone provide it, or ' +
        'make that one global.',
    );
  });

  it('when the data source belongs to a request', async () => {
    const tenant = {
      provide: 'TENANT',
      scope: Scope.REQUEST,
      useFactory: () => new DataSource(fileOptions()),
    };
    await expectRefusal(
      { imports: [cacheModule('TENANT')], providers: [tenant] },
      'CacheModule: the data source "TENANT" is request-scoped, or depends on what is; a cache outlives requests.',
    );
  });

  it('with the failure of the data source', async () => {
    const broken = TypeOrmModule.forRoot({
      ...fileOptions(),
      prepareDatabase: () => Promise.reject(new Error('not today')),
      retryAttempts: 1,
    });
    await expect(start({ imports: [cacheModule(), broken] })).rejects.toThrow('not today');
    const failing = { provide: 'FAILING', useFactory: () => Promise.reject(new Error('no such host')) };
    await expect(start({ imports: [cacheModule('FAILING')], providers: [failing] })).rejects.toThrow(
      'no such host',
    );
  });

  it.each(orders)('when the data source waits for the cache, imported %s it', async (order) => {
    @Injectable()
    class Settings {
      constructor(readonly cache: CacheService) {}
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}
    const typeOrm = TypeOrmModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: () => fileOptions(),
    });
    await expectRefusal(
      { imports: inOrder(order, cacheModule(), typeOrm) },
      'CacheModule: the data source "default" depends on the caches, which wait for it: DataSource → TypeOrmModuleOptions → Settings → ' +
        'CacheService → CacheRegistry. Let it do without them, or ask for them only after the start.',
    );
  });
});

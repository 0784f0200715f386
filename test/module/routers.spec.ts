import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  Global,
  Inject,
  type INestApplicationContext,
  Injectable,
  Module,
  type ModuleMetadata,
  Scope,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CacheConfigurationError,
  CacheModule,
  type CacheModuleOptions,
  type CacheRouter,
  CacheRouterService,
  CacheService,
  type DataSourceName,
} from '../../lib/index.js';

class Entity {}

const hints = { alias: 'default', table: 'cache' };

async function start(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  @Module(metadata)
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

/** Starts an application with these routers and providers, and returns what they say of reads. */
async function readsOf(
  routers: CacheModuleOptions['routers'],
  metadata: ModuleMetadata = {},
): Promise<DataSourceName> {
  const app = await start({
    ...metadata,
    imports: [CacheModule.forRoot({ routers }), ...(metadata.imports ?? [])],
  });
  const name = app.get(CacheRouterService).dbForRead(Entity, hints);
  await app.close();
  return name;
}

@Injectable()
class Region {
  readonly name: string = 'north';
}

@Injectable()
class RegionRouter implements CacheRouter {
  constructor(private readonly region: Region) {}

  dbForRead(): DataSourceName {
    return this.region.name;
  }
}

const undecided: CacheRouter = { dbForRead: () => undefined, dbForWrite: () => null };

describe('The routers of CacheModule', () => {
  it('are asked in order until one answers', async () => {
    class First implements CacheRouter {
      dbForRead(_entity: unknown, { table }: { table: string }): DataSourceName | undefined {
        return table === 'hot' ? 'first' : undefined;
      }
    }
    const second: CacheRouter = { dbForRead: () => 'second', dbForWrite: () => 'written' };
    const app = await start({ imports: [CacheModule.forRoot({ routers: [undecided, First, second] })] });
    const service = app.get(CacheRouterService);
    expect(service.dbForRead(Entity, { alias: 'x', table: 'hot' })).toBe('first');
    expect(service.dbForRead(Entity, hints)).toBe('second');
    expect(service.dbForWrite(Entity, hints)).toBe('written');
    expect(service.allowMigrate('second', Entity)).toBe(true);
    await app.close();
  });

  it('leave it at the default data source when there is none, or none has an opinion', async () => {
    expect(await readsOf(undefined)).toBe('default');
    expect(await readsOf([])).toBe('default');
    expect(await readsOf([undecided])).toBe('default');
  });

  it('may be instances and tokens of providers', async () => {
    const token = Symbol('router');
    const providers = [
      { provide: token, useFactory: async (): Promise<CacheRouter> => ({ dbForRead: () => 'by symbol' }) },
      { provide: 'ROUTER', useValue: { dbForRead: () => 'by string' } satisfies CacheRouter },
    ];
    expect(await readsOf([new RegionRouter(new Region())])).toBe('north');
    expect(await readsOf([token], { providers })).toBe('by symbol');
    expect(await readsOf(['ROUTER'], { providers })).toBe('by string');
  });

  it('are made with what the module that imports CacheModule provides', async () => {
    expect(await readsOf([RegionRouter], { providers: [Region] })).toBe('north');
  });

  it('are made with what global modules export', async () => {
    @Global()
    @Module({ providers: [Region], exports: [Region] })
    class RegionModule {}
    expect(await readsOf([RegionRouter], { imports: [RegionModule] })).toBe('north');
  });

  it('are made with what is injected into properties', async () => {
    class PropertyRouter implements CacheRouter {
      @Inject(Region) private readonly region!: Region;

      dbForRead(): DataSourceName {
        return this.region.name;
      }
    }
    expect(await readsOf([PropertyRouter], { providers: [Region] })).toBe('north');
  });

  it('are the instances that some module has of their class, known to CacheModule or not', async () => {
    @Module({ providers: [RegionRouter, { provide: Region, useValue: { name: 'south' } }] })
    class RoutingModule {}
    expect(await readsOf([RegionRouter], { imports: [RoutingModule], providers: [Region] })).toBe('south');
  });

  it('wait for what they are made of', async () => {
    const region = { provide: Region, useFactory: async () => ({ name: await Promise.resolve('late') }) };
    expect(await readsOf([RegionRouter], { providers: [region] })).toBe('late');
    expect(await readsOf([RegionRouter], { providers: [region, RegionRouter] })).toBe('late');
  });

  it('come from the options of forRootAsync too, with what the module imports for them', async () => {
    @Module({ providers: [Region], exports: [Region] })
    class RegionModule {}
    const options = { imports: [RegionModule], useFactory: async () => ({ routers: [RegionRouter] }) };
    const app = await start({ imports: [CacheModule.forRootAsync(options)] });
    expect(app.get(CacheRouterService).dbForRead(Entity, hints)).toBe('north');
    await app.close();
  });

  it('belong to one application', async () => {
    const [one, two] = await Promise.all([
      start({ imports: [CacheModule.forRoot({ routers: [{ dbForRead: () => 'one' }] })] }),
      start({ imports: [CacheModule.forRoot()] }),
    ]);
    expect(one.get(CacheRouterService).dbForRead(Entity, hints)).toBe('one');
    expect(two.get(CacheRouterService).dbForRead(Entity, hints)).toBe('default');
    await Promise.all([one.close(), two.close()]);
  });
});

describe('The start of the application ends', () => {
  async function expectRefusal(
    routers: unknown,
    message: string,
    metadata: ModuleMetadata = {},
  ): Promise<void> {
    const reading = readsOf(routers as CacheModuleOptions['routers'], metadata);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(CacheConfigurationError);
  }

  class Nothing {}
  const wanted =
    'is no router. It must be a class, an instance or the token of a provider with at least one of the methods dbForRead, dbForWrite, ' +
    'allowMigrate.';

  it.each([
    ['a class without any of the methods', Nothing, 'CacheModule: routers: Nothing '],
    ['an instance without any of the methods', new Nothing(), 'CacheModule: routers: Nothing {} '],
    ['a method that is none', { dbForRead: 'replica' }, "CacheModule: routers: { dbForRead: 'replica' } "],
    ['a function', () => 'replica', 'is no router.'],
    ['null', null, 'CacheModule: routers: null '],
    ['a number', 5, 'CacheModule: routers: 5 '],
  ])('with the name of what is no router: %s', async (_what, router, name) => {
    await expectRefusal([undecided, router], name);
    await expectRefusal([router], wanted);
  });

  it('when a token is nobody’s, or that of something else', async () => {
    await expectRefusal(['ROUTER'], 'CacheModule: routers: no module provides "ROUTER".');
    await expectRefusal([Symbol('router')], 'CacheModule: routers: no module provides Symbol(router).');
    const providers = [{ provide: 'ROUTER', useValue: 5 }];
    await expectRefusal(['ROUTER'], `CacheModule: routers: "ROUTER" ${wanted}`, { providers });
  });

  it.each([['ROUTER'], [RegionRouter], [undecided], [null]])(
    'when routers is no array: %p',
    async (routers) => {
      await expectRefusal(
        routers,
        'CacheModule: routers must be an array of classes, instances or tokens of providers; got',
      );
    },
  );

  it('when nobody can make a router', async () => {
    await expect(readsOf([RegionRouter])).rejects.toThrow(
      "Nest can't resolve dependencies of the RegionRouter (?)",
    );
  });

  it('when several modules keep a router of that class for themselves', async () => {
    @Module({ providers: [RegionRouter, Region] })
    class NorthModule {}
    @Module({ providers: [RegionRouter, Region] })
    class SouthModule {}
    await expectRefusal(
      [RegionRouter],
      'CacheModule: the router RegionRouter is provided by several modules: NorthModule, SouthModule. Let one alone provide it, or make ' +
        'that one global.',
      { imports: [NorthModule, SouthModule] },
    );
  });

  it('when a router belongs to a request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class RequestRouter implements CacheRouter {
      dbForRead(): DataSourceName {
        return 'x';
      }
    }
    await expectRefusal(
      [RequestRouter],
      'CacheModule: the router RequestRouter is request-scoped, or depends on what is; a cache outlives requests.',
      { providers: [RequestRouter] },
    );
    const region = { provide: Region, scope: Scope.REQUEST, useClass: Region };
    await expectRefusal([RegionRouter], 'request-scoped', { providers: [region, RegionRouter] });
    await expectRefusal([RegionRouter], 'request-scoped', { providers: [region] });
  });

  it.each([
    ['made', []],
    ['provided', [true]],
  ])('when a router that is %s depends on the caches', async (_how, [isProvided]) => {
    @Injectable()
    class Films {
      constructor(readonly cache: CacheService) {}
    }
    @Injectable()
    class FilmsRouter implements CacheRouter {
      constructor(private readonly films: Films) {}

      dbForRead(): DataSourceName {
        return this.films.cache.alias;
      }
    }
    await expectRefusal(
      [FilmsRouter],
      'CacheModule: the router FilmsRouter depends on the caches, which wait for it: FilmsRouter → Films → CacheService → CacheRegistry → ' +
        'DataSources → CacheRouterService. Let it do without them, or ask for them only after the start.',
      { providers: [Films, ...(isProvided ? [FilmsRouter] : [])] },
    );
  });
});

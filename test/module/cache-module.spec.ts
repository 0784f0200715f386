import 'reflect-metadata';
import { describe, expect, it, jest } from '@jest/globals';
import {
  type INestApplicationContext,
  Injectable,
  Logger,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CacheConfigurationError,
  CacheModule,
  type CacheModuleOptions,
  type CacheOptionsFactory,
  CacheRegistry,
  CacheService,
  getCacheToken,
  InjectCache,
  UnknownCacheAliasError,
} from '../../lib/index.js';
import { SmallestBackend } from '../support/smallest-backend.js';

async function start(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  @Module(metadata)
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

@Injectable()
class Films {
  constructor(
    readonly cache: CacheService,
    @InjectCache('pages') readonly pages: CacheService,
  ) {}
}

@Injectable()
class Strangers {
  constructor(@InjectCache('nobody-configured-me') readonly cache: CacheService) {}
}

@Injectable()
class PropertyStrangers {
  @InjectCache('nobody-configured-me') readonly cache!: CacheService;
}

const caches = { default: 'memory://', pages: 'memory://' };

describe('CacheModule.forRoot', () => {
  it('needs no options: CacheService is the default cache, in memory', async () => {
    const app = await start({ imports: [CacheModule.forRoot()] });
    const cache = app.get(CacheService);
    await cache.set('key', 1);
    expect(await cache.get('key')).toBe(1);
    expect(cache.alias).toBe('default');
    expect(app.get(CacheRegistry).aliases()).toEqual(['default']);
    await app.close();
  });

  it('injects caches by type and by alias, in every module', async () => {
    @Module({ providers: [Films], exports: [Films] })
    class FilmsModule {}
    const app = await start({ imports: [CacheModule.forRoot({ caches }), FilmsModule] });
    const films = app.get(Films);
    expect([films.cache.alias, films.pages.alias]).toEqual(['default', 'pages']);
    const registry = app.get(CacheRegistry);
    expect(registry.get('pages')).toBe(films.pages);
    expect(registry.all()).toEqual([films.cache, films.pages]);
    expect(app.get(getCacheToken('pages'))).toBe(films.pages);
    expect(app.get(getCacheToken())).toBe(films.cache);
    await app.close();
  });

  it('provides its caches to importing modules alone when it is not global', async () => {
    @Module({ providers: [Films] })
    class FilmsModule {}
    const imports = [CacheModule.forRoot({ caches, isGlobal: false }), FilmsModule];
    await expect(start({ imports })).rejects.toThrow("can't resolve dependencies of the Films");
  });

  it.each([Strangers, PropertyStrangers])(
    'ends the start with the known aliases when %p wants an unknown one',
    async (provider) => {
      const starting = start({ imports: [CacheModule.forRoot({ caches })], providers: [provider] });
      await expect(starting).rejects.toThrow(UnknownCacheAliasError);
      await expect(starting).rejects.toThrow(
        'There is no cache "nobody-configured-me". Configured caches: "default", "pages". Add "nobody-configured-me" to `caches` of ' +
          'CacheModule.forRoot or correct the name.',
      );
    },
  );

  it('ends the start when a factory provider wants an unknown alias', async () => {
    const provider = { provide: 'x', inject: [getCacheToken('nobody-configured-me')], useFactory: () => 1 };
    const starting = start({ imports: [CacheModule.forRoot({ caches })], providers: [provider] });
    await expect(starting).rejects.toThrow(UnknownCacheAliasError);
  });

  it('names the known aliases when an unknown one is asked for later', async () => {
    const app = await start({ imports: [CacheModule.forRoot({ caches })] });
    expect(() => app.get(CacheRegistry).get('nope')).toThrow(
      'There is no cache "nope". Configured caches: "default", "pages".',
    );
    await app.close();
  });

  it('refuses options of the module that it does not know', async () => {
    const options = { cachess: {} } as CacheModuleOptions;
    await expect(start({ imports: [CacheModule.forRoot(options)] })).rejects.toThrow(
      'CacheModule: unknown option "cachess". Did you mean "caches"? Known options: caches, clock, pages, routers, site. The options of a cache belong under ' +
        'caches.<alias>.',
    );
  });

  it('ends the start with a wrong configuration', async () => {
    const starting = start({ imports: [CacheModule.forRoot({ caches: { default: 'memroy://' } })] });
    await expect(starting).rejects.toThrow(CacheConfigurationError);
  });

  it('says at start which caches there are', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
    const app = await start({
      imports: [CacheModule.forRoot({ caches: { ...caches, named: 'memory://films' } })],
    });
    expect(log).toHaveBeenCalledWith('Caches: default (memory), pages (memory), named (memory at films)');
    log.mockRestore();
    await app.close();
  });

  it('closes what it opened when the application closes, and nothing refers to it after', async () => {
    let closed = 0;
    class Closing extends SmallestBackend {
      async close(): Promise<void> {
        closed++;
      }
    }
    const app = await start({
      imports: [CacheModule.forRoot({ caches: { default: { backend: Closing } } })],
    });
    const cache = app.get(CacheService);
    await app.close();
    expect(closed).toBe(1);
    await expect(cache.get('key')).rejects.toThrow('The cache "default" is closed');
  });

  it('keeps two applications of one process apart', async () => {
    const [one, two] = await Promise.all([
      start({ imports: [CacheModule.forRoot({ caches })], providers: [Films] }),
      start({ imports: [CacheModule.forRoot()] }),
    ]);
    await one.get(CacheService).set('key', 1);
    expect(await two.get(CacheService).get('key')).toBeUndefined();
    await Promise.all([one.close(), two.close()]);
  });
});

describe('CacheModule.forRootAsync', () => {
  class Settings implements CacheOptionsFactory {
    async createCacheOptions(): Promise<CacheModuleOptions> {
      return { caches };
    }
  }

  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}

  it.each([
    [
      'useFactory',
      {
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) => settings.createCacheOptions(),
      },
    ],
    ['useClass', { useClass: Settings }],
    ['useExisting', { imports: [SettingsModule], useExisting: Settings }],
  ])('takes options from %s', async (_way, options) => {
    const app = await start({ imports: [CacheModule.forRootAsync(options)], providers: [Films] });
    expect(app.get(Films).pages.alias).toBe('pages');
    expect(app.get(getCacheToken('pages'))).toBe(app.get(Films).pages);
    await app.close();
  });

  it('ends the start when somebody wants an alias that turns out to be unknown', async () => {
    const imports = [CacheModule.forRootAsync({ useFactory: () => ({}) })];
    await expect(start({ imports, providers: [Films] })).rejects.toThrow(
      'There is no cache "pages". Configured caches: "default".',
    );
  });

  it('is global unless it is told not to be', async () => {
    @Module({ providers: [Films], exports: [Films] })
    class FilmsModule {}
    const useFactory = (): CacheModuleOptions => ({ caches });
    const app = await start({ imports: [CacheModule.forRootAsync({ useFactory }), FilmsModule] });
    expect(app.get(Films).cache).toBe(app.get(CacheService));
    await app.close();
    await expect(
      start({ imports: [CacheModule.forRootAsync({ useFactory, isGlobal: false }), FilmsModule] }),
    ).rejects.toThrow("can't resolve dependencies of the Films");
  });
});

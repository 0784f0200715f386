import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CacheRouterService } from './backends/database/routing/cache-router.service.js';
import { CacheTableService } from './backends/database/table/cache-table.service.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './cache.module-definition.js';
import { aliasProviders, databaseProviders, pageProviders, registryProvider } from './cache.providers.js';
import { CacheRegistry } from './cache/cache-registry.js';
import { PageCache } from './pages/page-cache.service.js';

/**
 * Registers the caches of an application: `CacheService` for the alias `default`, `@InjectCache(alias)` for others,
 * `CacheRegistry` for all, `PageCache`, and the interceptor behind `@CachePage` and the other decorators of pages. For caches in a database also `CacheRouterService` and
 * `CacheTableService`.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [CacheModule.forRoot({ caches: { default: { backend: 'memory', timeout: '5m' }, pages: 'memory://' } })],
 * })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({})
export class CacheModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(private readonly registry: CacheRegistry) {
    super();
  }

  /**
   * Configures the caches. Without options there is one, `default`, in the memory of the process.
   *
   * Wrong options reject the start of the application with `CacheConfigurationError`.
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // What is no object is refused with the other options, when the application starts.
    return withCaches(super.forRoot(options ?? { caches: options }));
  }

  /** Configures the caches with options that are known only when the application starts: from a ConfigService, a file, a vault. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return withCaches(super.forRootAsync(options));
  }

  /** Closes what the caches opened, after the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.registry.closeAll();
  }
}

function withCaches(definition: DynamicModule): DynamicModule {
  return {
    ...definition,
    // Read when Nest scans the module, by when the classes that inject an alias have been loaded.
    get providers() {
      return [
        ...(definition.providers ?? []),
        ...databaseProviders,
        registryProvider,
        ...pageProviders,
        ...aliasProviders(),
      ];
    },
    get exports() {
      return [
        CacheRegistry,
        CacheRouterService,
        CacheTableService,
        PageCache,
        ...aliasProviders().map((provider) => (provider as { provide: symbol }).provide),
      ];
    },
  };
}

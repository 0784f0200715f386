import { Logger, type Provider } from '@nestjs/common';
import {
  APP_INTERCEPTOR,
  type ApplicationConfig,
  ExternalContextCreator,
  HttpAdapterHost,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
import { ApplicationProviders } from './application/application-providers.js';
import { CacheRouterService } from './backends/database/routing/cache-router.service.js';
import { DataSources } from './backends/database/routing/data-sources.js';
import { CacheTableService } from './backends/database/table/cache-table.service.js';
import type { CacheModuleOptions } from './cache-module.interface.js';
import { dataSourcesOfApplication } from './application/data-sources.js';
import { MODULE_OPTIONS_TOKEN } from './cache.module-definition.js';
import { resolveRouters } from './application/routers.js';
import { cacheTablesIn } from './application/cache-tables.js';
import { CacheRegistry, DEFAULT_ALIAS, openCaches } from './cache/cache-registry.js';
import { CacheConfigurationError } from './core/errors.js';
import { show } from './core/show.js';
import { closestTo } from './core/suggestion.js';
import { aliasesRequested, getCacheToken } from './inject-cache.decorator.js';
import { isInjected } from './application/injection-search.js';
import { CachePageInterceptor } from './pages/cache-page.interceptor.js';
import { letAnswerFirst, placeInterceptor } from './pages/interceptor-place.js';
import { EarlyAnswers } from './pages/early/early-answers.js';
import { EarlyDoor } from './pages/early/early-door.js';
import { PageRefresher } from './pages/detached/page-refresher.js';
import { PageCache } from './pages/page-cache.service.js';
import { PagePlans } from './pages/rules/page-plans.js';
import { pageHeadersOf } from './pages/rules/pages-options.js';
import { siteRuleOf } from './pages/rules/site.js';

const MODULE_OPTIONS: readonly (keyof CacheModuleOptions)[] = ['caches', 'clock', 'pages', 'routers', 'site'];

/** What a cache in a database needs of the application; nothing is looked up before such a cache asks. */
export const databaseProviders: Provider[] = [
  {
    provide: ApplicationProviders,
    inject: [ModuleRef, ModulesContainer],
    useFactory: (own: ModuleRef, modules: ModulesContainer) => new ApplicationProviders(own, modules),
  },
  {
    provide: CacheRouterService,
    inject: [MODULE_OPTIONS_TOKEN, ApplicationProviders],
    useFactory: async (options: CacheModuleOptions, providers: ApplicationProviders) =>
      new CacheRouterService(await resolveRouters(checked(options).routers, providers)),
  },
  {
    provide: DataSources,
    inject: [ApplicationProviders, CacheRouterService],
    useFactory: dataSourcesOfApplication,
  },
  {
    provide: CacheTableService,
    // The registry has checked the options by then.
    inject: [DataSources, MODULE_OPTIONS_TOKEN, CacheRegistry],
    useFactory: (dataSources: DataSources, { caches }: CacheModuleOptions) =>
      new CacheTableService(dataSources, cacheTablesIn(caches)),
  },
];

export const registryProvider: Provider = {
  provide: CacheRegistry,
  inject: [MODULE_OPTIONS_TOKEN, DataSources],
  useFactory: async (options: CacheModuleOptions, dataSources: DataSources) => {
    const logger = new Logger('CacheModule');
    const { caches, clock } = checked(options);
    const registry = await openCaches(caches, {
      clock,
      dataSources,
      warn: (message) => logger.warn(message),
      log: (message) => logger.log(message),
    });
    registry.events.on('unreadable', ({ alias, key }) =>
      logger.debug(`Cache "${alias}": the entry "${key}" could not be read and was removed.`),
    );
    const list = [...registry.descriptions].map(([alias, description]) => `${alias} (${description})`);
    logger.log(`Caches: ${list.join(', ')}`);
    return registry;
  },
};

/** What stands behind the decorators of pages: the interceptor for every route, and the service. */
export const pageProviders: Provider[] = [
  {
    provide: PagePlans,
    inject: [CacheRegistry, MODULE_OPTIONS_TOKEN],
    useFactory: (registry: CacheRegistry, { pages, site }: CacheModuleOptions) =>
      new PagePlans(registry, {
        headers: pageHeadersOf(pages),
        site: site === undefined ? undefined : siteRuleOf(site),
      }),
  },
  {
    provide: EarlyAnswers,
    inject: [CacheRegistry],
    useFactory: (registry: CacheRegistry) => new EarlyAnswers(registry.events),
  },
  {
    provide: EarlyDoor,
    inject: [EarlyAnswers, PagePlans, ModulesContainer, ExternalContextCreator, HttpAdapterHost],
    useFactory: (
      answers: EarlyAnswers,
      plans: PagePlans,
      modules: ModulesContainer,
      creator: ExternalContextCreator,
      host: HttpAdapterHost,
    ) => new EarlyDoor(answers, plans, modules, applicationConfigOf(creator), host),
  },
  {
    provide: APP_INTERCEPTOR,
    inject: [PagePlans, EarlyAnswers, ModulesContainer, ExternalContextCreator, HttpAdapterHost],
    useFactory: (
      plans: PagePlans,
      early: EarlyAnswers,
      modules: ModulesContainer,
      creator: ExternalContextCreator,
      host: HttpAdapterHost,
    ) => {
      const interceptor: CachePageInterceptor = new CachePageInterceptor(
        plans,
        modules,
        new PageRefresher(host),
        early,
        () =>
          letAnswerFirst(
            interceptor,
            creator,
            host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined,
          ),
      );
      placeInterceptor(interceptor, creator);
      return interceptor;
    },
  },
  {
    provide: PageCache,
    inject: [PagePlans, ModulesContainer, ExternalContextCreator, HttpAdapterHost],
    useFactory: (
      plans: PagePlans,
      modules: ModulesContainer,
      creator: ExternalContextCreator,
      host: HttpAdapterHost,
    ) => new PageCache(plans, modules, applicationConfigOf(creator), host),
  },
];

/** Global prefix and versioning stand in the configuration, which Nest gives to nobody but its own parts. */
function applicationConfigOf(creator: ExternalContextCreator): ApplicationConfig {
  return creator['container'].applicationConfig!;
}

/** One provider per alias that somebody asks for. */
export function aliasProviders(): Provider[] {
  return [...new Set([DEFAULT_ALIAS, ...aliasesRequested()])].map((alias) => ({
    provide: getCacheToken(alias),
    inject: [CacheRegistry, ModulesContainer],
    useFactory: (registry: CacheRegistry, modules: ModulesContainer) => {
      // An alias that only another application of this process asks for is none of this one's business.
      const isWanted = registry.has(alias) || isInjected(getCacheToken(alias), modules);
      return isWanted ? registry.get(alias) : undefined;
    },
  }));
}

function checked(options: CacheModuleOptions): CacheModuleOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new CacheConfigurationError(
      `CacheModule: the options must be an object such as { caches: { … } }; got ${show(options)}.`,
    );
  }
  for (const name of Object.keys(options)) {
    if ((MODULE_OPTIONS as readonly string[]).includes(name)) continue;
    const closest = closestTo(name, MODULE_OPTIONS);
    throw new CacheConfigurationError(
      `CacheModule: unknown option "${name}".${closest === undefined ? '' : ` Did you mean "${closest}"?`} ` +
        `Known options: ${MODULE_OPTIONS.join(', ')}. The options of a cache belong under caches.<alias>.`,
    );
  }
  return options;
}

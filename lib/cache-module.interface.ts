import type { InjectionToken, Type } from '@nestjs/common';
import type { CacheRouter } from './backends/database/routing/cache-router.js';
import type { CacheConfiguration } from './cache/cache-options.js';
import type { Clock } from './core/clock.js';
import type { PagesOptions } from './pages/rules/pages-options.js';
import type { SiteOptions } from './pages/rules/site.js';

/** What `CacheModule.forRoot` takes. */
export interface CacheModuleOptions {
  /**
   * The caches by alias; `default` must be among them and is injected as `CacheService`.
   *
   * @default one cache `default` in the memory of the process
   */
  caches?: Record<string, CacheConfiguration>;
  /**
   * Where the time is read. For tests, which move it by hand.
   *
   * @default the clock of the operating system
   */
  clock?: Clock;
  /** What answers tell of the cache, for all pages of the application. */
  pages?: PagesOptions;
  /**
   * Caches the pages of every GET handler that has no rule of its own, for visitors that nothing tells apart: requests with a user, a
   * credential or a cookie are left alone, and so are handlers with `@NoSiteCache` or `@NeverCache`, and those that take `@Session()`, `@Ip()` or
   * all headers as a parameter.
   *
   * @default off
   */
  site?: SiteOptions;
  /**
   * Who chooses the data sources of caches in a database; asked in order, the first answer counts. A class stands for the provider of that
   * class, in whatever module, or else is made with its dependencies injected. Also instances, and tokens of providers.
   *
   * @default none: the data source `default`
   */
  routers?: readonly (Type<CacheRouter> | CacheRouter | InjectionToken<CacheRouter>)[];
}

/** What a class given to `CacheModule.forRootAsync` as `useClass` or `useExisting` implements. */
export interface CacheOptionsFactory {
  createCacheOptions(): CacheModuleOptions | Promise<CacheModuleOptions>;
}

/** How the module itself is registered; the same in `forRoot` and `forRootAsync`. */
export interface CacheModuleExtras {
  /**
   * Whether the caches can be injected in every module, without importing `CacheModule` there.
   *
   * @default true
   */
  isGlobal?: boolean;
}

import type { CacheConfiguration } from './cache/cache-options.js';
import type { Clock } from './core/clock.js';

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

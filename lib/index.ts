export { CacheModule } from './cache.module.js';
export type { CacheModuleExtras, CacheModuleOptions, CacheOptionsFactory } from './cache-module.interface.js';
export { getCacheToken, InjectCache } from './inject-cache.decorator.js';

export { CacheService } from './cache/cache-service.js';
export { CacheRegistry, DEFAULT_ALIAS, openCaches } from './cache/cache-registry.js';
export type { Surroundings } from './cache/cache-registry.js';
export { CacheEvents } from './cache/cache-events.js';
export type {
  CacheEventMap,
  CacheProblem,
  CacheStatistics,
  EarlyAnswer,
  ServerChange,
} from './cache/cache-events.js';
export type { Entries, GetOptions, KeyOptions, SetOptions, TouchOptions } from './cache/call-options.js';
export type {
  CacheConfiguration,
  CommonCacheOptions,
  CustomCacheOptions,
  DatabaseCacheOptions,
  DataSourceOption,
  DummyCacheOptions,
  FileCacheOptions,
  MemcachedAddressOption,
  MemcachedCacheOptions,
  MemoryCacheOptions,
  RedisCacheOptions,
  RedisClientOption,
  RedisLocationOption,
  RedisSentinelOption,
  RemoteCacheOptions,
  ServerAddressOption,
} from './cache/cache-options.js';

export { CachePage } from './pages/cache-page.decorator.js';
export { CacheControl, NeverCache } from './pages/decorators/cache-control.decorators.js';
export { ConditionalPage, Etag, LastModified } from './pages/decorators/conditional.decorators.js';
export { NoSiteCache } from './pages/decorators/no-site-cache.decorator.js';
export { CacheTags, InvalidateTags } from './pages/decorators/tags.decorators.js';
export { VaryOnCookie, VaryOnHeaders } from './pages/decorators/vary.decorators.js';
export { PageCache } from './pages/page-cache.service.js';
export type { HandlerPages, RequestToExplain, TaggedPages } from './pages/page-cache.service.js';
export type { NegativeStatus, NegativeTimeouts } from './pages/rules/negative-option.js';
export type { RequestView } from './pages/requests/page-request.js';
export type { CachePageOptions } from './pages/rules/page-rule.js';
export type { PagesOptions } from './pages/rules/pages-options.js';
export type { EarlyOptions } from './pages/early/early-option.js';
export type { StandardsOptions } from './pages/rules/standards-option.js';
export type { PageQuery } from './pages/rules/query-option.js';
export type { PageExplanation, PageFacts } from './pages/service/explanation.js';
export type { RouteParameters } from './pages/service/path-template.js';
export type { WarmedPage, WarmOptions } from './pages/service/warming.js';
export type { SiteOptions } from './pages/rules/site.js';
export type { TagSource } from './pages/rules/tag-sources.js';

export type { CacheControlOptions } from './http/cache-control-options.js';
export { setEtag } from './http/entity-tag.js';
export type { HeaderBearer, HeaderReply, HeaderTarget } from './http/header-target.js';
export {
  getMaxAge,
  neverCache,
  patchCacheControl,
  patchResponseHeaders,
} from './http/patch-cache-control.js';
export { hasVary, patchVary } from './http/patch-vary.js';

export { CacheRouterService } from './backends/database/routing/cache-router.service.js';
export type {
  CacheRouter,
  CacheRouterHints,
  DataSourceName,
  RoutedEntity,
} from './backends/database/routing/cache-router.js';

export { CacheTableService } from './backends/database/table/cache-table.service.js';
export type {
  CacheTable,
  CacheTableOutcome,
  CreateCacheTablesOptions,
} from './backends/database/table/cache-table.service.js';
export type {
  CacheTableReport,
  CreateCacheTableOptions,
} from './backends/database/table/create-cache-table.js';

export type {
  BackendCapabilities,
  BackendContext,
  BackendServers,
  CacheBackend,
  CacheBackendClass,
  EntryToWrite,
  KeyScheme,
  StoredEntry,
  StoreSize,
} from './backends/cache-backend.js';

export type { Answer } from './core/answer.js';
export { systemClock } from './core/clock.js';
export type { Clock, EpochMs, Seconds } from './core/clock.js';
export type { KeyFunction } from './core/key.js';
export type { Timeout } from './core/timeout.js';
export {
  CacheBackendError,
  CacheClosedError,
  CacheConfigurationError,
  CacheError,
  CacheKeyNotFoundError,
  CacheTransactionError,
  InvalidCacheArgumentError,
  InvalidCacheKeyError,
  InvalidTimeoutError,
  MissingPackageError,
  NotANumberError,
  UnknownCacheAliasError,
  UnsupportedValueError,
  ValueTooLargeError,
} from './core/errors.js';
export type { CacheErrorCode } from './core/errors.js';

/** The subpath `nestjs-cache-framework/database`, for applications with TypeORM. */
export { CacheEntry, cacheEntryFor } from './table/cache-entry.entity.js';
export { createCacheTable, dropCacheTable } from './table/create-cache-table.js';
export type { CacheTableReport, CreateCacheTableOptions } from './table/create-cache-table.js';
export { cacheTableMigration } from './table/migration.js';
export type { CacheTableMigration } from './table/migration.js';
export { CacheTableService } from './table/cache-table.service.js';
export type { CacheTable, CacheTableOutcome, CreateCacheTablesOptions } from './table/cache-table.service.js';
export { CacheRouterService } from './routing/cache-router.service.js';
export type { CacheRouter, CacheRouterHints, DataSourceName, RoutedEntity } from './routing/cache-router.js';

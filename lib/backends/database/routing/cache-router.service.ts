import type { CacheRouter, CacheRouterHints, DataSourceName, RoutedEntity } from './cache-router.js';

/** The data source that is meant when nobody names one. */
export const DEFAULT_DATA_SOURCE = 'default';

/**
 * Asks the routers of the application in order, and takes the first answer.
 *
 * @publicApi
 */
export class CacheRouterService {
  constructor(private readonly routers: readonly CacheRouter[] = []) {}

  /** Returns the data source to read from; `default` if no router says otherwise. */
  dbForRead(entity: RoutedEntity, hints: CacheRouterHints): DataSourceName {
    for (const router of this.routers) {
      const answer = router.dbForRead?.(entity, hints);
      if (answer !== undefined && answer !== null) return answer;
    }
    return DEFAULT_DATA_SOURCE;
  }

  /** Returns the data source to write to; `default` if no router says otherwise. */
  dbForWrite(entity: RoutedEntity, hints: CacheRouterHints): DataSourceName {
    for (const router of this.routers) {
      const answer = router.dbForWrite?.(entity, hints);
      if (answer !== undefined && answer !== null) return answer;
    }
    return DEFAULT_DATA_SOURCE;
  }

  /** Tells whether the cache table may be created in a data source; yes, if no router says otherwise. */
  allowMigrate(dataSource: DataSourceName, entity: RoutedEntity): boolean {
    for (const router of this.routers) {
      const answer = router.allowMigrate?.(dataSource, entity);
      if (answer !== undefined && answer !== null) return answer;
    }
    return true;
  }
}

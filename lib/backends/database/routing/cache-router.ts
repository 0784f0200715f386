/** What a data source is called: `default` or another name given to `TypeOrmModule`, or the token of a provider. */
export type DataSourceName = string | symbol | (abstract new (...args: never[]) => unknown);

/** The entity that a router is asked about: `CacheEntry`. */
export type RoutedEntity = abstract new (...args: never[]) => object;

/** What a router is told beside the entity. */
export interface CacheRouterHints {
  /** The alias of the cache; undefined when it is about the table alone. */
  readonly alias: string | undefined;
  /** The table, as `location` has it. */
  readonly table: string;
}

/**
 * Chooses the data source of a cache table. Several may be given to `forRoot({ routers })`; they are asked in order, and the first answer
 * that is neither `undefined` nor `null` counts. Where nobody answers, it is the data source `default`.
 *
 * All methods are called for each operation, so they should be quick, and each may be left out. (As Django's database routers:
 * https://docs.djangoproject.com/en/stable/topics/db/multi-db/#using-routers.)
 *
 * @example
 * ```ts
 * @Injectable()
 * class PrimaryReplicaRouter implements CacheRouter {
 *   dbForRead() { return 'replica'; }
 *   dbForWrite() { return 'primary'; }
 *   allowMigrate(dataSource: DataSourceName) { return dataSource === 'primary'; }
 * }
 * ```
 * @publicApi
 */
export interface CacheRouter {
  /** Returns the data source to read from; `undefined` or `null` for no opinion. */
  dbForRead?(entity: RoutedEntity, hints: CacheRouterHints): DataSourceName | null | undefined;
  /** Returns the data source to write to; `undefined` or `null` for no opinion. */
  dbForWrite?(entity: RoutedEntity, hints: CacheRouterHints): DataSourceName | null | undefined;
  /** Returns whether the cache table may be created there; `undefined` or `null` for no opinion. */
  allowMigrate?(dataSource: DataSourceName, entity: RoutedEntity): boolean | null | undefined;
}

const METHODS = ['dbForRead', 'dbForWrite', 'allowMigrate'] as const satisfies (keyof CacheRouter)[];

/** The names of the methods, for people. */
export const ROUTER_METHODS = METHODS.join(', ');

/** Tells whether something has at least one method of a router, and nothing else under the name of another. */
export function isRouter(value: unknown): value is CacheRouter {
  if (typeof value !== 'object' || value === null) return false;
  const methods = METHODS.map((name) => (value as CacheRouter)[name] as unknown).filter(
    (method) => method !== undefined,
  );
  return methods.length > 0 && methods.every((method) => typeof method === 'function');
}

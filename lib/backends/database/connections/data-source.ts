import { CacheConfigurationError } from '../../../core/errors.js';
import { show } from '../../../core/show.js';
import type { DialectName } from '../statements/dialect.js';

/** What is used of a query runner of TypeORM, 0.3 and 1 alike. */
export interface QueryRunnerLike {
  readonly isReleased: boolean;
  readonly isTransactionActive: boolean;
  /** Takes a connection out of the pool, and returns it as the package of the database has it. */
  connect(): Promise<unknown>;
  query(text: string, values?: unknown[], useStructuredResult?: boolean): Promise<unknown>;
  release(): Promise<void>;
}

/** Whether a statement may go to a replica, in TypeORM's words for a data source with `replication`. */
export type ReplicationMode = 'master' | 'slave';

/** What is used of a data source of TypeORM, 0.3 and 1 alike. */
export interface DataSourceLike {
  readonly isInitialized: boolean;
  readonly options: {
    readonly type: string;
    readonly database?: unknown;
    readonly replication?: unknown;
    readonly logging?: unknown;
    readonly logger?: unknown;
  };
  readonly logger: {
    logQuery(text: string, values?: unknown[], runner?: never): void;
    logQueryError(error: string, text: string, values?: unknown[], runner?: never): void;
  };
  initialize(): Promise<unknown>;
  destroy(): Promise<void>;
  createQueryRunner(mode?: ReplicationMode): QueryRunnerLike;
}

/** The types of data sources that a cache table can live in, and how they are spoken to. */
const DIALECTS: Readonly<Record<string, DialectName>> = {
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  'better-sqlite3': 'sqlite',
  sqljs: 'sqlite',
};

/** @throws {CacheConfigurationError} if no cache table can live there */
export function dialectNameOf(dataSource: DataSourceLike, owner: string): DialectName {
  const { type } = dataSource.options;
  if (Object.hasOwn(DIALECTS, type)) return DIALECTS[type]!;
  throw new CacheConfigurationError(
    `${owner}: a data source of type ${show(type)} cannot hold a cache table. ` +
      `Supported types: ${Object.keys(DIALECTS).join(', ')}.`,
  );
}

/** Tells a data source from other things without loading TypeORM, of which an application may have two copies. */
export function isDataSource(value: unknown): value is DataSourceLike {
  const candidate = value as Partial<DataSourceLike> | null | undefined;
  return typeof candidate?.createQueryRunner === 'function' && typeof candidate.options?.type === 'string';
}

/** Whether it has read replicas of its own. */
export function isReplicated({ options }: DataSourceLike): boolean {
  return typeof options.replication === 'object' && options.replication !== null;
}

/** Tells whether other processes may have the database of a data source open, without a server. */
export function isFile({ options }: DataSourceLike): boolean {
  const { database, type } = options;
  return (
    type === 'better-sqlite3' &&
    typeof database === 'string' &&
    database !== '' &&
    !database.includes(':memory:')
  );
}

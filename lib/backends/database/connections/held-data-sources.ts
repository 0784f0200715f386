import type { DataSourceLike } from './data-source.js';

interface Holding {
  users: number;
  /** Undefined for one that the application has initialized. */
  initializing: Promise<unknown> | undefined;
}

/** Data sources in use by caches. */
const holdings = new WeakMap<DataSourceLike, Holding>();

/**
 * Initializes a data source unless that is done. Who has held one lets go of it once.
 *
 * @throws what TypeORM throws if the database cannot be reached; nothing is held then
 */
export async function hold(dataSource: DataSourceLike): Promise<void> {
  const holding = holdings.get(dataSource) ?? { users: 0, initializing: undefined };
  holdings.set(dataSource, holding);
  if (!dataSource.isInitialized) {
    holding.initializing ??= dataSource.initialize().catch((error: unknown) => {
      holding.initializing = undefined;
      throw error;
    });
  }
  await holding.initializing;
  holding.users++;
}

/** Ends a data source that was initialized here, when nobody holds it any more. */
export async function letGo(dataSource: DataSourceLike): Promise<void> {
  const holding = holdings.get(dataSource);
  if (!holding || --holding.users > 0) return;
  holdings.delete(dataSource);
  if (holding.initializing && dataSource.isInitialized) await dataSource.destroy();
}

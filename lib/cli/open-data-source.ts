import type { DataSourceLike } from '../backends/database/connections/data-source.js';
import { CommandError } from './command.js';
import { reasonOf } from './reason.js';

/** What a command line changes of a data source. */
interface Adjustable {
  setOptions?(options: object): unknown;
}

/** The output is for what was asked. */
const SILENCE = Object.fromEntries(
  ['log', 'logQuery', 'logQueryError', 'logQuerySlow', 'logSchemaBuild', 'logMigration'].map((name) => [
    name,
    (): void => undefined,
  ]),
);

/** A connection and nothing else: no schema is changed, and no file of the application is loaded. */
const BARE = {
  entities: [],
  subscribers: [],
  migrations: [],
  synchronize: false,
  migrationsRun: false,
  dropSchema: false,
};

/** Keeps what TypeORM tells of itself out of the output. */
export function silence(dataSource: DataSourceLike): void {
  (dataSource as Adjustable).setOptions?.({ logger: SILENCE });
}

/** @throws {CommandError} if the database cannot be reached */
export async function openDataSource(dataSource: DataSourceLike, shown: string): Promise<void> {
  const adjustable = dataSource as Adjustable;
  silence(dataSource);
  if (dataSource.isInitialized) return;
  adjustable.setOptions?.(BARE);
  // It may be on a server of its own, which nobody needs here.
  Object.assign(dataSource, { queryResultCache: undefined });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw new CommandError(`The ${shown} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
}

/** Closes what is open, whoever has opened it: the command is at its end. */
export async function closeDataSources(dataSources: Iterable<DataSourceLike>): Promise<void> {
  const open = [...new Set(dataSources)].filter(({ isInitialized }) => isInitialized);
  await Promise.allSettled(open.map((dataSource) => dataSource.destroy()));
}

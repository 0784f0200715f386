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

/** Sees to it that nothing but a connection comes of a data source, whoever opens it, and that it keeps what it has to tell out of the output. */
export function makeBare(dataSource: DataSourceLike): void {
  const adjustable = dataSource as Adjustable;
  adjustable.setOptions?.({ logger: SILENCE });
  if (dataSource.isInitialized) return;
  adjustable.setOptions?.(BARE);
  // It may be on a server of its own, which nobody needs here.
  Object.assign(dataSource, { queryResultCache: undefined });
}

/** @throws {CommandError} if the database cannot be reached */
export async function openDataSource(dataSource: DataSourceLike, shown: string): Promise<void> {
  makeBare(dataSource);
  if (dataSource.isInitialized) return;
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

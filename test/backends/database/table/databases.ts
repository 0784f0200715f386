import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import {
  createMariadbDatabase,
  createPostgresDatabase,
  startMariadb,
  startPostgres,
} from '../../../support/servers/index.mjs';
import { makeTemporaryFolder, removeFolder } from '../../../support/temporary-folder.js';

/** How long a server may take, on a machine that is busy with other tests. */
export const SERVER_STARTS_MS = 60_000;

/** A kind of database, with the tests' own databases on it. */
export interface TestDatabase {
  readonly name: string;
  /** Whether two data sources can be on one database. */
  readonly isShared: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Returns the options of a data source on a new database. */
  create(): Promise<DataSourceOptions>;
}

type Server = Awaited<ReturnType<typeof startPostgres>>;

function postgres(): TestDatabase & { readonly server: Server } {
  let server: Server;
  return {
    name: 'PostgreSQL',
    get server() {
      return server;
    },
    isShared: true,
    start: async () => {
      server = await startPostgres();
    },
    stop: () => server.stop(),
    create: async () => {
      const { host, port } = server;
      return {
        type: 'postgres',
        host,
        port,
        username: 'postgres',
        database: await createPostgresDatabase(server),
      };
    },
  };
}

function mariadb(): TestDatabase & { readonly server: Server } {
  let server: Server;
  return {
    name: 'MariaDB',
    get server() {
      return server;
    },
    isShared: true,
    start: async () => {
      server = await startMariadb();
    },
    stop: () => server.stop(),
    create: async () => {
      const { host, port } = server;
      return { type: 'mariadb', host, port, username: 'root', database: await createMariadbDatabase(server) };
    },
  };
}

function sqlite(): TestDatabase {
  let folder: string;
  let files = 0;
  return {
    name: 'SQLite',
    isShared: true,
    start: async () => {
      folder = await makeTemporaryFolder();
    },
    stop: () => removeFolder(folder),
    create: async () => ({ type: 'better-sqlite3', database: join(folder, `${++files}.sqlite`) }),
  };
}

function sqljs(): TestDatabase {
  return {
    name: 'sql.js',
    isShared: false,
    start: async () => undefined,
    stop: async () => undefined,
    create: async () => ({ type: 'sqljs' }),
  };
}

export const databases = { postgres, mariadb, sqlite, sqljs };

/** Opens a data source for a piece of work. */
export async function withDataSource<T>(
  options: DataSourceOptions,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = await new DataSource(options).initialize();
  try {
    return await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

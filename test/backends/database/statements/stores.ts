import type { DataSource } from 'typeorm';
import type { Database, Run } from '../../../../lib/backends/database/connections/database.js';
import { EmbeddedDatabase } from '../../../../lib/backends/database/connections/embedded-database.js';
import { Lanes } from '../../../../lib/backends/database/connections/lanes.js';
import type { DialectName } from '../../../../lib/backends/database/statements/dialect.js';
import { dialectOf } from '../../../../lib/backends/database/statements/dialects.js';
import type { Query, Row } from '../../../../lib/backends/database/statements/statement.js';
import type { Cull, TableQueries } from '../../../../lib/backends/database/statements/table-queries.js';
import { createTableStatements, quoteTable } from '../../../../lib/backends/database/table/ddl.js';
import {
  mariadbDataSource,
  postgresDataSource,
  sqliteDataSource,
  sqljsDataSource,
  type StatementLog,
} from '../../../support/data-sources.js';
import {
  createMariadbDatabase,
  createPostgresDatabase,
  type ServerProcess,
} from '../../../support/servers/index.mjs';
import { makeTemporaryFolder, removeFolder } from '../../../support/temporary-folder.js';

/** A name with all that could be taken for something else. */
export const HOSTILE_TABLE = `a "b" \`c\` 'd' $1 ?? \\ e; --`;

/** A cache table in a database, and the statements on it. */
export interface Store {
  readonly dialect: DialectName;
  /** Its name, between quotes. */
  readonly table: string;
  readonly queries: TableQueries;
  run<T>(query: Query<T>): Promise<T>;
  /** Runs a cull as the library does. */
  cull(cull: Cull): Promise<number>;
  /** Runs statements in a transaction that stays open until they are through. */
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /** Runs a statement of the test's own. */
  rows(text: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export interface Servers {
  readonly postgres: ServerProcess;
  readonly mariadb: ServerProcess;
}

export interface StoreOptions {
  readonly table?: string;
  readonly connections?: number;
  readonly skipsLocked?: boolean;
  /** Records all statements. */
  readonly log?: StatementLog;
}

type Opener = (servers: Servers, options: StoreOptions) => Promise<Store>;

/** All ways in which statements reach a database. */
export const OPENERS = {
  PostgreSQL: (servers, options) => openPostgres(servers, options),
  'PostgreSQL without prepared statements': (servers, options) => openPostgres(servers, options, false),
  MariaDB: (servers, options) => openMariadb(servers, options),
  'MariaDB without prepared statements': (servers, options) =>
    openMariadb(servers, options, { prepares: false }),
  'MariaDB that counts changed rows alone': (servers, options) =>
    openMariadb(servers, options, { flags: ['-FOUND_ROWS'] }),
  'MariaDB that reads no backslashes': (servers, options) =>
    openMariadb(servers, options, {
      prepares: false,
      sqlMode: 'ANSI,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES',
    }),
  'better-sqlite3': async (_, options) => {
    const folder = await makeTemporaryFolder();
    const dataSource = await sqliteDataSource(folder);
    const database = new EmbeddedDatabase(dataSource, 200);
    return storeIn(dataSource, database, 'sqlite', options, () => removeFolder(folder));
  },
  'sql.js': async (_, options) => {
    const dataSource = await sqljsDataSource();
    return storeIn(dataSource, new EmbeddedDatabase(dataSource, 200), 'sqlite', options);
  },
} satisfies Record<string, Opener>;

export type StoreName = keyof typeof OPENERS;

export const STORE_NAMES = Object.keys(OPENERS) as readonly StoreName[];

const ignore = (): void => {};

async function openPostgres(servers: Servers, options: StoreOptions, prepares = true): Promise<Store> {
  const limit = options.connections ?? 4;
  const database = await createPostgresDatabase(servers.postgres);
  const dataSource = await postgresDataSource(servers.postgres, {
    database,
    poolSize: limit,
    logger: options.log,
  });
  const lanes = new Lanes({ dataSource, mode: 'master', limit, prepares, lost: ignore });
  return storeIn(dataSource, lanes, 'postgres', options);
}

interface MariadbOptions {
  readonly prepares?: boolean;
  readonly flags?: string[];
  readonly sqlMode?: string;
}

async function openMariadb(
  servers: Servers,
  options: StoreOptions,
  { flags, prepares = true, sqlMode }: MariadbOptions = {},
): Promise<Store> {
  // Without them, a connection would not know the mode of the others.
  const limit = sqlMode === undefined ? (options.connections ?? 4) : 1;
  const database = await createMariadbDatabase(servers.mariadb);
  const dataSource = await mariadbDataSource(servers.mariadb, {
    database,
    poolSize: limit,
    flags,
    logger: options.log,
  });
  const lanes = new Lanes({ dataSource, mode: 'master', limit, prepares, lost: ignore });
  if (sqlMode !== undefined) await dataSource.query(`SET SESSION sql_mode = '${sqlMode}'`);
  return storeIn(dataSource, lanes, 'mysql', options);
}

async function storeIn(
  dataSource: DataSource,
  database: Database,
  dialect: DialectName,
  { skipsLocked = true, table: name = HOSTILE_TABLE }: StoreOptions,
  cleanUp: () => Promise<void> | void = ignore,
): Promise<Store> {
  const tableName = { schema: undefined, table: name };
  for (const text of createTableStatements(dialect, tableName)) await dataSource.query(text);
  await database.open();
  return {
    dialect,
    table: quoteTable(dialect, tableName),
    queries: dialectOf(dialect).queries(tableName, { skipsLocked }),
    run: async (query) => database.run(query),
    cull: (cull) => runCull(database, cull),
    transaction: (work) => database.transaction(work),
    rows: async (text, ...values) =>
      database.run({
        statement: { name: undefined, text },
        values,
        answer: (outcome) => outcome.rows,
      }),
    close: async () => {
      await database.close();
      await dataSource.destroy();
      await cleanUp();
    },
  };
}

async function runCull(database: Database, cull: Cull): Promise<number> {
  if (cull.isOneStatement) return database.run(cull.query);
  return database.transaction(async (run) => {
    const ids = await run(cull.find);
    return ids.length === 0 ? 0 : run(cull.remove(ids));
  });
}

import type { DataSource } from 'typeorm';
import { mariadbDataSource, postgresDataSource, sqliteDataSource } from '../../support/data-sources.js';
import { createMariadbDatabase, startMariadb, startPostgres } from '../../support/servers/index.mjs';
import { makeTemporaryFolder, removeFolder } from '../../support/temporary-folder.js';

export interface OpenDatabase {
  readonly dataSource: DataSource;
  close(): Promise<void>;
}

/** The databases that keep a cache table, each empty and with a data source: rows for `describe.each`. */
export function onEachDatabase(): [name: string, open: () => Promise<OpenDatabase>][] {
  return [
    ['PostgreSQL', openPostgres],
    ['MariaDB', openMariadb],
    ['SQLite', openSqlite],
  ];
}

async function openPostgres(): Promise<OpenDatabase> {
  const server = await startPostgres();
  const dataSource = await postgresDataSource(server);
  return { dataSource, close: () => closeAll(dataSource, () => server.stop()) };
}

async function openMariadb(): Promise<OpenDatabase> {
  const server = await startMariadb();
  const database = await createMariadbDatabase(server);
  const dataSource = await mariadbDataSource(server, { database });
  return { dataSource, close: () => closeAll(dataSource, () => server.stop()) };
}

async function openSqlite(): Promise<OpenDatabase> {
  const folder = await makeTemporaryFolder();
  const dataSource = await sqliteDataSource(folder);
  return { dataSource, close: () => closeAll(dataSource, () => removeFolder(folder)) };
}

async function closeAll(dataSource: DataSource, stop: () => Promise<void>): Promise<void> {
  await dataSource.destroy();
  await stop();
}

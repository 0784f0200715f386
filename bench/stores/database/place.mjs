import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMariadbDatabase, startMariadb, startPostgres } from '../../../test/support/servers/index.mjs';

/**
 * Where cache tables live while they are measured.
 *
 * @typedef {object} Place
 * @property {'postgres' | 'mysql' | 'sqlite'} dialect
 * @property {() => any} options of a new data source of TypeORM
 * @property {() => unknown} stop removes it with all that is in it
 */

/** Room for a million rows of 1 kB, as a server that has them would be given. */
const POSTGRES_MEMORY = ['-c', 'shared_buffers=1GB', '-c', 'max_wal_size=4GB'];
const MARIADB_MEMORY = ['--innodb-buffer-pool-size=2G', '--innodb-log-file-size=1G'];

/** @returns {Promise<Place>} */
export async function onPostgres() {
  const server = await startPostgres({ args: POSTGRES_MEMORY });
  const { host, port } = server;
  return {
    dialect: 'postgres',
    options: () => ({
      type: 'postgres',
      host,
      port,
      username: 'postgres',
      password: '',
      database: 'postgres',
    }),
    stop: () => server.stop(),
  };
}

/** @returns {Promise<Place>} */
export async function onMariadb() {
  const server = await startMariadb({ args: MARIADB_MEMORY });
  const { host, port } = server;
  const database = await createMariadbDatabase(server);
  return {
    dialect: 'mysql',
    options: () => ({ type: 'mariadb', host, port, username: 'root', password: '', database }),
    stop: () => server.stop(),
  };
}

/** Each table in a file of its own. @returns {Promise<Place>} */
export async function onSqlite() {
  let files = 0;
  const folder = mkdtempSync(join(tmpdir(), 'cache-bench-'));
  return {
    dialect: 'sqlite',
    options: () => ({ type: 'better-sqlite3', database: join(folder, `${++files}.sqlite`), enableWAL: true }),
    stop: () => rmSync(folder, { recursive: true }),
  };
}

// @ts-check
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMariadbDatabase, startMariadb, startPostgres } from '../../support/servers/index.mjs';

/**
 * A database to race in.
 *
 * @typedef {object} Course
 * @property {Record<string, unknown>} dataSource the options of a data source of TypeORM
 * @property {() => Promise<void>} close
 */

/** @type {Readonly<Record<string, () => Promise<Course>>>} */
export const DATABASES = {
  async postgres() {
    const server = await startPostgres();
    const { host, port } = server;
    return {
      dataSource: { type: 'postgres', host, port, username: 'postgres', database: 'postgres' },
      close: () => server.stop(),
    };
  },
  async mariadb() {
    const server = await startMariadb();
    const { host, port } = server;
    const database = await createMariadbDatabase(server);
    return {
      dataSource: { type: 'mariadb', host, port, username: 'root', database },
      close: () => server.stop(),
    };
  },
  async sqlite() {
    const folder = await mkdtemp(join(tmpdir(), 'database-races-'));
    return {
      dataSource: { type: 'better-sqlite3', database: join(folder, 'cache.sqlite'), enableWAL: true },
      close: () => rm(folder, { recursive: true }),
    };
  },
};

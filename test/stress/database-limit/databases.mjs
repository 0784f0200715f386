// @ts-check
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMariadbDatabase, startMariadb, startPostgres } from '../../support/servers/index.mjs';

/** @typedef {import('typeorm').DataSourceOptions} DataSourceOptions */

/**
 * A database of this run.
 *
 * @typedef {object} Started
 * @property {DataSourceOptions} options to reach it, which can be sent to other processes
 * @property {() => Promise<void>} stop
 */

/** @type {Record<string, () => Promise<Started>>} */
export const DATABASES = {
  postgres: async () => {
    const server = await startPostgres();
    const { host, port } = server;
    return {
      options: { type: 'postgres', host, port, username: 'postgres', database: 'postgres' },
      stop: () => server.stop(),
    };
  },
  mariadb: async () => {
    const server = await startMariadb();
    const { host, port } = server;
    const database = await createMariadbDatabase(server);
    return {
      options: { type: 'mariadb', host, port, username: 'root', database },
      stop: () => server.stop(),
    };
  },
  sqlite: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'database-limit-'));
    return {
      // The watcher reads while others write.
      options: { type: 'better-sqlite3', database: join(folder, 'cache.sqlite'), enableWAL: true },
      stop: () => rm(folder, { recursive: true }),
    };
  },
};

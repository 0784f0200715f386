// @ts-check
import {
  onMariadb,
  startMariadb,
  startMemcached,
  startPostgres,
  startRedis,
} from '../../support/servers/index.mjs';

/** @typedef {import('../../support/servers/server-process.mjs').ServerProcess} ServerProcess */

/**
 * A cache server that can fall sick.
 *
 * @typedef {object} SickBackend
 * @property {string} name
 * @property {() => Promise<ServerProcess>} start
 * @property {(port: number) => string} urlOf what CACHE_URL is
 * @property {NodeJS.Signals} goodbye makes the server end in good order, though it has clients
 */

const DATABASE = 'cache';

/** @type {readonly SickBackend[]} */
export const BACKENDS = [
  {
    name: 'redis',
    start: () => startRedis(),
    urlOf: (port) => `redis://127.0.0.1:${port}`,
    goodbye: 'SIGTERM',
  },
  {
    name: 'memcached',
    start: () => startMemcached(),
    urlOf: (port) => `memcached://127.0.0.1:${port}`,
    goodbye: 'SIGTERM',
  },
  {
    name: 'postgres',
    start: () => startPostgres(),
    urlOf: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    goodbye: 'SIGINT',
  },
  {
    name: 'mariadb',
    start: async () => {
      const server = await startMariadb();
      await onMariadb(server.place, (connection) => connection.query(`CREATE DATABASE ${DATABASE}`));
      return server;
    },
    urlOf: (port) => `mariadb://root@127.0.0.1:${port}/${DATABASE}`,
    goodbye: 'SIGTERM',
  },
];

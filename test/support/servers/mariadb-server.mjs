// @ts-check
import { join } from 'node:path';
import { makeData } from './data-template.mjs';
import { findCommand } from './find-command.mjs';
import { ServerProcess } from './server-process.mjs';
import { systemUser } from './system-user.mjs';

/** What is committed outlives the server, not the machine: nobody pulls the plug. */
const COMMON = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--skip-log-bin',
  '--max-connections=200',
  '--innodb-buffer-pool-size=64M',
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-flush-method=nosync',
  '--skip-innodb-doublewrite',
];

/** Small files are quick to copy; the server goes on with what it finds. */
const SMALL = ['--innodb-log-file-size=16M', '--innodb-data-file-path=ibdata1:4M:autoextend'];

/**
 * Starts MariaDB on a free port: the superuser is `root` and needs no password. It keeps its data over `restart`.
 *
 * @param {{ args?: readonly string[] }} [options] `args` as `['--innodb-lock-wait-timeout=1']`
 * @returns {Promise<ServerProcess>}
 */
export function startMariadb({ args = [] } = {}) {
  const user = systemUser('mysql');
  return ServerProcess.start({
    command: findCommand('mariadbd'),
    user,
    prepare: async ({ folder }) => {
      await makeData({ name: 'mariadb', user, initialize }, folder);
    },
    args: ({ port, folder }) => [
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      `--port=${port}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      ...COMMON,
      ...SMALL,
      ...args,
    ],
    probe: (place) =>
      onMariadb(place, async (connection) => {
        await connection.query('SELECT 1');
      }),
  });
}

/** @param {string} data */
function initialize(data) {
  const rootWithoutPassword = ['--auth-root-authentication-method=normal', '--skip-test-db'];
  const args = ['--no-defaults', `--datadir=${data}`, ...rootWithoutPassword, ...SMALL];
  return { command: findCommand('mariadb-install-db'), args };
}

/**
 * Runs statements over a connection that is closed after.
 *
 * @template T
 * @param {{ host: string, port: number, database?: string }} place
 * @param {(connection: import('mysql2/promise').Connection) => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function onMariadb({ host, port, database }, run) {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({
    host,
    port,
    database,
    user: 'root',
    multipleStatements: true,
  });
  try {
    return await run(connection);
  } finally {
    connection.destroy();
  }
}

let databases = 0;

/**
 * Makes a database of its own for a test, on a server that several share.
 *
 * @param {ServerProcess} server
 * @returns {Promise<string>} its name
 */
export async function createMariadbDatabase(server) {
  const name = `test_${process.pid}_${++databases}`;
  await onMariadb(server, (connection) => connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`));
  return name;
}

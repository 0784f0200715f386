// @ts-check
import { join } from 'node:path';
import { makeData } from './data-template.mjs';
import { findBeside, findCommand } from './find-command.mjs';
import { theKeeper } from './keeper-client.mjs';
import { onPostgres, PostgresWire } from './postgres-wire.mjs';
import { ServerProcess, until } from './server-process.mjs';
import { systemUser } from './system-user.mjs';

/** Kept from disk, not from transactions: nobody pulls the plug. */
const COMMON = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  fsync: 'off',
  full_page_writes: 'off',
  // A standby may be away for a while.
  wal_keep_size: '256MB',
};

/**
 * @typedef {object} PostgresOptions
 * @property {readonly string[]} [args] as `['-c', 'lock_timeout=100']`
 */

/**
 * Starts PostgreSQL on a free port: the superuser is `postgres` and needs no password. It keeps its data over `restart`.
 *
 * @param {PostgresOptions} [options]
 * @returns {Promise<ServerProcess>}
 */
export function startPostgres({ args = [] } = {}) {
  return start(args, async ({ folder }) => {
    await makeData({ name: 'postgres', user: systemUser('postgres'), initialize }, folder);
  });
}

/** @param {string} data */
function initialize(data) {
  const trusting = ['-A', 'trust', '-U', 'postgres'];
  const args = ['-D', data, ...trusting, '-E', 'UTF8', '--no-locale', '--no-sync'];
  return { command: findBeside('initdb', 'postgres'), args };
}

/**
 * @param {readonly string[]} args
 * @param {(place: import('./server-process.mjs').Place) => Promise<void>} prepare
 */
function start(args, prepare) {
  return ServerProcess.start({
    command: findCommand('postgres'),
    user: systemUser('postgres'),
    // Killed, it would leave its shared memory behind.
    endSignal: 'SIGQUIT',
    prepare,
    args: ({ port, folder }) => [
      '-D',
      join(folder, 'data'),
      '-p',
      String(port),
      ...Object.entries(COMMON).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ...args,
    ],
    probe: (place) =>
      onPostgres(place, async (wire) => {
        await wire.query('SELECT 1');
      }),
  });
}

/**
 * A standby that follows a primary.
 *
 * @typedef {object} PostgresReplica
 * @property {ServerProcess} standby
 * @property {() => Promise<void>} caughtUp Resolves when the standby shows what the primary has written.
 * @property {() => Promise<void>} pauseReplay The standby answers on, and shows nothing new.
 * @property {() => Promise<void>} resumeReplay
 * @property {() => Promise<void>} stop Ends the standby alone.
 */

/**
 * Starts a standby of a running server, which streams from it; what is written on the primary shows there a little later.
 *
 * @param {ServerProcess} primary
 * @param {PostgresOptions} [options]
 * @returns {Promise<PostgresReplica>}
 */
export async function startPostgresReplica(primary, { args = [] } = {}) {
  const standby = await start(args, ({ folder }) => copyOf(primary, folder));
  const [onPrimary, onStandby] = [askerOf(primary), askerOf(standby)];
  const caughtUp = async () => {
    const written = await onPrimary('SELECT pg_current_wal_lsn()');
    const hasReplayed = `SELECT pg_last_wal_replay_lsn() >= '${written}'`;
    await until('the standby has what the primary has', async () => (await onStandby(hasReplayed)) === 't');
  };
  await caughtUp();
  return {
    standby,
    caughtUp,
    pauseReplay: async () => {
      await onStandby('SELECT pg_wal_replay_pause()');
      const state = 'SELECT pg_get_wal_replay_pause_state()';
      await until('replay is paused', async () => (await onStandby(state)) === 'paused');
    },
    resumeReplay: async () => {
      await onStandby('SELECT pg_wal_replay_resume()');
    },
    stop: () => standby.stop(),
  };
}

/**
 * Asks for single values, over one connection while it lasts.
 *
 * @param {ServerProcess} server
 * @returns {(text: string) => Promise<string>}
 */
function askerOf(server) {
  /** @type {PostgresWire | undefined} */
  let wire;
  return async (text) => {
    if (!wire || wire.socket.destroyed) wire = new PostgresWire(server.place);
    wire.socket.unref();
    const [row] = await theKeeper().waitFor(wire.query(text));
    return row?.[0] ?? '';
  };
}

/**
 * @param {ServerProcess} primary
 * @param {string} folder
 */
async function copyOf({ host, port }, folder) {
  const source = ['-h', host, '-p', String(port), '-U', 'postgres'];
  const target = ['-D', join(folder, 'data'), '--write-recovery-conf'];
  const args = [...source, ...target, '--checkpoint=fast', '--wal-method=stream', '--no-sync'];
  await theKeeper().run({
    command: findBeside('pg_basebackup', 'postgres'),
    args,
    folder,
    user: systemUser('postgres'),
  });
}

let databases = 0;

/**
 * Makes a database of its own for a test, on a server that several share.
 *
 * @param {ServerProcess} server
 * @returns {Promise<string>} its name
 */
export async function createPostgresDatabase(server) {
  const name = `test_${process.pid}_${++databases}`;
  await onPostgres(server, (wire) => wire.query(`CREATE DATABASE ${name}`));
  return name;
}

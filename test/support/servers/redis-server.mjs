// @ts-check
import { freePort } from './free-port.mjs';
import { certificatePath, certified } from '../certificates/index.mjs';
import { onRedis, redisInfo } from './redis-wire.mjs';
import { ServerProcess, until } from './server-process.mjs';

/**
 * @typedef {object} RedisOptions
 * @property {string} [password]
 * @property {readonly string[]} [args]
 * @property {'server' | 'both'} [tls] who shows a certificate; without it nothing is encrypted
 * @property {boolean} [unixSocket] listens on a socket in its folder (`path`), and on no port
 * @property {boolean} [isClusterNode] listens on another port for the nodes of its cluster
 */

/** What every Redis of a test is told: to keep nothing on disk, and to listen here alone. */
const COMMON = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1', '--daemonize', 'no'];

/**
 * Starts Redis on a free port.
 *
 * @param {RedisOptions} [options]
 * @returns {Promise<ServerProcess>}
 */
export function startRedis({ password, args = [], tls, unixSocket = false, isClusterNode = false } = {}) {
  const secrets = password === undefined ? [] : ['--requirepass', password, '--masterauth', password];
  const busPorts = new Map();
  return ServerProcess.start({
    command: 'redis-server',
    unixSocket,
    args: async ({ port, path, folder }) => [
      ...listenArgs(port, path, tls),
      '--dir',
      folder,
      ...COMMON,
      ...secrets,
      ...(isClusterNode ? await busArgs(busPorts, folder) : []),
      ...args,
    ],
    probe: ({ host, port, path }) =>
      onRedis({ host, port, path, tls: tls && certified, password }, async (wire) => {
        await wire.command('PING');
      }),
  });
}

/**
 * The port among the nodes stays when a node starts anew where it was; if somebody else has taken it, the node begins elsewhere.
 *
 * @param {Map<string, number>} known the ports by folder
 * @param {string} folder
 */
async function busArgs(known, folder) {
  const port = known.get(folder) ?? (await freePort());
  known.set(folder, port);
  return ['--cluster-enabled', 'yes', '--cluster-port', String(port)];
}

/**
 * @param {number} port
 * @param {string | undefined} path
 * @param {RedisOptions['tls']} tls
 * @returns {string[]}
 */
function listenArgs(port, path, tls) {
  if (path !== undefined) return ['--port', '0', '--unixsocket', path];
  if (!tls) return ['--port', String(port)];
  const files = [
    '--tls-cert-file',
    certificatePath('server.pem'),
    '--tls-key-file',
    certificatePath('server.key'),
  ];
  const clients = ['--tls-ca-cert-file', certificatePath('authority.pem'), '--tls-auth-clients'];
  return ['--port', '0', '--tls-port', String(port), ...files, ...clients, tls === 'both' ? 'yes' : 'no'];
}

/**
 * Starts a leader and replicas that follow it.
 *
 * @param {RedisOptions & { replicas?: number }} [options]
 * @returns {Promise<{ leader: ServerProcess, replicas: ServerProcess[], servers: ServerProcess[], caughtUp(): Promise<void>, stop(): Promise<void> }>}
 */
export async function startRedisReplicas({ replicas: count = 1, password, args = [] } = {}) {
  const leader = await startRedis({ password, args: ['--repl-diskless-sync-delay', '0', ...args] });
  const followArgs = ['--replicaof', `${leader.host} ${leader.port}`, ...args];
  const replicas = await Promise.all(
    Array.from({ length: count }, () => startRedis({ password, args: followArgs })),
  );
  const servers = [leader, ...replicas];
  const info = (/** @type {ServerProcess} */ { host, port }) =>
    onRedis({ host, port, password }, (wire) => redisInfo(wire, 'replication'));
  const caughtUp = async () => {
    const written = Number((await info(leader)).get('master_repl_offset'));
    for (const replica of replicas)
      await until('a replica has what the leader has', async () => {
        const state = await info(replica);
        return state.get('master_link_status') === 'up' && Number(state.get('slave_repl_offset')) >= written;
      });
  };
  await caughtUp();
  return { leader, replicas, servers, caughtUp, stop: () => stopAll(servers) };
}

/** @param {readonly ServerProcess[]} servers */
export async function stopAll(servers) {
  await Promise.all(servers.map((server) => server.stop()));
}

// @ts-check
import { onRedis } from './redis-wire.mjs';
import { startRedis, stopAll } from './redis-server.mjs';
import { freePort } from './free-port.mjs';
import { until } from './server-process.mjs';

/** @typedef {import('./server-process.mjs').ServerProcess} ServerProcess */

const SLOTS = 16_384;

/**
 * Starts a cluster of masters that share the slots evenly.
 *
 * @param {{ masters?: number, password?: string, args?: readonly string[] }} [options]
 * @returns {Promise<{ servers: ServerProcess[], stop(): Promise<void> }>}
 */
export async function startRedisCluster({ masters = 3, password, args = [] } = {}) {
  const servers = await Promise.all(
    Array.from({ length: masters }, async () => startNode(await freePort(), password, args)),
  );
  const onNode = (
    /** @type {ServerProcess} */ { host, port },
    /** @type {(wire: import('./redis-wire.mjs').RedisWire) => Promise<unknown>} */ run,
  ) => onRedis({ host, port, password }, run);

  for (const [index, server] of servers.entries()) {
    const first = Math.floor((index * SLOTS) / masters);
    const last = Math.floor(((index + 1) * SLOTS) / masters) - 1;
    await onNode(server, async (wire) => {
      await wire.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      await wire.command('CLUSTER', 'ADDSLOTSRANGE', first, last);
    });
  }
  await introduce(servers, onNode);
  for (const server of servers)
    await until('the cluster is complete', async () => {
      const state = String(await onNode(server, (wire) => wire.command('CLUSTER', 'INFO')));
      return state.includes('cluster_state:ok') && state.includes(`cluster_known_nodes:${masters}`);
    });
  return { servers, stop: () => stopAll(servers) };
}

/**
 * @param {number} busPort
 * @param {string | undefined} password
 * @param {readonly string[]} args
 */
function startNode(busPort, password, args) {
  const clusterArgs = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
  // One dead master must cost its own slots only.
  const tolerance = ['--cluster-require-full-coverage', 'no', '--cluster-node-timeout', '5000'];
  return startRedis({ password, args: [...clusterArgs, ...tolerance, ...args] });
}

/**
 * Everybody meets everybody, rather than wait for gossip.
 *
 * @param {ServerProcess[]} servers
 * @param {(server: ServerProcess, run: (wire: import('./redis-wire.mjs').RedisWire) => Promise<unknown>) => Promise<unknown>} onNode
 */
async function introduce(servers, onNode) {
  for (const server of servers)
    for (const other of servers)
      if (other !== server)
        await onNode(server, async (wire) => {
          const busPort = await onNode(other, (wire) => wire.command('CONFIG', 'GET', 'cluster-port'));
          const [, bus] = /** @type {string[]} */ (busPort);
          await wire.command('CLUSTER', 'MEET', other.host, other.port, String(bus));
        });
}

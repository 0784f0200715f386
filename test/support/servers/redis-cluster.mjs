// @ts-check
import { onRedis } from './redis-wire.mjs';
import { startRedis, stopAll } from './redis-server.mjs';
import { until } from './server-process.mjs';

/** @typedef {import('./server-process.mjs').ServerProcess} ServerProcess */

const SLOTS = 16_384;

/**
 * Starts a cluster of masters that share the slots evenly, and of replicas that stand by.
 *
 * @param {{ masters?: number, replicas?: number, nodeTimeoutMs?: number, password?: string, args?: readonly string[] }} [options] `replicas`: of
 *   each master; `nodeTimeoutMs`: how long a node is silent before the others take it for dead
 * @returns {Promise<{ servers: ServerProcess[], replicas: ServerProcess[], stop(): Promise<void> }>} `servers`: the masters
 */
export async function startRedisCluster({
  masters = 3,
  replicas: replicasEach = 0,
  nodeTimeoutMs = 5000,
  password,
  args = [],
} = {}) {
  // One dead master must cost its own slots only.
  const tolerance = [
    '--cluster-require-full-coverage',
    'no',
    '--cluster-node-timeout',
    String(nodeTimeoutMs),
  ];
  const nodes = await Promise.all(
    Array.from({ length: masters * (1 + replicasEach) }, () =>
      startRedis({
        password,
        isClusterNode: true,
        args: ['--repl-diskless-sync-delay', '0', ...tolerance, ...args],
      }),
    ),
  );
  const servers = nodes.slice(0, masters);
  const replicas = nodes.slice(masters);
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
  await introduce(nodes, onNode);
  for (const node of nodes)
    await until('the cluster is complete', async () => {
      const state = String(await onNode(node, (wire) => wire.command('CLUSTER', 'INFO')));
      return state.includes('cluster_state:ok') && state.includes(`cluster_known_nodes:${nodes.length}`);
    });
  for (const [index, replica] of replicas.entries()) {
    const id = await onNode(/** @type {ServerProcess} */ (servers[index % masters]), (wire) =>
      wire.command('CLUSTER', 'MYID'),
    );
    await onNode(replica, (wire) => wire.command('CLUSTER', 'REPLICATE', String(id)));
  }
  for (const node of nodes)
    await until('all replicas follow, and everybody knows', async () => {
      const list = String(await onNode(node, (wire) => wire.command('CLUSTER', 'NODES')));
      const link = String(await onNode(node, (wire) => wire.command('INFO', 'replication')));
      const known = list.split('\n').filter((line) => line.includes('slave')).length;
      return known === replicas.length && (servers.includes(node) || link.includes('master_link_status:up'));
    });
  return { servers, replicas, stop: () => stopAll(nodes) };
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

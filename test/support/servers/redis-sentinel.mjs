// @ts-check
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onRedis } from './redis-wire.mjs';
import { startRedisReplicas, stopAll } from './redis-server.mjs';
import { ServerProcess, until } from './server-process.mjs';

/** The name under which the sentinels know the leader. */
const MASTER_NAME = 'mymaster';

/**
 * Starts a leader, a replica, and sentinels that watch them.
 *
 * @param {{ sentinels?: number, replicas?: number, password?: string, downAfterMs?: number }} [options] `downAfterMs`: how long the
 *   leader is silent before the sentinels elect another; long by default, so that a busy machine is not taken for a dead server
 */
export async function startRedisSentinel({
  sentinels: count = 3,
  replicas = 1,
  password,
  downAfterMs = 10_000,
} = {}) {
  const data = await startRedisReplicas({ replicas, password });
  const watch = [
    `sentinel monitor ${MASTER_NAME} ${data.leader.host} ${data.leader.port} ${Math.floor(count / 2) + 1}`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${MASTER_NAME} ${Math.max(downAfterMs, 2000)}`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${MASTER_NAME} ${password}`]),
  ];
  const sentinels = await Promise.all(Array.from({ length: count }, () => startOne(watch)));
  for (const { host, port } of sentinels)
    await until('the sentinels know each other and the replicas', async () => {
      const seen = await onRedis({ host, port }, (wire) => wire.command('SENTINEL', 'MASTER', MASTER_NAME));
      const facts = pairs(/** @type {string[]} */ (seen));
      return (
        facts.get('num-other-sentinels') === String(count - 1) && facts.get('num-slaves') === String(replicas)
      );
    });
  const stop = async () => {
    await stopAll(sentinels);
    await data.stop();
  };
  return { ...data, name: MASTER_NAME, sentinels, stop };
}

/** @param {string[]} watch lines of the configuration, which a sentinel takes from a file alone, and rewrites */
function startOne(watch) {
  return ServerProcess.start({
    command: 'redis-server',
    args: async ({ port, folder }) => {
      const file = join(folder, 'sentinel.conf');
      await writeFile(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...watch, ''].join('\n'));
      return [file, '--sentinel'];
    },
    probe: ({ host, port }) =>
      onRedis({ host, port }, async (wire) => {
        await wire.command('PING');
      }),
  });
}

/**
 * @param {string[]} flat
 * @returns {Map<string, string>}
 */
function pairs(flat) {
  return new Map(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : [])));
}

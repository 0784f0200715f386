import { CALLERS } from '../stores/callers.mjs';
import { compareOnMemcached } from '../stores/memcached.mjs';
import { compareOnRedis } from '../stores/redis.mjs';

const STORES = {
  redis: { title: 'Redis', compare: compareOnRedis },
  memcached: { title: 'Memcached', compare: compareOnMemcached },
};

/** @param {import('../harness.mjs').Harness} harness */
export async function run(harness) {
  for (const [name, { title, compare }] of Object.entries(STORES)) {
    if (harness.only !== undefined && harness.only !== name) continue;
    harness.table(
      `${title}, ${CALLERS} callers, values of 1 kB, operations per second (getMany: keys per second); ratio = ours / theirs, median (quartiles)`,
      await compare(harness),
    );
  }
}

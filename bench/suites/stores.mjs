import { CALLERS } from '../stores/callers.mjs';
import { compareOnMariadb, compareOnPostgres, compareOnSqlite } from '../stores/databases.mjs';
import { compareOnMemcached } from '../stores/memcached.mjs';
import { compareOnRedis } from '../stores/redis.mjs';

const STORES = {
  redis: { title: 'Redis', compare: compareOnRedis },
  memcached: { title: 'Memcached', compare: compareOnMemcached },
  postgres: { title: 'PostgreSQL (fsync off)', compare: compareOnPostgres },
  mariadb: { title: 'MariaDB (no fsync)', compare: compareOnMariadb },
  sqlite: { title: 'SQLite (better-sqlite3, WAL)', compare: compareOnSqlite },
};

const SECONDS = 'operations per second (of batches: keys per second)';

/** @param {import('../harness.mjs').Harness} harness */
export async function run(harness) {
  for (const [name, { title, compare }] of Object.entries(STORES)) {
    if (harness.only !== undefined && harness.only !== name) continue;
    harness.table(
      `${title}, ${CALLERS} callers unless it says otherwise, values of 1 kB, ${SECONDS}; ratio = ours / theirs, median (quartiles)`,
      await compare(harness),
    );
  }
}

import { rowId } from '../../../dist/backends/database/row-id.js';

/** @typedef {import('./place.mjs').Place} Place */

const VALUE_BYTES = 1000;
const LIFETIME_MS = 86_400_000;
const SCOPE = '0'.repeat(16);
const COLUMNS = 'id, cache_key, value, expires_at, written_at, scope';

export function keyOfRow(number) {
  return `row:${number}`;
}

/**
 * Puts rows into a cache table, for the keys from `keyOfRow(1)` on.
 *
 * @param {Place['dialect']} dialect
 * @param {import('./table.mjs').Table} table
 * @param {number} count
 */
export async function fill(dialect, table, count) {
  await { postgres: fillPostgres, mysql: fillMysql, sqlite: fillSqlite }[dialect](table, count, Date.now());
  const [row] = await table.dataSource.query(`SELECT COUNT(*) AS count FROM ${table.name}`);
  if (Number(row.count) !== count) throw new Error(`${row.count} of ${count} rows are there.`);
}

async function fillPostgres({ name, dataSource }, count, now) {
  const id = `left(encode(sha256(key::bytea), 'hex'), 32)`;
  await dataSource.query(
    `INSERT INTO ${name} (${COLUMNS}) SELECT ${id}, key, repeat('x', ${VALUE_BYTES})::bytea, ${now + LIFETIME_MS} + number, ${now - LIFETIME_MS} + number, '${SCOPE}' ` +
      `FROM (SELECT number, ':1:${keyOfRow('')}' || number AS key FROM generate_series(1, ${count}) AS number) AS numbers`,
  );
  await dataSource.query(`VACUUM ANALYZE ${name}`);
}

/** In the order of the ids, which is that of the table. */
async function fillMysql({ name, dataSource }, count, now) {
  await dataSource.query(
    `INSERT INTO ${name} (${COLUMNS}) SELECT LEFT(SHA2(word, 256), 32) AS row_id, word, REPEAT('x', ${VALUE_BYTES}), ${now + LIFETIME_MS} + seq, ${now - LIFETIME_MS} + seq, '${SCOPE}' ` +
      `FROM (SELECT seq, CONCAT(':1:${keyOfRow('')}', seq) AS word FROM seq_1_to_${count}) AS numbers ORDER BY row_id`,
  );
}

async function fillSqlite({ name, dataSource }, count, now) {
  const runner = dataSource.createQueryRunner();
  const database = await runner.connect();
  const insert = database.prepare(`INSERT INTO ${name} (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const value = Buffer.alloc(VALUE_BYTES, 'x');
  const rows = Array.from({ length: count }, (_, index) => rowOf(index + 1));
  database.transaction(() => {
    for (const row of rows.toSorted((one, other) => (one[0] < other[0] ? -1 : 1))) insert.run(...row);
  })();
  await runner.release();

  function rowOf(number) {
    const key = `:1:${keyOfRow(number)}`;
    return [rowId(key), key, value, now + LIFETIME_MS + number, now - LIFETIME_MS + number, SCOPE];
  }
}

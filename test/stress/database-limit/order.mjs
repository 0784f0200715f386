// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { openCaches } from 'nestjs-cache-framework';
import { DataSource } from 'typeorm';
import { StatementCount } from './statement-count.mjs';

const ROUNDS = 40;
const WRITES_PER_ROUND = 400;
const MAX_ENTRIES = 4000;
const TICK_MS = 1000;
const AT_REST_AFTER_MS = 150;

/** Each removed row is recorded by the database itself: whether it was live, and whether there was an expired one that should have gone first. */
const COLUMNS = 'was_live, expired_left';
const RECORD = (/** @type {string} */ old) =>
  `SELECT CASE WHEN ${old}.expires_at IS NULL OR ${old}.expires_at > the_time.now THEN 1 ELSE 0 END, ` +
  'CASE WHEN EXISTS (SELECT 1 FROM cache_entries WHERE expires_at <= the_time.now) THEN 1 ELSE 0 END FROM the_time';

/** @type {Record<string, string[]>} */
const TRIGGERS = {
  postgres: [
    // Planned while the table is empty, it would read all rows each time.
    `CREATE FUNCTION record_removal() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
     BEGIN INSERT INTO removals (${COLUMNS}) ${RECORD('OLD')}; RETURN NULL; END $$`,
    'CREATE TRIGGER record_removal AFTER DELETE ON cache_entries FOR EACH ROW EXECUTE FUNCTION record_removal()',
  ],
  mariadb: [
    `CREATE TRIGGER record_removal AFTER DELETE ON cache_entries FOR EACH ROW INSERT INTO removals (${COLUMNS}) ${RECORD('OLD')}`,
  ],
  'better-sqlite3': [
    `CREATE TRIGGER record_removal AFTER DELETE ON cache_entries BEGIN INSERT INTO removals (${COLUMNS}) ${RECORD('OLD')}; END`,
  ],
};

/**
 * What others are doing; nothing where the database works in this process.
 *
 * @type {Record<string, string>}
 */
const UNDER_WAY = {
  postgres: `SELECT pid FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  mariadb: `SELECT id FROM information_schema.processlist WHERE command IN ('Query', 'Execute') AND id <> CONNECTION_ID()`,
};

/**
 * @typedef {object} OrderReport
 * @property {number} liveRemoved
 * @property {number} expiredRemoved
 * @property {number} outOfOrder live ones that went while expired ones were there
 * @property {number} mixedRounds rounds in which both went
 */

/**
 * Writes to a full table in rounds, with a clock that is moved only when the clean-up has come to rest, so that the database can tell of each
 * removed row whether an expired one should have gone first.
 *
 * @param {import('typeorm').DataSourceOptions} options of a database with an empty cache table
 * @returns {Promise<OrderReport>}
 */
export async function checkOrder(options) {
  const statements = new StatementCount();
  const watched = await new DataSource({ ...options, logger: statements }).initialize();
  const admin = await new DataSource(options).initialize();
  let now = Date.UTC(2026, 0, 1);
  await admin.query('CREATE TABLE the_time (now bigint)');
  await admin.query(`INSERT INTO the_time VALUES (${now})`);
  await admin.query('CREATE TABLE removals (was_live int, expired_left int)');
  for (const statement of TRIGGERS[options.type] ?? []) await admin.query(statement);
  const registry = await openCaches(
    {
      default: {
        backend: 'database',
        timeout: null,
        onError: 'throw',
        operationTimeoutMs: 60_000,
        maxEntries: MAX_ENTRIES,
      },
    },
    { clock: { now: () => now }, warn: console.error, dataSources: { default: watched } },
  );
  const cache = registry.get('default');
  const sum = { liveRemoved: 0, expiredRemoved: 0, outOfOrder: 0, mixedRounds: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = 0; index < WRITES_PER_ROUND; index++) {
      // Some end with each tick, and are too few to make the room that is needed.
      const seconds = index % 8 === 0 ? 1 + (round % 3) : null;
      await cache.set(`${round}:${index}`, 'x'.repeat(100), seconds);
    }
    await atRest(statements, admin);
    const { live, expired, bad } = await removedSince(admin);
    sum.liveRemoved += live;
    sum.expiredRemoved += expired;
    sum.outOfOrder += bad;
    if (live > 0 && expired > 0) sum.mixedRounds++;
    now += TICK_MS;
    await admin.query(`UPDATE the_time SET now = ${now}`);
  }
  await registry.closeAll();
  await watched.destroy();
  await admin.destroy();
  return sum;
}

/** @param {DataSource} admin */
async function removedSince(admin) {
  const [row] = await admin.query(
    'SELECT SUM(was_live) AS live, SUM(1 - was_live) AS expired, SUM(was_live * expired_left) AS bad FROM removals',
  );
  await admin.query('DELETE FROM removals');
  return { live: Number(row.live), expired: Number(row.expired), bad: Number(row.bad) };
}

/**
 * A clean-up is over when no statement is under way, and none has been sent for a while.
 *
 * @param {StatementCount} statements
 * @param {DataSource} admin
 */
async function atRest(statements, admin) {
  const underWay = UNDER_WAY[admin.options.type];
  for (let seen = -1; seen !== statements.all;) {
    seen = statements.all;
    await delay(AT_REST_AFTER_MS);
    if (underWay && (await admin.query(underWay)).length > 0) seen = -1;
  }
}

// @ts-check
/**
 * Writes two million new keys into a cache table of 100,000 entries, as fast as it goes, while somebody else counts its rows:
 *
 *     node test/stress/database-limit.mjs [--database postgres|mariadb|sqlite] [--writes 2000000] [--max-entries 100000] [--processes 1]
 *         [--callers 8]
 *
 * Starts a database of its own. Exits with 1 if a promise is broken: the table never has more than a tenth and a batch too many rows, keeps
 * most of what it may keep, the cache never counts rows, and nothing live goes while something expired is there, which the database itself
 * records in a smaller run. Uses the built library.
 */
import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createCacheTable } from 'nestjs-cache-framework/database';
import { DataSource } from 'typeorm';
import { DATABASES } from './database-limit/databases.mjs';
import { checkOrder } from './database-limit/order.mjs';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgres' },
    writes: { type: 'string', default: '2000000' },
    'max-entries': { type: 'string', default: '100000' },
    processes: { type: 'string', default: '1' },
    callers: { type: 'string', default: '8' },
  },
});
const writes = Number(options.writes);
const maxEntries = Number(options['max-entries']);
const processes = Number(options.processes);
const start = DATABASES[options.database];
if (!start || !(writes > 0) || !(maxEntries > 0) || !(processes > 0) || !(Number(options.callers) > 0)) {
  console.error(`--database: ${Object.keys(DATABASES).join(', ')}; the others: whole numbers greater than 0`);
  process.exit(2);
}

const BATCH = 1000;
const COUNT_EVERY_MS = 250;
const mostRows = Math.floor(1.1 * maxEntries) + BATCH;

/** @type {string[]} */
const broken = [];
/**
 * @param {boolean} isKept
 * @param {string} promise
 */
function expect(isKept, promise) {
  console.log(`${isKept ? 'kept  ' : 'BROKEN'} ${promise}`);
  if (!isKept) broken.push(promise);
}

const show = (/** @type {number} */ number) => Math.round(number).toLocaleString('en');

/**
 * @param {import('./database-limit/writer.mjs').WriterTask} task
 * @returns {Promise<import('./database-limit/writer.mjs').WriterReport>}
 */
function runWriter(task) {
  const child = fork(fileURLToPath(new URL('database-limit/writer.mjs', import.meta.url)));
  child.send(task);
  return new Promise((resolve, reject) => {
    child.once('message', (report) => {
      resolve(/** @type {import('./database-limit/writer.mjs').WriterReport} */ (report));
    });
    child.once('exit', (code) => reject(new Error(`a writer ended with ${code}`)));
  });
}

/**
 * @param {DataSource} watcher
 * @param {{ isOver: boolean }} writing
 */
async function countRows(watcher, writing) {
  const counts = [];
  while (!writing.isOver) {
    const [row] = await watcher.query('SELECT COUNT(*) AS n FROM cache_entries');
    counts.push(Number(row.n));
    await delay(COUNT_EVERY_MS);
  }
  return counts;
}

/** @param {import('typeorm').DataSourceOptions} connection */
async function checkLimit(connection) {
  const watcher = await new DataSource(connection).initialize();
  const writing = { isOver: false };
  const counting = countRows(watcher, writing);
  const began = performance.now();
  const reports = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      runWriter({
        name: `writer-${index}`,
        writes: Math.ceil(writes / processes),
        callers: Number(options.callers),
        options: connection,
        limits: { maxEntries },
      }),
    ),
  );
  const seconds = (performance.now() - began) / 1000;
  writing.isOver = true;
  const counts = await counting;
  await watcher.destroy();

  const sum = (/** @type {(report: typeof reports[number]) => number} */ of) =>
    reports.reduce((total, report) => total + of(report), 0);
  const written = sum((report) => report.written);
  const firstFull = counts.findIndex((count) => count >= 0.9 * maxEntries);
  const full = firstFull === -1 ? [] : counts.slice(firstFull);
  const [most, least] = [Math.max(0, ...counts), Math.min(...full)];
  console.log(
    `${show(written)} writes by ${processes} processes in ${show(seconds)} s, ${show(written / seconds)} a second, ` +
      `${show(sum((report) => report.statements))} statements; ${counts.length} counts, once full from ${show(least)} to ${show(most)} rows`,
  );
  for (const text of new Set(reports.flatMap(({ failures, warnings }) => [...failures, ...warnings])))
    console.log(`  ${text}`);
  expect(most <= mostRows, `never more than ${show(mostRows)} rows: ${show(most)}`);
  expect(least >= 0.85 * maxEntries, `once full, never less than ${show(0.85 * maxEntries)} rows`);
  expect(
    sum((report) => report.counting) === 0 && sum((report) => report.statements) > 0,
    'no statement counts rows',
  );
  expect(
    reports.every(({ failures }) => failures.length === 0),
    'no statement failed',
  );
}

/** @param {import('typeorm').DataSourceOptions} connection */
async function checkRemovals(connection) {
  const { expiredRemoved, liveRemoved, mixedRounds, outOfOrder } = await checkOrder(connection);
  expect(
    outOfOrder === 0 && mixedRounds > 0,
    `nothing live goes before what is expired: ${show(outOfOrder)} of ${show(liveRemoved)} live ones did, beside ` +
      `${show(expiredRemoved)} expired ones; both went in ${mixedRounds} rounds`,
  );
}

const database = await start();
try {
  console.log(`${options.database}, ${show(maxEntries)} entries at most`);
  const setUp = await new DataSource(database.options).initialize();
  await createCacheTable(setUp);
  await checkLimit(database.options);
  await setUp.query('DELETE FROM cache_entries');
  await setUp.destroy();
  await checkRemovals(database.options);
  console.log(broken.length === 0 ? 'No promise was broken.' : `${broken.length} promises were broken.`);
  process.exitCode = broken.length === 0 ? 0 : 1;
} finally {
  await database.stop();
}

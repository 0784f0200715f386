import { CALLERS } from './callers.mjs';
import { compareWithRaw } from './database/comparisons.mjs';
import { compareWithPeers } from './database/peers.mjs';
import { onMariadb, onPostgres, onSqlite } from './database/place.mjs';
import { compareSizes } from './database/size.mjs';

/**
 * @typedef {import('../harness.mjs').Harness} Harness
 * @typedef {import('./database/place.mjs').Place} Place
 */

const TARGET = '≥ 0.85';
const TARGET_IN_PROCESS = '≥ 0.9';

/** Compares on a PostgreSQL of its own. @param {Harness} harness */
export function compareOnPostgres(harness) {
  return on(onPostgres, async (place) => [
    ...(await compareWithRaw(harness, place, TARGET, [CALLERS])),
    ...(await compareSizes(harness, place, CALLERS)),
    ...(await compareWithPeers(harness, place, CALLERS)),
  ]);
}

/** Compares on a MariaDB of its own. @param {Harness} harness */
export function compareOnMariadb(harness) {
  return on(onMariadb, async (place) => [
    ...(await compareWithRaw(harness, place, TARGET, [CALLERS])),
    ...(await compareSizes(harness, place, CALLERS)),
  ]);
}

/** Compares on SQLite files of its own, by better-sqlite3; callers wait for each other there. @param {Harness} harness */
export function compareOnSqlite(harness) {
  return on(onSqlite, async (place) => [
    ...(await compareWithRaw(harness, place, TARGET_IN_PROCESS, [1, CALLERS])),
    ...(await compareSizes(harness, place, CALLERS)),
  ]);
}

/**
 * @template T
 * @param {() => Promise<Place>} start
 * @param {(place: Place) => Promise<T>} compare
 */
async function on(start, compare) {
  const place = await start();
  try {
    return await compare(place);
  } finally {
    await place.stop();
  }
}

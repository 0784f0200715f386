// @ts-check
/**
 * Several processes race for the same rows of a cache table:
 *
 *     node test/stress/database-races.mjs [--database postgres|mariadb|sqlite|all] [--processes 8] [--adds 5000] [--incrs 50000]
 *
 * Each process does so many `add` of the same 500 keys, half of which are there and expired: each key must be won once. Then they
 * count up 5 keys, so many times together: no sum may be missing or come twice. No operation may fail. They also create the
 * table together. Exits with 1 if anything is not so. Uses the built library.
 */
import { parseArgs } from 'node:util';
import { DATABASES } from './races/databases.mjs';
import { raceToAdd, raceToCount } from './races/race.mjs';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'all' },
    processes: { type: 'string', default: '8' },
    adds: { type: 'string', default: '5000' },
    incrs: { type: 'string', default: '50000' },
  },
});
const databases = Object.entries(DATABASES).filter(([name]) => [name, 'all'].includes(options.database));
const processes = Number(options.processes);
const adds = Number(options.adds);
const incrs = Math.round(Number(options.incrs) / processes);
if (databases.length === 0 || !(processes > 0) || !(adds > 0) || !(incrs > 0)) {
  console.error(`--database: ${Object.keys(DATABASES).join(', ')} or all; the others are numbers above 0`);
  process.exit(2);
}

/** @param {string} beginning @param {number} count */
function keysOf(beginning, count) {
  return Array.from({ length: count }, (_, index) => `${beginning}:${index}`);
}

/**
 * @param {string} what
 * @param {import('./races/race.mjs').Verdict} verdict
 */
function report(what, { ms, wrong }) {
  const outcome = wrong.length === 0 ? 'as promised' : `${wrong.length} WRONG`;
  console.log(`${what}, in ${(ms / 1000).toFixed(1)} s: ${outcome}`);
  for (const sentence of wrong.slice(0, 5)) console.log(`  ${sentence}`);
  if (wrong.length > 0) process.exitCode = 1;
}

for (const [name, open] of databases) {
  const { close, dataSource } = await open();
  try {
    const winning = { processes, dataSource, keys: keysOf('key', 500), operations: adds };
    report(
      `${name}: ${processes} processes x ${adds} add of the same 500 keys, one winner each`,
      await raceToAdd(winning),
    );
    const counting = { processes, dataSource, keys: keysOf('count', 5), operations: incrs };
    report(
      `${name}: ${processes} processes x ${incrs} incr of the same 5 keys, no update lost`,
      await raceToCount(counting),
    );
  } finally {
    await close();
  }
}

// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./racer.mjs').Task} Task */
/** @typedef {import('./racer.mjs').Result} Result */

/**
 * @typedef {object} Race
 * @property {number} processes
 * @property {number} operations of each process
 * @property {readonly string[]} keys
 * @property {any} dataSource the options of a data source of TypeORM
 * @property {string} [framework] the module to race; by default the package
 * @property {readonly string[]} [execArgv] of the processes
 */

/**
 * What is wrong, a sentence each, and how long it took.
 *
 * @typedef {object} Verdict
 * @property {string[]} wrong
 * @property {number} ms
 */

const RACER = fileURLToPath(new URL('racer.mjs', import.meta.url));

/**
 * All processes `add` the same keys, over and over: each must be won by one of them, once.
 *
 * @param {Race} race
 * @returns {Promise<Verdict>}
 */
export async function raceToAdd(race) {
  const { ms, outcomes, wrong } = await run('add', race);
  for (const key of race.keys) {
    const wins = outcomes.get(key)?.length ?? 0;
    if (wins !== 1) wrong.push(`${key} was won ${wins} times`);
  }
  return { ms, wrong };
}

/**
 * All processes `incr` the same keys, which are there and 0: the sums that they are told must be 1, 2, 3, … with none missing and none twice.
 *
 * @param {Race} race
 * @returns {Promise<Verdict>}
 */
export async function raceToCount(race) {
  const { ms, outcomes, wrong } = await run('incr', race);
  let count = 0;
  for (const key of race.keys) {
    const sums = (outcomes.get(key) ?? []).toSorted((one, other) => one - other);
    const gap = sums.findIndex((sum, index) => sum !== index + 1);
    if (gap !== -1)
      wrong.push(`${key}: the sums go … ${sums.slice(Math.max(0, gap - 1), gap + 2).join(', ')} …`);
    count += sums.length;
  }
  const all = race.processes * race.operations;
  if (count !== all) wrong.push(`${count} of ${all} were counted`);
  return { ms, wrong };
}

/**
 * @param {Task['operation']} operation
 * @param {Race} race
 */
async function run(operation, { dataSource, execArgv, keys, framework, operations, processes }) {
  const task = { operation, operations, keys, framework: framework ?? 'nestjs-cache-framework', dataSource };
  const racers = Array.from({ length: processes }, (_, index) =>
    start({ ...task, name: `${index}` }, execArgv),
  );
  try {
    await Promise.all(racers.map(({ next }) => next()));
    const begun = performance.now();
    const results = racers.map(({ child, next }) => {
      const result = next();
      child.send('go');
      return /** @type {Promise<Result>} */ (result);
    });
    const all = await Promise.all(results);
    return { ms: performance.now() - begun, ...sumOf(all) };
  } finally {
    for (const { child } of racers) child.kill('SIGKILL');
  }
}

/**
 * @param {Task} task
 * @param {readonly string[]} [execArgv]
 */
function start(task, execArgv = []) {
  const child = fork(RACER, [JSON.stringify(task)], { execArgv: [...execArgv] });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`a process of the race ended: ${signal ?? `code ${code}`}`);
  });
  ended.catch(() => undefined);
  return { child, next: () => Promise.race([once(child, 'message').then(([message]) => message), ended]) };
}

/** @param {readonly Result[]} results */
function sumOf(results) {
  /** @type {Map<string, number[]>} */
  const outcomes = new Map();
  for (const [key, outcome] of results.flatMap(({ done }) => done)) {
    const known = outcomes.get(key);
    if (known) known.push(outcome);
    else outcomes.set(key, [outcome]);
  }
  return {
    outcomes,
    wrong: [...results.flatMap(({ failures }) => failures), ...results.flatMap(({ warnings }) => warnings)],
  };
}

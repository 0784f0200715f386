// @ts-check
/**
 * One process of a race: opens the cache, says that it is ready, and when it is told to go does its operations, some at the same time.
 * Then it tells what became of them.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';

/** @typedef {import('nestjs-cache-framework').CacheService} CacheService */

/**
 * @typedef {object} Task
 * @property {'add' | 'incr'} operation
 * @property {number} operations
 * @property {readonly string[]} keys
 * @property {string} name of this process
 * @property {string} framework the module to race
 * @property {any} dataSource
 */

/**
 * @typedef {object} Result
 * @property {[key: string, outcome: number][]} done `add`: 1 for each key that was won; `incr`: each sum
 * @property {string[]} failures
 * @property {string[]} warnings
 */

const AT_ONCE = 8;
/** What a race of processes holds up is no failure. */
const DEADLINE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** What a cache says that has not reached the database yet: on a busy machine that takes a while. */
const SLOW_START = 'no answer within';
let behindMs = 0;

const task = /** @type {Task} */ (JSON.parse(process.argv[2] ?? ''));
/** @type {Result} */
const result = { done: [], failures: [], warnings: [] };

/** @type {Record<Task['operation'], (cache: CacheService, key: string) => Promise<void>>} */
const OPERATIONS = {
  async add(cache, key) {
    if (await cache.add(key, task.name, null)) result.done.push([key, 1]);
  },
  async incr(cache, key) {
    result.done.push([key, await cache.incr(key)]);
  },
};

/**
 * What is there before: half of the keys to add, but expired; all of those to count.
 *
 * @type {Record<Task['operation'], (cache: CacheService) => Promise<unknown>>}
 */
const BEFORE = {
  async add(cache) {
    behindMs = HOUR_MS;
    const old = task.keys.filter((_, index) => index % 2 === 0);
    await cache.setMany(
      old.map((key) => [key, 'old']),
      HOUR_MS / 2000,
    );
    behindMs = 0;
  },
  async incr(cache) {
    for (const key of task.keys) await cache.add(key, 0, null);
  },
};

/** All keys, in an order of its own, and again in another one. */
function* turns() {
  for (let turn = 0; turn < task.operations;) {
    const shuffled = task.keys
      .map((key) => ({ key, at: randomInt(2 ** 40) }))
      .toSorted((one, other) => one.at - other.at);
    for (const { key } of shuffled) if (turn++ < task.operations) yield key;
  }
}

/** @param {string} message */
function warn(message) {
  if (!message.includes(SLOW_START)) result.warnings.push(message);
}

/** @param {CacheService} cache */
async function inUse(cache) {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      await cache.get('anything');
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await delay(10);
    }
  }
}

/** @param {unknown} error */
function failed(error) {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause})` : '';
  result.failures.push(String(error) + cause);
}

/** @param {CacheService} cache */
async function race(cache) {
  const keys = turns();
  const lane = async () => {
    for (const key of keys) {
      try {
        await OPERATIONS[task.operation](cache, key);
      } catch (error) {
        failed(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

const { openCaches } = /** @type {typeof import('nestjs-cache-framework')} */ (await import(task.framework));
const dataSource = new DataSource(task.dataSource);
const registry = await openCaches(
  {
    default: {
      backend: 'database',
      dataSource,
      createTable: true,
      onError: 'throw',
      operationTimeoutMs: DEADLINE_MS,
    },
  },
  { clock: { now: () => Date.now() - behindMs }, warn, log: () => {} },
);
const cache = registry.get('default');
await inUse(cache);
await BEFORE[task.operation](cache).catch(failed);
process.once('message', () => {
  void race(cache).then(async () => {
    await registry.closeAll();
    if (dataSource.isInitialized) await dataSource.destroy();
    process.send?.(result, () => process.disconnect());
  });
});
process.send?.('ready');

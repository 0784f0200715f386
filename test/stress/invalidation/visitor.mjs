// @ts-check
/** One process that reads films from a cache, and invalidates those that it owns. */
import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'redis';
import { chance } from './chance.mjs';

/** @typedef {import('nestjs-cache-framework').CacheService} CacheService */

/**
 * @typedef {object} Task
 * @property {string} url
 * @property {string} framework the module to test
 * @property {number} process which one this is
 * @property {number} processes
 * @property {number} seconds
 * @property {number} films
 * @property {number} lanes how many do something at once
 * @property {number} seed
 */

/**
 * @typedef {object} Report
 * @property {number} reads
 * @property {number} computations
 * @property {number} invalidations
 * @property {number} evictions
 * @property {number} clears
 * @property {string[]} wrong
 */

const task = /** @type {Task} */ (JSON.parse(process.argv[2] ?? ''));
/** @type {Report} */
const report = { reads: 0, computations: 0, invalidations: 0, evictions: 0, clears: 0, wrong: [] };

const { openCaches } = /** @type {typeof import('nestjs-cache-framework')} */ (await import(task.framework));
const registry = await openCaches(
  {
    default: {
      backend: 'redis',
      location: task.url,
      keyPrefix: 'films',
      onError: 'throw',
      operationTimeoutMs: 30_000,
    },
  },
  { warn: (message) => report.wrong.push(message) },
);
const cache = registry.get('default');
const truth = createClient({ url: task.url });
await truth.connect();

/** @param {number} film @returns {Promise<number>} */
async function versionOf(film) {
  return Number(await truth.get(`truth:${film}`));
}

/** Every second film has no tags, and is deleted by its key. @param {number} film */
const hasTags = (film) => film % 2 === 0;
/** @param {number} film */
const tagsOf = (film) => (hasTags(film) ? ['films', `film:${film}`, `genre:${film % 5}`] : []);
/** @param {number} film */
const keyOf = (film) => `film:${film}`;

/** What it takes to compute a film: its version is read early, and used late. @param {number} film @param {() => number} random */
async function compute(film, random) {
  report.computations++;
  if (random() < 0.3) await delay(random() * 5);
  const version = await versionOf(film);
  if (random() < 0.5) await delay(random() * 20);
  return version;
}

/**
 * Ways to read films: each answers with versions by film.
 *
 * @type {((films: number[], random: () => number) => Promise<Map<number, number>>)[]}
 */
const READINGS = [
  async ([film], random) => {
    const id = /** @type {number} */ (film);
    return new Map([[id, await cache.getOrSet(keyOf(id), () => compute(id, random), { tags: tagsOf(id) })]]);
  },
  async ([film]) => {
    const id = /** @type {number} */ (film);
    const version = /** @type {number | undefined} */ (await cache.get(keyOf(id)));
    return new Map(version === undefined ? [] : [[id, version]]);
  },
  async (films) => {
    const found = /** @type {Map<string, number>} */ (await cache.getMany(films.map(keyOf)));
    return new Map(
      films.flatMap((film) => (found.has(keyOf(film)) ? [[film, found.get(keyOf(film)) ?? 0]] : [])),
    );
  },
  async ([first, ...others], random) => {
    const one = /** @type {number} */ (first);
    const films = [one, ...others.filter((film) => hasTags(film) === hasTags(one))];
    /** @param {string[]} missing */
    const load = async (missing) => {
      const versions = await Promise.all(
        missing.map((key) => compute(Number(key.slice('film:'.length)), random)),
      );
      return missing.map((key, index) => /** @type {[string, number]} */ ([key, versions[index] ?? 0]));
    };
    const tags = [...new Set(films.flatMap(tagsOf))];
    const found = await cache.getOrSetMany(films.map(keyOf), load, { tags });
    return new Map(films.map((film) => [film, found.get(keyOf(film)) ?? 0]));
  },
];

/** @param {() => number} random */
async function read(random) {
  const count = 1 + Math.floor(random() * 5);
  const films = [...new Set(Array.from({ length: count }, () => Math.floor(random() * task.films)))];
  const reading = /** @type {(typeof READINGS)[number]} */ (READINGS[Math.floor(random() * READINGS.length)]);
  const acknowledged = await truth.mGet(films.map((film) => `acknowledged:${film}`));
  const versions = await reading(films, random);
  report.reads++;
  films.forEach((film, index) => {
    const version = versions.get(film);
    const least = Number(acknowledged[index]);
    if (version !== undefined && version < least) {
      report.wrong.push(
        `film ${film}: version ${version} after ${least} was acknowledged (way ${READINGS.indexOf(reading)})`,
      );
    }
  });
}

/** @param {number} film @param {() => number} random */
async function change(film, random) {
  const version = await truth.incr(`truth:${film}`);
  if (hasTags(film)) {
    const [all, own, genre] = /** @type {[string, string, string]} */ (tagsOf(film));
    const tag = random() < 0.8 ? own : random() < 0.5 ? genre : all;
    await cache.invalidateTags([tag]);
  } else if (random() < 0.8) {
    await cache.delete(keyOf(film));
  } else {
    await cache.deleteMany([keyOf(film), keyOf(film + 2)]);
  }
  await truth.set(`acknowledged:${film}`, version);
  report.invalidations++;
}

/** Removes the stamp of a tag, or a value or a lease, as a store does that is full. @param {number} film */
async function evict(film) {
  const stamp = `tag:${hash('sha256', `film:${film}`, 'base64url')}`;
  report.evictions += await truth.del(`films:1:${hasTags(film) ? stamp : keyOf(film)}`);
}

/** @param {number} lane */
async function work(lane) {
  const random = chance(task.seed * 10_000 + task.process * 100 + lane);
  const workers = task.processes * task.lanes;
  const worker = task.process * task.lanes + lane;
  const owned = Array.from({ length: task.films }, (_, film) => film).filter(
    (film) => film % workers === worker,
  );
  const end = performance.now() + task.seconds * 1000;
  while (performance.now() < end) {
    const film = owned[Math.floor(random() * owned.length)];
    const what = random();
    if (film !== undefined && what < 0.4) await change(film, random);
    else if (film !== undefined && what < 0.42) await evict(film);
    else if (what > 0.9999) report.clears += await cache.clear().then(() => 1);
    else await read(random);
  }
}

await Promise.all(
  Array.from({ length: task.lanes }, (_, lane) =>
    work(lane).catch((/** @type {unknown} */ error) => report.wrong.push(String(error))),
  ),
);
await registry.closeAll();
await truth.close();
process.send?.(report);
process.disconnect?.();

import { startRedis } from '../../test/support/servers/index.mjs';
import { comparePages } from '../pages/compare.mjs';
import { CONNECTIONS } from '../pages/load.mjs';
import { moveToLoad, processors } from '../pages/processors.mjs';
import { assertOneRoundTrip } from '../pages/round-trips.mjs';
import { runEarly } from './early.mjs';
import { startServer } from '../pages/server.mjs';

/** @typedef {import('../harness.mjs').Harness} Harness */
/** @typedef {import('../pages/processors.mjs').Processors} Processors */

const TITLES = { express: 'Express', fastify: 'Fastify' };
const KINDS = { json: '2.4 kB of JSON', html: '100 kB of HTML' };
const HITS_WANTED = { express: '≥ 1.3', fastify: '≥ 1.15' };
const REST_WANTED = '≥ 0.95';
/** How many of each application take turns. */
const PROCESSES = { full: 3, quick: 1 };

/** @param {Harness} harness */
export async function run(harness) {
  const places = processors();
  moveToLoad(places);
  harness.print(
    places
      ? `Servers on processor ${places.server}, load on ${places.load}.`
      : 'Servers and load share the processors: the system has no taskset, or this process a single processor.',
  );
  for (const platform of Object.keys(TITLES)) {
    if (isAsked(harness, platform)) await runInMemory(harness, platform, places);
  }
  if (isAsked(harness, 'redis')) await runOnRedis(harness, places);
  if (isAsked(harness, 'early')) await runEarly(harness);
}

function isAsked({ only }, part) {
  return only === undefined || only === part;
}

async function runInMemory(harness, platform, places) {
  const subjects = ['plain', 'plain', 'ours', 'ours, not cached', 'ours, bypassed', 'cache-manager'];
  const tasks = subjects.map((subject) => ({ platform, subject }));
  await withFleets(
    harness,
    tasks,
    places,
    async ([plain, plainAgain, ours, uncached, bypassed, cacheManager]) => {
      const rows = [];
      for (const [kind, about] of Object.entries(KINDS)) {
        const compare = (label, pair) =>
          comparePages(harness, { label: `${label}, ${about}`, kind, ...pair });
        rows.push(
          await compare('hit', { ours, theirs: cacheManager, wanted: HITS_WANTED[platform] }),
          await compare('not cached', { ours: uncached, theirs: plain, wanted: REST_WANTED }),
          await compare('bypassed', { ours: bypassed, theirs: plain, wanted: REST_WANTED }),
          await compare('hit', { ours, theirs: plain }),
          await compare('no difference', { ours: plainAgain, theirs: plain }),
        );
      }
      harness.table(titleOf(`${TITLES[platform]}, pages in memory`), rows);
    },
  );
}

async function runOnRedis(harness, places) {
  const redis = await startRedis();
  const url = `redis://${redis.host}:${redis.port}`;
  try {
    const rows = [];
    for (const platform of Object.keys(TITLES)) {
      const tasks = ['ours', 'cache-manager'].map((subject) => ({ platform, subject, redis: url }));
      rows.push(
        ...(await withFleets(harness, tasks, places, (fleets) =>
          comparedOnRedis(harness, platform, fleets, redis),
        )),
      );
    }
    harness.table(titleOf('Pages on Redis'), rows);
  } finally {
    await redis.stop();
  }
}

async function comparedOnRedis(harness, platform, [ours, theirs], redis) {
  const rows = [];
  for (const [kind, about] of Object.entries(KINDS)) {
    const command = await assertOneRoundTrip(ours[0], kind, redis);
    const label = `hit on ${TITLES[platform]}, ${about}`;
    const row = await comparePages(harness, { label, kind, ours, theirs });
    rows.push({ ...row, 'our round trips': `1 (${command})` });
  }
  return rows;
}

async function withFleets(harness, tasks, places, use) {
  const size = harness.isQuick ? PROCESSES.quick : PROCESSES.full;
  const fleets = tasks.map(() => []);
  try {
    for (const [index, task] of tasks.entries()) {
      while (fleets[index].length < size) fleets[index].push(await startServer(task, places));
    }
    return await use(fleets);
  } finally {
    await Promise.all(fleets.flat().map((server) => server.stop()));
  }
}

function titleOf(where) {
  return `${where}: requests per second over ${CONNECTIONS} connections; ratio = ours / theirs, median (quartiles)`;
}

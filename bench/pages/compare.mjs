import { grouped, ratioText } from '../table.mjs';
import { CONNECTIONS, Load } from './load.mjs';
import { expectedOf, nameOf, prove, runsAlways } from './proof.mjs';

/** @typedef {import('../harness.mjs').Harness} Harness */
/** @typedef {import('./server.mjs').PageServer} PageServer */
/** @typedef {import('./proof.mjs').Kind} Kind */

/**
 * Processes of one application, which take turns: two processes of the same program differ by several percent for as long as they live.
 *
 * @typedef {readonly PageServer[]} Fleet
 *
 * @typedef {object} Pairing
 * @property {string} label
 * @property {Kind} kind
 * @property {Fleet} ours
 * @property {Fleet} theirs
 * @property {string} [wanted]
 */

/** Long enough for a process that comes after others to find its way back into the caches of the processor. */
const REQUESTS = { json: 100 * CONNECTIONS, html: 25 * CONNECTIONS };
/** How many of these the engine needs until it has optimised what it runs. */
const WALKS_TO_WARM_UP = { full: 8, quick: 2 };

/** Compares two applications; returns a row of a table. @param {Harness} harness @param {Pairing} pairing */
export async function comparePages(harness, { kind, label, ours, theirs, wanted = '' }) {
  for (const server of [...ours, ...theirs]) {
    harness.progress(`pages: ${label}, warming up ${nameOf(server)}`);
    await warmUp(server, kind, harness.isQuick);
  }
  const comparison = await underLoad(ours, kind, (ourSide) =>
    underLoad(theirs, kind, (theirSide) => harness.compare(label, ourSide, theirSide)),
  );
  return rowOf(comparison, { label, peer: theirs[0].task.subject, wanted });
}

/** A comparison as a row of a table. @param {{ label: string, peer: string, wanted: string }} names */
export function rowOf(comparison, { label, peer, wanted }) {
  return {
    case: label,
    peer,
    ours: grouped(comparison.ours),
    theirs: grouped(comparison.theirs),
    ratio: ratioText(comparison),
    wanted,
    'by processor time': ratioText(comparison.byProcessorTime),
    'server busy': comparison.busy.map((share) => `${Math.round(share * 100)} %`).join(' / '),
  };
}

/** What has been optimised for one kind of page stays so: each server needs it once. @type {WeakMap<PageServer, Set<Kind>>} */
const warm = new WeakMap();

/** @param {PageServer} server @param {Kind} kind @param {boolean} isQuick */
async function warmUp(server, kind, isQuick) {
  const kinds = warm.get(server) ?? new Set();
  if (kinds.has(kind)) return;
  warm.set(server, kinds.add(kind));
  await underLoad([server], kind, async ({ walk }) => {
    for (let walks = isQuick ? WALKS_TO_WARM_UP.quick : WALKS_TO_WARM_UP.full; walks > 0; walks--)
      await walk();
  });
}

/**
 * Proves that all processes answer as they should before they are asked for much, and that they did afterwards.
 *
 * @template T
 * @param {Fleet} fleet
 * @param {Kind} kind
 * @param {(side: import('../harness.mjs').Side) => Promise<T>} task
 */
async function underLoad(fleet, kind, task) {
  const lanes = [];
  for (const server of fleet) lanes.push(await openLane(server, kind));
  try {
    const result = await task(sideOf(lanes, kind));
    for (const lane of lanes) await assertRuns(lane, kind);
    return result;
  } finally {
    for (const { load } of lanes) load.close();
  }
}

/** @returns {Promise<Lane>} */
async function openLane(server, kind) {
  const runs = await prove(server, kind);
  return { server, runs, load: await Load.open(server.port, `/${kind}`, expectedOf(server, kind)) };
}

/**
 * @typedef {object} Lane
 * @property {PageServer} server
 * @property {number} runs of the handler, before the load
 * @property {Load} load
 */

/** @param {Lane[]} lanes @param {Kind} kind @returns {import('../harness.mjs').Side} */
function sideOf(lanes, kind) {
  const operations = REQUESTS[kind];
  let turn = 0;
  return {
    name: nameOf(lanes[0].server),
    walk: () => lanes[turn++ % lanes.length].load.run(operations),
    operations,
    processorMs: async () => {
      let sum = 0;
      for (const { server } of lanes) sum += (await server.state()).processorMs;
      return sum;
    },
  };
}

async function assertRuns({ load, runs: before, server }, kind) {
  const expected = before + (runsAlways(server) ? load.answered : 0);
  const { runs } = await server.state();
  if (runs[kind] !== expected)
    throw new Error(`${nameOf(server)}: the handler ran ${runs[kind]} times in place of ${expected}`);
}

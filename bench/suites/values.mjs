import { isDeepStrictEqual } from 'node:util';
import { largeObject, shuffled, smallObject, smallText } from '../samples.mjs';
import { openAsyncMap } from '../subjects/async-map.mjs';
import { openBentocache } from '../subjects/bentocache.mjs';
import { openCacheManager } from '../subjects/cache-manager.mjs';
import { openCacheable } from '../subjects/cacheable.mjs';
import { openAwaitedLruCache, openLruCache } from '../subjects/lru-cache.mjs';
import { openOurs } from '../subjects/ours.mjs';
import { grouped, ratioText } from '../table.mjs';

/** @typedef {import('../subjects/subject.mjs').Subject} Subject */

const PEERS = [openLruCache, openCacheManager, openBentocache, openCacheable];
/** An `await` alone costs several times what lru-cache takes for a `get`. These two tell how much of a ratio is due to it. */
const YARDSTICKS = [openAwaitedLruCache, openAsyncMap];
const VALUES = { string: smallText, 'small object': smallObject, '10 kB object': largeObject };
const KEY_COUNT = 1000;
const BATCH_SIZE = 100;
const LABELS = {
  get: 'get',
  set: 'set',
  getOrSet: 'getOrSet hit',
  getMany: `getMany(${BATCH_SIZE})`,
};

// One key again and again would stay in the processor's cache and be the newest of any LRU list.
const keys = shuffled(
  Array.from({ length: KEY_COUNT }, (_, number) => `film:${number}`),
  1,
);
const batches = Array.from({ length: KEY_COUNT / BATCH_SIZE }, (_, batch) =>
  keys.slice(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE),
);

/** @param {import('../harness.mjs').Harness} harness */
export async function run(harness) {
  const rows = [];
  for (const operation of Object.keys(LABELS)) {
    const peers = operation === 'get' ? [...PEERS, ...YARDSTICKS] : PEERS;
    for (const valueName of Object.keys(VALUES)) {
      for (const openPeer of peers) rows.push(await compareOne(harness, operation, valueName, openPeer));
    }
  }
  harness.table(
    'Values in memory, operations per second (getMany: keys per second); ratio = ours / theirs, median (quartiles)',
    rows,
  );
  harness.table('How each cache was used', await describeSubjects());
}

async function compareOne(harness, operation, valueName, openPeer) {
  const values = keys.map((_, number) => VALUES[valueName](number));
  const ours = await openFilled(openOurs, values);
  const theirs = await openFilled(openPeer, values);
  const label = `${LABELS[operation]}, ${valueName}`;
  const comparison = await harness.compare(
    label,
    sideOf(ours, operation, values),
    sideOf(theirs, operation, values),
  );
  await ours.close();
  await theirs.close();
  return {
    case: label,
    peer: `${theirs.name} ${theirs.calls[operation]}`,
    ours: grouped(comparison.ours),
    theirs: grouped(comparison.theirs),
    ratio: ratioText(comparison),
  };
}

/** @returns {Promise<Subject>} */
async function openFilled(open, values) {
  const subject = await open();
  await subject.set(keys, values);
  for (const [index, key] of keys.entries()) {
    if (!isDeepStrictEqual(await subject.read(key), values[index]))
      throw new Error(`${subject.name} returns another value than was set.`);
  }
  return subject;
}

/** @returns {import('../harness.mjs').Side} */
function sideOf(subject, operation, values) {
  const walks = {
    get: () => subject.get(keys),
    set: () => subject.set(keys, values),
    getOrSet: () => subject.getOrSet(keys),
    getMany: () => subject.getMany(batches),
  };
  return { name: subject.name, walk: walks[operation], operations: KEY_COUNT };
}

async function describeSubjects() {
  const rows = [];
  for (const open of [openOurs, ...PEERS, ...YARDSTICKS]) {
    const subject = await open();
    rows.push({ cache: subject.name, objects: await sharing(subject), opened: subject.setting });
    await subject.close();
  }
  return rows;
}

/** Finds out whether one caller can change what another gets. */
async function sharing(subject) {
  const given = smallObject(1);
  await subject.set(['film'], [given]);
  const first = await subject.read('film');
  if (first === given) return 'shared: a change by one caller reaches all';
  return first === (await subject.read('film')) ? 'shared between readers' : 'a copy for each caller';
}

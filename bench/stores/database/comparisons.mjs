import { callersText, readAll, readBatches, writeAll } from '../callers.mjs';
import { compareSides, withFilled } from '../compare.mjs';
import { batches, BATCH_SIZE, keys, VALUES } from '../samples.mjs';
import { openOurs } from './ours.mjs';
import { FORMS, openRaw } from './raw.mjs';

/**
 * @typedef {import('../../harness.mjs').Harness} Harness
 * @typedef {import('../../harness.mjs').Side} Side
 * @typedef {import('./place.mjs').Place} Place
 * @typedef {import('./table.mjs').TableSubject} TableSubject
 */

const entryBatches = batches.map((batch, number) =>
  batch.map((key, index) => /** @type {const} */ ([key, VALUES.text[number * BATCH_SIZE + index]])),
);

/**
 * Compares each operation with its statement sent directly; returns rows of a table.
 *
 * @param {Harness} harness
 * @param {Place} place
 * @param {string} target for `get` and `set`
 * @param {number[]} callerCounts
 */
export async function compareWithRaw(harness, place, target, callerCounts) {
  const rows = [];
  for (const kind of /** @type {const} */ (['text', 'bytes', 'object'])) {
    const theirs = () => openRaw(place, FORMS[kind]);
    await withBoth(place, theirs, VALUES[kind], VALUES[kind], async (ours, raw) => {
      for (const callers of callerCounts)
        rows.push(...(await compareValues(harness, { kind, target, callers, ours, raw })));
      if (kind === 'text') rows.push(...(await compareOthers(harness, callerCounts.at(-1), ours, raw)));
    });
  }
  return [...rows, ...(await compareCounting(harness, place, callerCounts.at(-1)))];
}

/** Opens both sides, each filled with its values, for a task. */
function withBoth(place, openTheirs, values, theirValues, task) {
  return withFilled(
    () => openOurs(place),
    values,
    (ours) => withFilled(openTheirs, theirValues, (theirs) => task(ours, theirs)),
  );
}

async function compareValues(harness, { kind, target, callers, ours, raw }) {
  const values = VALUES[kind];
  const what = `${kind}, ${callersText(callers)}`;
  const reading = ({ name, get }) => sideOf(name, () => readAll(get, keys, callers));
  const writing = ({ name, set }) => sideOf(name, () => writeAll(set, keys, values, callers));
  return [
    await compareSides(harness, `get, ${what}`, target, reading(ours), reading(raw)),
    await compareSides(harness, `set, ${what}`, target, writing(ours), writing(raw)),
  ];
}

async function compareOthers(harness, callers, ours, raw) {
  const who = callersText(callers);
  const few = Math.min(callers, 8);
  const gettingMany = ({ name, getBatch }) => batchSideOf(name, () => readBatches(getBatch, batches, few));
  const settingMany = ({ name, setBatch }) =>
    batchSideOf(name, () => readBatches(setBatch, entryBatches, few));
  return [
    await compare(`getMany(${BATCH_SIZE}), ${callersText(few)}`, gettingMany),
    await compare(`setMany(${BATCH_SIZE}), ${callersText(few)}`, settingMany),
    await compare(`add, ${who}`, (subject) => adding(subject, callers)),
    await compare(`delete, ${who}`, (subject) => removing(subject, callers)),
  ];

  function compare(label, side) {
    return compareSides(harness, label, undefined, side(ours), side(raw));
  }
}

async function compareCounting(harness, place, callers) {
  const zeros = keys.map(() => 0);
  const digits = { ...FORMS.text, bytesOf: (number) => Buffer.from(String(number)), valueOf: Number };
  const rows = [];
  await withBoth(
    place,
    () => openRaw(place, digits),
    zeros,
    zeros,
    async (ours, raw) => {
      const counting = ({ name, increment }) => sideOf(name, () => readAll(increment, keys, callers));
      rows.push(
        await compareSides(
          harness,
          `incr, ${callersText(callers)}`,
          undefined,
          counting(ours),
          counting(raw),
        ),
      );
    },
  );
  return rows;
}

/** @param {TableSubject} subject @returns {Side} */
function adding({ name, add, table }, callers) {
  return {
    ...sideOf(name, () => writeAll(expectingTrue(add), keys, VALUES.text, callers)),
    prepare: table.empty,
  };
}

/** @param {TableSubject} subject @returns {Side} */
function removing({ name, remove, set, setBatch }, callers) {
  return {
    ...sideOf(name, () => readAll(expectingTrue(remove), keys, callers)),
    prepare: async () => {
      await readBatches(setBatch, entryBatches, 1);
      await writeAll(set, keys.slice(batches.length * BATCH_SIZE), VALUES.text, 1);
    },
  };
}

function expectingTrue(operation) {
  return async (...given) => {
    if (!(await operation(...given))) throw new Error('It was not as expected.');
    return true;
  };
}

/** @returns {Side} */
function sideOf(name, walk) {
  return { name, walk, operations: keys.length };
}

/** @returns {Side} */
function batchSideOf(name, walk) {
  return { name, walk, operations: batches.length * BATCH_SIZE };
}

import { isDeepStrictEqual } from 'node:util';
import { grouped, ratioText } from '../table.mjs';
import { readAll, writeAll } from './callers.mjs';
import { keys, VALUES } from './samples.mjs';

/**
 * @typedef {import('../harness.mjs').Harness} Harness
 * @typedef {import('./store-subject.mjs').StoreSubject} StoreSubject
 * @typedef {() => StoreSubject | Promise<StoreSubject>} Open
 *
 * @typedef {object} Pairing two ways to keep one kind of values
 * @property {keyof typeof VALUES} kind
 * @property {Open} ours
 * @property {Open} theirs
 * @property {string} [remark] what is special about our side
 * @property {unknown[]} [theirValues] what their side keeps, if that is not the same
 * @property {string} [target] the ratio that is wanted, such as "≥ 0.9"; none: for information
 */

/** Compares `get` and `set` of two subjects; returns rows of a table. */
export function comparePairing(harness, /** @type {Pairing} */ pairing) {
  const { kind, remark, target } = pairing;
  const what = remark === undefined ? kind : `${kind}, ${remark}`;
  const values = VALUES[kind];
  const { theirValues = values } = pairing;
  return withFilled(pairing.ours, values, (ours) =>
    withFilled(pairing.theirs, theirValues, async (theirs) => [
      await compareSides(harness, `get, ${what}`, target, readingOf(ours), readingOf(theirs)),
      await compareSides(
        harness,
        `set, ${what}`,
        target,
        writingOf(ours, values),
        writingOf(theirs, theirValues),
      ),
    ]),
  );
}

/** Compares two sides; returns a row of a table. */
export async function compareSides(harness, label, target, ours, theirs) {
  const comparison = await harness.compare(label, ours, theirs);
  return {
    case: label,
    peer: theirs.name,
    ours: grouped(comparison.ours),
    theirs: grouped(comparison.theirs),
    ratio: ratioText(comparison),
    wanted: target ?? '',
  };
}

/**
 * Opens a subject for a task that finds all keys in it, and closes it afterwards.
 *
 * @template T
 * @param {Open} open
 * @param {unknown[]} values
 * @param {(subject: StoreSubject) => Promise<T>} task
 */
export async function withFilled(open, values, task) {
  const subject = await open();
  try {
    await writeAll(subject.set, keys, values);
    await assertKept(subject, values);
    return await task(subject);
  } finally {
    await subject.close();
  }
}

async function assertKept(subject, values) {
  for (const [index, key] of keys.entries()) {
    if (!isDeepStrictEqual(await subject.get(key), values[index]))
      throw new Error(`${subject.name} returns another value than was set.`);
  }
}

function readingOf({ name, get }) {
  return { name, walk: () => readAll(get, keys), operations: keys.length };
}

function writingOf({ name, set }, values) {
  return { name, walk: () => writeAll(set, keys, values), operations: keys.length };
}

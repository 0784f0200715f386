import { readBatches } from './callers.mjs';
import { compareSides, withFilled } from './compare.mjs';
import { batches, BATCH_SIZE, VALUES } from './samples.mjs';
import { countPresent } from './store-subject.mjs';

/** @typedef {import('./compare.mjs').Open} Open */

const TARGET = '≥ 4';
/** With the target for one alone. More have more keys under way than a process ever should. */
const CALLER_COUNTS = [1, 8];

/** Compares our `getMany` with as many `get` at once, and with what a client has for that; in keys per second. */
export function compareBatches(harness, /** @type {Open} */ openOurs, /** @type {Open} */ openTheirs) {
  return withFilled(openOurs, VALUES.text, (ours) =>
    withFilled(openTheirs, VALUES.text, async (theirs) => {
      const rows = [];
      for (const callers of CALLER_COUNTS) {
        const many = sideOf(`getMany(${BATCH_SIZE})`, ours.getBatch, callers);
        const each = sideOf(`our get, ${BATCH_SIZE} at once`, (keys) => getEach(ours, keys), callers);
        const client = sideOf(`${theirs.name}, its own batch`, theirs.getBatch, callers);
        const label = `getMany(${BATCH_SIZE}), text, callers: ${callers}`;
        rows.push(
          await compareSides(harness, label, callers === 1 ? TARGET : undefined, many, each),
          await compareSides(harness, label, undefined, many, client),
        );
      }
      return rows;
    }),
  );
}

async function getEach(subject, keys) {
  return countPresent(await Promise.all(keys.map((key) => subject.get(key))));
}

function sideOf(name, getBatch, callers) {
  return {
    name,
    walk: () => readBatches(getBatch, batches, callers),
    operations: batches.length * BATCH_SIZE,
  };
}

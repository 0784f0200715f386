import { grouped } from '../../table.mjs';
import { callersText, writeAll } from '../callers.mjs';
import { compareSides } from '../compare.mjs';
import { VALUES } from '../samples.mjs';
import { fill, keyOfRow } from './fill.mjs';
import { openOurs } from './ours.mjs';
import { FORMS, openRaw } from './raw.mjs';

/** @typedef {import('./place.mjs').Place} Place */

const TARGET = '≤ 1.3';
const FEW = 1_000;
const MANY = 1_000_000;
/** In a quick run. */
const FAIRLY_MANY = 100_000;
/** Room for all rows, so that none of them is removed. */
const MAX_ENTRIES = 2 * MANY;
/** A prime that divides no number of rows: multiples of it visit all rows once, in what looks like no order. */
const STRIDE = 611_953;
/** One caller is slow, and a round short. */
const WRITES_OF_ONE = 500;

/**
 * Compares `set` on a small table with `set` on a large one: how many times as long does it take? What many callers get shows when the database itself is
 * the bottleneck. Rows that are there are replaced: always the same few, or
 * all of them, each as often as any other. The same upsert sent directly shows what of that is the database's own.
 *
 * @param {import('../../harness.mjs').Harness} harness
 * @param {Place} place
 * @param {number} callers
 */
export async function compareSizes(harness, place, callers) {
  const many = harness.isQuick ? FAIRLY_MANY : MANY;
  const opened = [];
  try {
    const small = await openFilled(place, FEW, opened);
    const large = await openFilled(place, many, opened);
    const rows = [
      await compare('set of few', TARGET, 1, FEW, small, large),
      await compare('set of all', TARGET, 1, many, small, large),
      await compare('set of all', undefined, callers, many, small, large),
    ];
    const rawSmall = await openRawOn(place, small, opened);
    const rawLarge = await openRawOn(place, large, opened);
    const direct = await compare(
      'upsert of all, sent directly',
      undefined,
      callers,
      many,
      rawSmall,
      rawLarge,
    );
    return [...rows, direct];
  } finally {
    for (const subject of opened.toReversed()) await subject.close();
  }

  function compare(what, target, count, written, small, large) {
    const label = `${what}, ${callersText(count)}: time with ${grouped(many)} rows / with ${grouped(FEW)}`;
    const [one, other] = [writing(small, FEW, count), writing(large, written, count)];
    return compareSides(harness, label, target, one, { ...other, name: `with ${grouped(many)} rows` });
  }
}

async function openFilled(place, rows, opened) {
  const subject = await openOurs(place, { maxEntries: MAX_ENTRIES });
  opened.push(subject);
  await fill(place.dialect, subject.table, rows);
  return subject;
}

async function openRawOn(place, { table }, opened) {
  const subject = await openRaw(place, FORMS.text, table);
  opened.push(subject);
  return subject;
}

function writing({ name, set }, rows, callers) {
  let visited = 0;
  const operations = callers === 1 ? WRITES_OF_ONE : VALUES.text.length;
  return { name, walk: () => writeAll(set, nextKeys(), VALUES.text, callers), operations };

  function nextKeys() {
    return Array.from({ length: operations }, () => keyOfRow(((visited++ * STRIDE) % rows) + 1));
  }
}

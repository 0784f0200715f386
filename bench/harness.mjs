import { tableOf } from './table.mjs';

/**
 * One side of a comparison. `walk` does many operations of one kind and returns how many of them succeeded; it is a
 * function of this side alone, so that the engine optimises it for this side alone.
 *
 * @typedef {object} Side
 * @property {string} name
 * @property {() => number | Promise<number>} walk
 * @property {number} operations
 * @property {() => Promise<unknown>} [prepare] makes ready for a walk, which is not measured
 * @property {() => Promise<number>} [processorMs] how much time a processor has spent on this side, where that is in a process of its own
 *
 * @typedef {object} Comparison operations per second, and the median of the rounds' ratios
 * @property {string} suite
 * @property {string} case
 * @property {number} ours
 * @property {number} theirs
 * @property {string} peer
 * @property {number} ratio ours / theirs: above 1 we are faster
 * @property {number} spread between the first and the third quartile of the rounds' ratios
 * @property {string} unit
 * @property {number} [processorRatio] as `ratio`, in operations per second that a processor worked; if both sides tell that
 *
 * @typedef {object} Harness
 * @property {boolean} isQuick
 * @property {string | undefined} only the one part of the suite that is asked for
 * @property {Comparison[]} results everything compared so far, as `--json` writes it
 * @property {(name: string, ours: Side, theirs: Side) => Promise<ComparisonRow>} compare
 * @property {(doing: string) => void} progress
 * @property {(text: string) => void} print
 * @property {(title: string, rows: Record<string, string>[]) => void} table
 *
 * @typedef {{ ratio: number, quartiles: [number, number] }} Ratio
 * @typedef {Comparison & Ratio & { byProcessorTime?: Ratio, busy?: [number, number] }} ComparisonRow with how busy both sides were, as a
 * share of the time
 */

const FULL = { rounds: 15, roundMs: 60, warmUpMs: 150 };
const QUICK = { rounds: 5, roundMs: 20, warmUpMs: 40 };

/**
 * How a suite differs from what is usual.
 *
 * @typedef {object} Pace
 * @property {number} stretch how many times as long as usual a round takes
 * @property {boolean} collects whether garbage is collected before each side of a round
 */

/** @type {Pace} */
const USUAL = { stretch: 1, collects: true };

/**
 * @param {string} suite
 * @param {{ isQuick: boolean, only?: string, pace?: Pace }} options
 * @returns {Harness}
 */
export function createHarness(suite, { isQuick, only, pace: { stretch, collects } = USUAL }) {
  const { rounds, ...times } = isQuick ? QUICK : FULL;
  const pace = { rounds, roundMs: times.roundMs * stretch, warmUpMs: times.warmUpMs * stretch, collects };
  /** @type {Comparison[]} */
  const results = [];
  const print = (text) => {
    progress('');
    console.log(text);
  };
  return {
    isQuick,
    only,
    results,
    progress,
    print,
    table: (title, rows) => print(`\n${title}\n\n${tableOf(rows)}`),
    async compare(name, ours, theirs) {
      const pairs = await alternate(ours, theirs, pace, (round) =>
        progress(`${suite}: ${name} against ${theirs.name}, round ${round} of ${pace.rounds}`),
      );
      const { comparison, ...more } = comparisonOf(pairs);
      const result = { suite, case: name, peer: theirs.name, unit: 'op/s', ...comparison };
      results.push(result);
      return { ...result, ...more };
    },
  };
}

/**
 * What a side did in one round.
 *
 * @typedef {object} Performance
 * @property {number} rate operations per second
 * @property {number | undefined} busy the share of the time that a processor worked for it
 *
 * @typedef {{ ours: Performance, theirs: Performance }} Pair
 */

/**
 * Lets both sides run by turns. What disturbs the machine for a while then disturbs both, and the ratio of a round stands for
 * itself; who begins changes from round to round, since the second finds another heap than the first.
 *
 * @returns {Promise<Pair[]>}
 */
async function alternate(ours, theirs, { rounds, roundMs, warmUpMs, collects }, onRound) {
  await performanceOf(ours, warmUpMs);
  await performanceOf(theirs, warmUpMs);
  const pairs = [];
  for (let round = 1; round <= rounds; round++) {
    onRound(round);
    const order = round % 2 === 0 ? [theirs, ours] : [ours, theirs];
    const performances = new Map();
    for (const side of order) {
      if (collects) globalThis.gc?.();
      performances.set(side, await performanceOf(side, roundMs));
    }
    pairs.push({ ours: performances.get(ours), theirs: performances.get(theirs) });
  }
  return pairs;
}

/** @param {Pair[]} pairs */
function comparisonOf(pairs) {
  const { quartiles, ratio } = ratioOf(pairs, ({ rate }) => rate);
  const comparison = {
    ours: Math.round(median(pairs.map((pair) => pair.ours.rate))),
    theirs: Math.round(median(pairs.map((pair) => pair.theirs.rate))),
    ratio,
    spread: rounded(quartiles[1] - quartiles[0]),
  };
  if (pairs.some((pair) => pair.ours.busy === undefined || pair.theirs.busy === undefined))
    return { comparison, quartiles };
  const byProcessorTime = ratioOf(pairs, ({ busy, rate }) => rate / busy);
  return {
    comparison: { ...comparison, processorRatio: byProcessorTime.ratio },
    quartiles,
    byProcessorTime,
    busy: [median(pairs.map((pair) => pair.ours.busy)), median(pairs.map((pair) => pair.theirs.busy))],
  };
}

/** @param {Pair[]} pairs @param {(performance: Performance) => number} figureOf @returns {Ratio} */
function ratioOf(pairs, figureOf) {
  const ratios = pairs.map((pair) => figureOf(pair.ours) / figureOf(pair.theirs));
  return { ratio: rounded(median(ratios)), quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)] };
}

/** Measures a side for at least so long. @param {Side} side @param {number} minMs @returns {Promise<Performance>} */
async function performanceOf({ name, walk, operations, prepare, processorMs }, minMs) {
  let elapsed = 0;
  let done = 0;
  const workedBefore = await processorMs?.();
  do {
    if (prepare) await prepare();
    const start = performance.now();
    const succeeded = await walk();
    elapsed += performance.now() - start;
    // The count keeps the engine from leaving the work out, and shows that it was the work that was meant.
    if (operations !== undefined && succeeded !== operations)
      throw new Error(`${name}: ${succeeded} of ${operations} operations succeeded.`);
    done += succeeded;
  } while (elapsed < minMs);
  const worked = processorMs && (await processorMs()) - workedBefore;
  return { rate: (done / elapsed) * 1000, busy: worked && worked / elapsed };
}

export function median(numbers) {
  return quantile(numbers, 0.5);
}

/** The quantile by linear interpolation between the two nearest numbers. */
function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below + (above - below) * (place - Math.floor(place));
}

function rounded(number) {
  return Number(number.toPrecision(4));
}

/** Shows on one line what is under way, where somebody watches; '' removes the line. */
function progress(doing) {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001B[K${doing.slice(0, (process.stderr.columns ?? 80) - 1)}`);
}

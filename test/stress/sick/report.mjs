// @ts-check
/** @typedef {import('./figures.mjs').Figures} Figures */

const COLUMNS = [
  'phase',
  'requests',
  'failed',
  'stale',
  'median',
  'p99',
  'slowest',
  'median +',
  'p99 +',
  'slowest +',
];

/**
 * @param {string} what
 * @param {Figures} figures
 */
export function printCalm(what, figures) {
  console.log(
    `${what}: the same traffic without a cache (milliseconds; +: more than requests for a file at the same time)`,
  );
  print(COLUMNS);
  print(cellsOf('calm', figures));
}

/**
 * @param {string} backend
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {import('./outage.mjs').Outage} outage
 * @param {import('./verdict.mjs').Verdict} verdict
 */
export function printVerdict(backend, { name, what }, { changes, struckAt }, verdict) {
  const { figures, recoveryMs, noticedMs, inUse, resident, broken, unjudged } = verdict;
  console.log(`\n${backend} ${name}: ${what}`);
  print(COLUMNS);
  for (const [phase, phaseFigures] of figures) print(cellsOf(phase, phaseFigures));
  for (const { at, text } of changes)
    console.log(`  after ${((at - struckAt) / 1000).toFixed(2)} s: ${text}`);
  const megabytes = inUse.map((each) => each.toFixed(1)).join(', ');
  console.log(
    `  noticed after ${Math.round(noticedMs)} ms, hits again after ${Math.round(recoveryMs)} ms; memory in use before, during and after: ` +
      `${megabytes} MB; resident ${Math.min(...resident).toFixed(0)} to ${Math.max(...resident).toFixed(0)} MB`,
  );
  for (const phase of unjudged) {
    const ms = figures.get(phase)?.controls.p99.toFixed();
    console.log(
      `  NOT JUDGED by its times: ${phase}; the machine was busy, requests for a file took up to ${ms} ms`,
    );
  }
  for (const promise of broken) console.log(`  BROKEN: ${promise}`);
}

/**
 * @param {string} phase
 * @param {Figures} figures
 */
function cellsOf(phase, { requests, failed, stale, took, over }) {
  const times = [took, over]
    .flatMap(({ median, p99, most }) => [median, p99, most])
    .map((ms) => ms.toFixed(1));
  return [phase, String(requests), String(failed), String(stale), ...times];
}

/** @param {readonly string[]} cells */
function print(cells) {
  console.log(`  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(6) : cell.padStart(10))).join('')}`);
}

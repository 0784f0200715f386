// @ts-check
import { Machine } from './figures.mjs';
import { PHASES } from './outage.mjs';

/** @typedef {import('./clinic.mjs').Case} Case */
/** @typedef {import('./traffic.mjs').Outcome} Outcome */
/** @typedef {import('./outage.mjs').Phase} Phase */
/** @typedef {import('./figures.mjs').Figures} Figures */
/** @typedef {{ figures: Map<Phase, Figures>, recoveryMs: number, noticedMs: number, inUse: number[], resident: number[], broken: string[], unjudged: Phase[] }} Verdict */

/** The default of `operationTimeoutMs`. */
const DEADLINE_MS = 250;
const OVER_DEADLINE_MS = 100;
const RECOVERY_MS = 2000;
const GROWTH_MB = 8;
const MEGABYTE = 1024 ** 2;
/**
 * A machine that holds up even a request for a file for so long says nothing about how long others had to wait. While breakers open, the
 * application computes at once what all who waited had asked for, so there it may be more.
 */
const BUSY_MS = { open: 100, otherwise: 200 };
/**
 * By how much a request that waited for nothing may differ from one without a cache: at the median, one in a hundred, and at most. Each
 * waits once for what the machine is busy with, and so does each control; a request in several parts may do so more than once.
 */
const NOISE_MS = { median: 3, p99: 15, most: 125 };

/**
 * Judges what was seen by what is promised.
 *
 * @param {Case} seen
 * @param {Figures} uncached the same traffic without any cache
 * @returns {Verdict}
 */
export function judge(seen, uncached) {
  const { outage, outcomes } = seen;
  const machine = new Machine(outcomes);
  const figures = new Map(
    PHASES.map((phase) => [
      phase,
      machine.figuresOf(outcomes.filter((outcome) => outage.phaseOf(outcome) === phase)),
    ]),
  );
  const verdict = {
    figures,
    recoveryMs: recoveryOf(seen, machine),
    noticedMs: Math.max(
      0,
      ...outage.changes.filter(({ isOpen }) => isOpen).map(({ at }) => at - outage.struckAt),
    ),
    inUse: seen.bytesInUse.map((bytes) => bytes / MEGABYTE),
    resident: seen.memory.map(({ rss }) => rss / MEGABYTE),
  };
  return {
    ...verdict,
    broken: [
      ...whatFailed(seen),
      ...whatWasSlow(figures, uncached),
      ...whatWasSaid(seen),
      ...whatGrew(seen),
      ...(verdict.recoveryMs <= RECOVERY_MS || isBusy('back', figures.get('back'))
        ? []
        : [`the first hits came ${Math.round(verdict.recoveryMs)} ms after the server's return`]),
    ],
    unjudged: PHASES.filter((phase) => isBusy(phase, figures.get(phase))),
  };
}

/**
 * From the server's return until pages and values are hits again.
 *
 * @param {Case} seen
 * @param {Machine} machine
 */
function recoveryOf({ outage, outcomes }, machine) {
  const first = (/** @type {(outcome: Outcome) => boolean} */ isHit) => {
    const hits = outcomes.filter((outcome) => outcome.at >= outage.healedAt && isHit(outcome));
    return Math.min(...hits.map((hit) => hit.end - machine.delayAround(hit)));
  };
  const last = Math.max(
    first(({ isPageHit }) => isPageHit),
    first(({ isValueHit }) => isValueHit),
  );
  return Math.max(0, last - outage.healedAt);
}

/** @param {Case} seen */
function whatFailed({ outcomes, staleAtLast, isRunning }) {
  const failures = outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const stale = [...outcomes.flatMap((outcome) => outcome.stale), ...staleAtLast];
  return [
    ...(isRunning ? [] : ['the application ended']),
    ...summed(failures, 'requests failed'),
    ...summed(stale, 'values were shown after they had been deleted'),
  ];
}

/**
 * @param {Phase} phase
 * @param {Figures | undefined} figures
 */
function isBusy(phase, figures) {
  return (figures?.controls.p99 ?? 0) > (phase === 'open' ? BUSY_MS.open : BUSY_MS.otherwise);
}

/**
 * @param {Map<Phase, Figures>} figures
 * @param {Figures} uncached
 */
function whatWasSlow(figures, uncached) {
  const broken = [];
  const limit = DEADLINE_MS + OVER_DEADLINE_MS;
  for (const [phase, { requests, over, controls }] of figures) {
    if (phase === 'open' && requests === 0) broken.push('no cache noticed that the server is sick');
    if (isBusy(phase, figures.get(phase))) continue;
    if (over.most > limit)
      broken.push(
        `${phase}: a request took ${over.most.toFixed()} ms more than the controls, limit ${limit}`,
      );
    if (phase !== 'open') continue;
    for (const share of /** @type {const} */ (['median', 'p99', 'most'])) {
      const most = Math.max(0, uncached.over[share]) + NOISE_MS[share] + controls.median;
      if (over[share] > most)
        broken.push(
          `open: ${share} ${over[share].toFixed(1)} ms over the controls, limit ${most.toFixed(1)}`,
        );
    }
  }
  return broken;
}

/** @param {Case} seen */
function whatWasSaid({ outage, lines, errors }) {
  const broken = summed(errors, 'lines on stderr');
  for (const alias of outage.aliases ?? []) {
    const [lost, found] = outage.timesTold(alias);
    if (lost !== 1 || found !== 1)
      broken.push(`"${alias}" told ${lost} times that the server is lost, ${found} times that it is back`);
  }
  const isExpected = (/** @type {string} */ line) =>
    / is (not in use|in use again)/.test(line) || line.includes('The removal is not confirmed');
  return [
    ...broken,
    ...summed(
      lines.filter((line) => !isExpected(line)),
      'lines of the log are of something else',
    ),
  ];
}

/** @param {Case} seen */
function whatGrew({ bytesInUse }) {
  const [before = 0, ...later] = bytesInUse.map((bytes) => bytes / MEGABYTE);
  const most = Math.max(...later);
  return most - before > GROWTH_MB
    ? [`the memory in use grew from ${before.toFixed(1)} to ${most.toFixed(1)} MB`]
    : [];
}

/**
 * @param {readonly string[]} all
 * @param {string} what
 */
function summed(all, what) {
  return all.length === 0 ? [] : [`${all.length} ${what}, such as: ${all[0]}`];
}

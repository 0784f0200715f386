// @ts-check
/** @typedef {import('./traffic.mjs').Outcome} Outcome */

/**
 * Times in milliseconds. `over`: how much longer requests took than the controls around them. A busy machine, or an application that
 * computes, holds up both. Of medians it is the difference; otherwise each request is compared with the slowest control around it.
 *
 * @typedef {object} Figures
 * @property {number} requests controls left out
 * @property {number} failed
 * @property {number} stale
 * @property {Spread} took
 * @property {Spread} controls
 * @property {Spread} over
 */

/** @typedef {{ readonly median: number, readonly p99: number, readonly most: number }} Spread */

/** A control is on its way in nearly every such span. */
const AROUND_MS = 50;

/** Tells how long requests took because of themselves. */
export class Machine {
  #controls;

  /** @param {readonly Outcome[]} outcomes */
  constructor(outcomes) {
    this.#controls = outcomes.filter(({ kind }) => kind === 'control');
  }

  /**
   * How long a request without a cache took at that time.
   *
   * @param {Pick<Outcome, 'at' | 'end'>} request
   */
  delayAround({ at, end }) {
    let most = 0;
    for (const control of this.#controls)
      if (control.at <= end + AROUND_MS && control.end >= at - AROUND_MS)
        most = Math.max(most, control.end - control.at);
    return most;
  }

  /**
   * Sums up requests.
   *
   * @param {readonly Outcome[]} outcomes
   * @returns {Figures}
   */
  figuresOf(outcomes) {
    const requests = outcomes.filter(({ kind }) => kind !== 'control');
    const controls = outcomes.filter(({ kind }) => kind === 'control');
    const took = spreadOf(requests.map(lengthOf));
    const controlled = spreadOf(controls.map(lengthOf));
    const over = spreadOf(requests.map((request) => lengthOf(request) - this.delayAround(request)));
    return {
      requests: requests.length,
      failed: outcomes.filter(({ failure }) => failure !== undefined).length,
      stale: outcomes.filter(({ stale }) => stale.length > 0).length,
      took,
      controls: controlled,
      over: { ...over, median: took.median - controlled.median },
    };
  }
}

/** @param {Outcome} outcome */
function lengthOf({ at, end }) {
  return end - at;
}

/**
 * @param {number[]} numbers
 * @returns {Spread}
 */
function spreadOf(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other);
  const at = (/** @type {number} */ share) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { median: at(0.5), p99: at(0.99), most: at(1) };
}

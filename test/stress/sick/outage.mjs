// @ts-check
/** @typedef {import('./traffic.mjs').Outcome} Outcome */
/** @typedef {import('./application.mjs').Line} Line */

/**
 * - `well`: before the server was struck.
 * - `first`: it is sick, and not all caches have noticed; their breakers are closed.
 * - `open`: no cache uses it.
 * - `back`: it is well again, and not all caches use it.
 * - `again`: all caches use it again.
 *
 * @typedef {'well' | 'first' | 'open' | 'back' | 'again'} Phase
 */

/** @type {readonly Phase[]} */
export const PHASES = ['well', 'first', 'open', 'back', 'again'];

const CHANGE = /\[CacheModule\] (Cache "(\w+)": .+ is (not in use|in use again).*)/;

/** What happened to the server, when, and when the caches of the application noticed, as its log tells. */
export class Outage {
  /** @type {{ at: number, alias: string, isOpen: boolean, text: string }[]} */
  changes = [];
  struckAt = Infinity;
  healedAt = Infinity;

  /**
   * @param {readonly string[]} aliases
   * @param {readonly Line[]} lines
   */
  read(aliases, lines) {
    this.aliases = aliases;
    for (const { at, text } of lines) {
      const [, sentence = '', alias, state] = CHANGE.exec(text) ?? [];
      if (alias) this.changes.push({ at, alias, isOpen: state === 'not in use', text: sentence });
    }
  }

  /**
   * @param {Pick<Outcome, 'at' | 'end'>} request
   * @returns {Phase}
   */
  phaseOf({ at, end }) {
    if (end < this.struckAt) return 'well';
    const changed = this.changes.some((change) => change.at > at && change.at <= end);
    const open = this.#openAt(at);
    if (!changed && open === this.aliases?.length) return 'open';
    if (end < this.healedAt) return 'first';
    return !changed && open === 0 && at >= this.healedAt && this.changes.every((change) => change.at < at)
      ? 'again'
      : 'back';
  }

  /**
   * How often an alias told that the server is lost, and that it is found.
   *
   * @param {string} alias
   * @returns {[number, number]}
   */
  timesTold(alias) {
    const own = this.changes.filter((change) => change.alias === alias);
    const lost = own.filter(({ isOpen }) => isOpen).length;
    return [lost, own.length - lost];
  }

  /** @param {number} at */
  #openAt(at) {
    const open = new Set();
    for (const change of this.changes) {
      if (change.at > at) break;
      if (change.isOpen) open.add(change.alias);
      else open.delete(change.alias);
    }
    return open.size;
  }
}

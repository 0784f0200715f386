// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { Application } from './application.mjs';
import { Films } from './films.mjs';
import { Outage } from './outage.mjs';
import { Traffic } from './traffic.mjs';
import { Visitor } from './visitor.mjs';

/** @typedef {import('./scenarios.mjs').Scenario} Scenario */
/** @typedef {import('./scenarios.mjs').Patient} Patient */

/**
 * What was seen while a server was sick.
 *
 * @typedef {object} Case
 * @property {Outage} outage
 * @property {import('./traffic.mjs').Outcome[]} outcomes
 * @property {string[]} lines what the application said
 * @property {string[]} errors what it said on stderr
 * @property {import('./application.mjs').MemorySample[]} memory
 * @property {number[]} bytesInUse before, at the end of the sickness, and after
 * @property {string[]} staleAtLast what is shown wrong when all is over
 * @property {boolean} isRunning
 */

const ALIASES = ['default', 'pages'];
const WARM_UP_MS = 3000;
/** Films edited during the outage are left alone while the server comes back: another edit would delete what came back old. */
const NO_EDITS_BEFORE_MS = 300;
const NO_EDITS_AFTER_MS = 2500;
const RECOVERY_LIMIT_MS = 10_000;

/** One application under traffic. */
export class Clinic {
  /**
   * @private
   * @param {Application} application
   * @param {Visitor} visitor
   * @param {Films} films
   * @param {number} perSecond
   */
  constructor(application, visitor, films, perSecond) {
    this.application = application;
    this.visitor = visitor;
    this.films = films;
    this.perSecond = perSecond;
  }

  /** @param {{ cacheUrl: string, database: string, main?: string | undefined, perSecond: number }} options */
  static async open(options) {
    const application = await Application.listening(options);
    const visitor = new Visitor(application.port);
    const clinic = new Clinic(application, visitor, await Films.pick(visitor), options.perSecond);
    await clinic.#withTraffic(() => delay(WARM_UP_MS));
    return clinic;
  }

  /**
   * Traffic on a cache that nothing happens to.
   *
   * @param {number} phaseMs
   */
  async calm(phaseMs) {
    return this.#withTraffic(() => delay(phaseMs));
  }

  /**
   * @param {Scenario} scenario
   * @param {Patient} patient
   * @param {number} phaseMs
   * @returns {Promise<Case>}
   */
  async treat(scenario, patient, phaseMs) {
    const outage = new Outage();
    const { lines, errors } = this.application;
    const seen = { lines: lines.length, errors: errors.length };
    const begunAt = performance.now();
    const bytesInUse = [await this.application.bytesInUse()];
    const outcomes = await this.#withTraffic(async (traffic) => {
      await delay(phaseMs);
      outage.struckAt = performance.now();
      await scenario.strike(patient);
      await delay(phaseMs - NO_EDITS_BEFORE_MS);
      traffic.hasEdits = false;
      bytesInUse.push(await this.application.bytesInUse());
      await delay(NO_EDITS_BEFORE_MS);
      await scenario.heal(patient);
      outage.healedAt = performance.now();
      await delay(NO_EDITS_AFTER_MS);
      await hitsAgain(traffic, outage.healedAt);
      traffic.hasEdits = true;
      await delay(phaseMs);
    });
    const told = lines.slice(seen.lines);
    outage.read(ALIASES, told);
    return {
      outage,
      outcomes,
      lines: told.map(({ text }) => text),
      errors: errors.slice(seen.errors).map(({ text }) => text),
      bytesInUse: [...bytesInUse, await this.application.bytesInUse()],
      memory: this.application.memory.filter(({ at }) => at >= begunAt),
      staleAtLast: this.application.isRunning ? await this.#staleNow() : [],
      isRunning: this.application.isRunning,
    };
  }

  async close() {
    this.visitor.close();
    await this.application.stop();
  }

  /** @param {(traffic: Traffic) => Promise<unknown>} during */
  async #withTraffic(during) {
    const traffic = new Traffic(this.visitor, this.films, this.perSecond);
    await traffic.begin();
    await during(traffic);
    await traffic.end();
    return traffic.outcomes;
  }

  /** Nobody edits any more, so every page must show the last edits exactly. */
  async #staleNow() {
    const floors = this.films.floors();
    const stale = [];
    for (const film of this.films.all)
      for (const path of [`/films/${film.id}`, `/api/films/${film.id}`])
        stale.push(...this.films.staleIn((await this.visitor.ask(path)).text, floors, [film]));
    for (const directorId of new Set(this.films.all.map((film) => film.directorId))) {
      const { text } = await this.visitor.ask(`/directors/${directorId}`);
      stale.push(...this.films.staleIn(text, floors, this.films.of(directorId)));
    }
    return stale;
  }
}

/**
 * Waits until pages and values are hits, or far longer than they may take.
 *
 * @param {Traffic} traffic
 * @param {number} since
 */
async function hitsAgain({ outcomes }, since) {
  while (performance.now() - since < RECOVERY_LIMIT_MS) {
    const later = outcomes.filter(({ at }) => at >= since);
    if (later.some(({ isPageHit }) => isPageHit) && later.some(({ isValueHit }) => isValueHit)) return;
    await delay(20);
  }
}

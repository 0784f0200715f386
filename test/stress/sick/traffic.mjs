// @ts-check
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {import('./films.mjs').Films} Films */
/** @typedef {import('./visitor.mjs').Visitor} Visitor */
/** @typedef {import('./visitor.mjs').Answer} Answer */

/**
 * What became of one request.
 *
 * @typedef {object} Outcome
 * @property {Kind} kind
 * @property {number} at when it was sent
 * @property {number} end
 * @property {string | undefined} failure
 * @property {boolean} isPageHit
 * @property {boolean} isValueHit
 * @property {string[]} stale what was shown although it had been changed before the request
 */

/** @typedef {'page' | 'film' | 'json' | 'director' | 'visitor' | 'edit' | 'control'} Kind */

/**
 * What is asked for in turn, in an order without a rhythm. A control asks for nothing that a cache has to do with: it tells
 * how the machine is.
 */
const MIX = /** @type {Kind[]} */ (
  (
    'page film json control director page visitor film json page director film control json ' +
    'page film visitor json page film control director visitor json control film page edit'
  ).split(' ')
);
const CONTROLS = MIX.filter((kind) => kind === 'control').length;
/** Controls come on top of the requests. */
const ALL_PER_REQUEST = MIX.length / (MIX.length - CONTROLS);
const TICK_MS = 4;
const LANGUAGES = ['en', 'de', 'fr', 'es'];

/** Visitors who come at a steady pace, whether or not those before them have been answered. */
export class Traffic {
  /** @type {Outcome[]} */
  outcomes = [];
  /** Whether films are edited. */
  hasEdits = true;
  #isOver = false;
  #turn = 0;
  #cookie = '';
  /** @type {Set<Promise<void>>} */
  #underWay = new Set();
  #running = Promise.resolve();

  /**
   * @param {Visitor} visitor
   * @param {Films} films
   * @param {number} perSecond how many requests
   */
  constructor(visitor, films, perSecond) {
    this.visitor = visitor;
    this.films = films;
    this.gapMs = 1000 / (perSecond * ALL_PER_REQUEST);
  }

  async begin() {
    this.#cookie = (await this.visitor.ask('/me/sign-in', { form: { name: 'Ada' } })).cookie;
    this.#running = this.#run();
  }

  /** Resolves when all that was asked is answered. */
  async end() {
    this.#isOver = true;
    await this.#running;
    await Promise.all(this.#underWay);
  }

  async #run() {
    const begun = performance.now();
    for (let sent = 0; !this.#isOver;) {
      const due = Math.floor((performance.now() - begun) / this.gapMs);
      for (; sent < due; sent++) this.#send();
      await delay(TICK_MS);
    }
  }

  #send() {
    const kind = /** @type {Kind} */ (MIX[this.#turn++ % MIX.length]);
    const request = this.#outcomeOf(kind).then((outcome) => {
      if (outcome) this.outcomes.push(outcome);
      this.#underWay.delete(request);
    });
    this.#underWay.add(request);
  }

  /**
   * @param {Kind} kind
   * @returns {Promise<Outcome | undefined>} undefined if there was nothing to ask
   */
  async #outcomeOf(kind) {
    const at = performance.now();
    const floors = this.films.floors();
    const film = this.films.any();
    try {
      if (kind === 'edit') return await this.#edit(at);
      const { path, headers, shown } = this.#question(kind, film);
      const answer = await this.visitor.ask(path, { headers });
      const stale = answer.status === 200 ? this.films.staleIn(answer.text, floors, shown) : [];
      return {
        ...ended(kind, at, answer.status === 200 ? undefined : `${path} was answered with ${answer.status}`),
        isPageHit: answer.cacheStatus.includes('hit'),
        isValueHit: kind === 'film' && answer.text.includes('<li class="hit">'),
        stale,
      };
    } catch (error) {
      return ended(kind, at, `${kind}: ${String(error)}`);
    }
  }

  /** @param {number} at */
  async #edit(at) {
    const film = this.hasEdits ? this.films.next() : undefined;
    if (!film) return undefined;
    const status = await this.films.edit(this.visitor, film);
    return ended('edit', at, status === 303 ? undefined : `an edit was answered with ${status}`);
  }

  /**
   * @param {Exclude<Kind, 'edit'>} kind
   * @param {import('./films.mjs').EditedFilm} film
   * @returns {{ path: string, headers?: Record<string, string>, shown: readonly import('./films.mjs').EditedFilm[] }}
   */
  #question(kind, film) {
    switch (kind) {
      case 'page':
        return {
          path: '/decades',
          headers: { 'Accept-Language': LANGUAGES[this.#turn % LANGUAGES.length] ?? 'en' },
          shown: [],
        };
      case 'film':
        return { path: `/films/${film.id}`, shown: [film] };
      case 'json':
        return { path: `/api/films/${film.id}`, shown: [film] };
      case 'director':
        return { path: `/directors/${film.directorId}`, shown: this.films.of(film.directorId) };
      case 'visitor':
        return { path: '/me', headers: { Cookie: this.#cookie }, shown: [] };
      default:
        return { path: '/style.css', shown: [] };
    }
  }
}

/**
 * @param {Kind} kind
 * @param {number} at
 * @param {string | undefined} failure
 * @returns {Outcome}
 */
function ended(kind, at, failure) {
  return { kind, at, end: performance.now(), failure, isPageHit: false, isValueHit: false, stale: [] };
}

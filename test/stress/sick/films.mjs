// @ts-check
/** @typedef {import('./visitor.mjs').Visitor} Visitor */

const FILMS = 20;
const FIELDS = ['genre', 'mpaaRating', 'distributor', 'minutes', 'imdbRating', 'rottenTomatoes'];

/**
 * A film whose title says which edit it is of.
 *
 * @typedef {object} EditedFilm
 * @property {number} id
 * @property {number} directorId
 * @property {Record<string, string>} form all its fields but the title
 * @property {number} last the edit that was sent last
 * @property {number} acknowledged the last edit that the application confirmed
 * @property {boolean} isBusy an edit is under way
 */

/** Some films, and what every visitor may expect to read of them. */
export class Films {
  /** @type {EditedFilm[]} */
  all = [];
  #turn = 0;

  /**
   * Picks films that have a director, and gives each its first title.
   *
   * @param {Visitor} visitor
   */
  static async pick(visitor) {
    const picked = new Films();
    for (const page of [1, 2]) {
      const { films } = JSON.parse((await visitor.ask(`/api/films?page=${page}`)).text);
      picked.all.push(...films.filter((/** @type {any} */ film) => film.director).map(editable));
    }
    picked.all.length = FILMS;
    for (const film of picked.all) await picked.edit(visitor, film);
    return picked;
  }

  /** @returns {EditedFilm | undefined} one to edit now */
  next() {
    const film = this.all[this.#turn++ % this.all.length];
    return film?.isBusy ? undefined : film;
  }

  /** @returns {EditedFilm} */
  any() {
    return /** @type {EditedFilm} */ (this.all[Math.floor(Math.random() * this.all.length)]);
  }

  /**
   * @param {Visitor} visitor
   * @param {EditedFilm} film
   * @returns {Promise<number>} the status of the answer
   */
  async edit(visitor, film) {
    const number = ++film.last;
    film.isBusy = true;
    try {
      const form = { ...film.form, title: `Edit ${number} of film ${film.id}.` };
      const { status } = await visitor.ask(`/films/${film.id}/edit`, { form });
      if (status === 303) film.acknowledged = number;
      return status;
    } finally {
      film.isBusy = false;
    }
  }

  /** Returns what an answer to a question asked now must at least show. */
  floors() {
    return new Map(this.all.map(({ id, acknowledged }) => [id, acknowledged]));
  }

  /**
   * Returns what an answer shows that is older than it may be.
   *
   * @param {string} text
   * @param {Map<number, number>} floors as they were when it was asked for
   * @param {readonly EditedFilm[]} shown the films that it must show
   * @returns {string[]}
   */
  staleIn(text, floors, shown) {
    /** @type {Map<number, number>} */
    const oldest = new Map();
    for (const [, edit, id] of text.matchAll(/Edit (\d+) of film (\d+)\./g))
      oldest.set(Number(id), Math.min(Number(edit), oldest.get(Number(id)) ?? Infinity));
    return shown
      .filter(({ id }) => (oldest.get(id) ?? 0) < (floors.get(id) ?? 0))
      .map(
        ({ id }) =>
          `film ${id}: edit ${floors.get(id)} was acknowledged, ${oldest.get(id) ?? 'none'} is shown`,
      );
  }

  /** @param {number} directorId */
  of(directorId) {
    return this.all.filter((film) => film.directorId === directorId);
  }
}

/**
 * @param {any} film as the application tells it
 * @returns {EditedFilm}
 */
function editable(film) {
  const form = Object.fromEntries(FIELDS.map((name) => [name, String(film[name] ?? '')]));
  return {
    id: film.id,
    directorId: film.director.id,
    form: { ...form, director: film.director.name },
    last: 0,
    acknowledged: 0,
    isBusy: false,
  };
}

export const MPAA_RATINGS = ['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated', 'Open'];

export const FILM_FIELDS = [
  'title',
  'director',
  'genre',
  'mpaaRating',
  'distributor',
  'minutes',
  'imdbRating',
  'rottenTomatoes',
] as const;
export type FilmField = (typeof FILM_FIELDS)[number];

/** The form as it was typed. */
export type FilmForm = Readonly<Record<FilmField, string>>;

/** What is wrong, by field. */
export type Problems = Readonly<Partial<Record<FilmField, string>>>;

/** What an edit changes, checked. */
export interface FilmChanges {
  readonly title: string;
  readonly director: string | null;
  readonly genre: string | null;
  readonly mpaaRating: string | null;
  readonly distributor: string | null;
  readonly minutes: number | null;
  readonly imdbRating: number | null;
  readonly rottenTomatoes: number | null;
}

/** Reads the body of a request, a form or JSON. A field that is missing or given twice is empty. */
export function readFilmForm(body: unknown): FilmForm {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const entries = FILM_FIELDS.map((field) => {
    const value = given[field];
    return [field, typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''];
  });
  return Object.fromEntries(entries) as FilmForm;
}

/** Checks a form: either it gives changes, or it has problems. */
export function checkFilmForm(
  form: FilmForm,
  genres: readonly string[],
): { changes: FilmChanges } | { problems: Problems } {
  const problems: Problems = Object.fromEntries(
    Object.entries(checksOf(form, genres)).filter(([, problem]) => problem !== undefined),
  );
  return Object.keys(problems).length > 0 ? { problems } : { changes: changesOf(form) };
}

function checksOf(form: FilmForm, genres: readonly string[]): Record<FilmField, string | undefined> {
  return {
    title: form.title === '' ? 'Give the film a title.' : tooLong(form.title, 200),
    director: tooLong(form.director, 120),
    genre: oneOf(form.genre, genres),
    mpaaRating: oneOf(form.mpaaRating, MPAA_RATINGS),
    distributor: tooLong(form.distributor, 120),
    minutes: outside(form.minutes, /^\d{1,4}$/, 1, 1000, 'Give whole minutes from 1 to 1000, or nothing.'),
    imdbRating: outside(
      form.imdbRating,
      /^\d{1,2}(\.\d)?$/,
      0,
      10,
      'Give a number from 0 to 10 such as 7.4, or nothing.',
    ),
    rottenTomatoes: outside(
      form.rottenTomatoes,
      /^\d{1,3}$/,
      0,
      100,
      'Give a whole number from 0 to 100, or nothing.',
    ),
  };
}

function changesOf(form: FilmForm): FilmChanges {
  return {
    title: form.title,
    director: form.director || null,
    genre: form.genre || null,
    mpaaRating: form.mpaaRating || null,
    distributor: form.distributor || null,
    minutes: numberOf(form.minutes),
    imdbRating: numberOf(form.imdbRating),
    rottenTomatoes: numberOf(form.rottenTomatoes),
  };
}

function tooLong(text: string, longest: number): string | undefined {
  return text.length > longest
    ? `At most ${longest} characters, please; these are ${text.length}.`
    : undefined;
}

function oneOf(text: string, choices: readonly string[]): string | undefined {
  return text === '' || choices.includes(text) ? undefined : 'Choose one of the list.';
}

function outside(
  text: string,
  form: RegExp,
  least: number,
  most: number,
  message: string,
): string | undefined {
  if (text === '') return undefined;
  const number = Number(text);
  return form.test(text) && number >= least && number <= most ? undefined : message;
}

function numberOf(text: string): number | null {
  return text === '' ? null : Number(text);
}

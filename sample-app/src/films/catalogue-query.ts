/** The orders of the catalogue: the name in the URL, what people read, the columns. */
export const SORTS = {
  known: { label: 'best known', columns: [['imdbVotes', 'DESC']] },
  imdb: {
    label: 'IMDB rating',
    columns: [
      ['imdbRating', 'DESC'],
      ['imdbVotes', 'DESC'],
    ],
  },
  critics: {
    label: 'critics',
    columns: [
      ['rottenTomatoes', 'DESC'],
      ['imdbVotes', 'DESC'],
    ],
  },
  gross: { label: 'box office', columns: [['worldwideGross', 'DESC']] },
  newest: { label: 'newest', columns: [['releasedOn', 'DESC']] },
  title: { label: 'title', columns: [['title', 'ASC']] },
} as const satisfies Record<
  string,
  { label: string; columns: readonly (readonly [string, 'ASC' | 'DESC'])[] }
>;

export type SortName = keyof typeof SORTS;

/** What the catalogue is asked for. */
export interface CatalogueQuery {
  readonly search: string;
  readonly genre: string;
  readonly sort: SortName;
  readonly page: number;
}

const LONGEST_SEARCH = 100;

/** Reads the query of a URL. What makes no sense counts as not given. */
export function readCatalogueQuery(query: Readonly<Record<string, unknown>>): CatalogueQuery {
  const sort = textOf(query['sort']);
  const page = textOf(query['page']);
  return {
    search: textOf(query['q']).trim().slice(0, LONGEST_SEARCH),
    genre: textOf(query['genre']),
    sort: Object.hasOwn(SORTS, sort) ? (sort as SortName) : 'known',
    page: /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1,
  };
}

/** Writes the address of a page of the catalogue. */
export function catalogueUrl({ search, genre, sort }: CatalogueQuery, page: number): string {
  const parameters = new URLSearchParams();
  if (search) parameters.set('q', search);
  if (genre) parameters.set('genre', genre);
  if (sort !== 'known') parameters.set('sort', sort);
  if (page > 1) parameters.set('page', String(page));
  return parameters.size === 0 ? '/films' : `/films?${parameters.toString()}`;
}

/** A parameter given twice is a list, and counts as not given. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

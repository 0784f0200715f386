import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the data sets that the application reads. */
export const DATA_SETS = join(
  fileURLToPath(new URL('../../../node_modules/vega-datasets', import.meta.url)),
  'data',
);

export interface FlightRow {
  readonly delay: number;
  readonly distance: number;
  readonly time: number;
}

export interface FilmRow {
  readonly Title: string | number | null;
  readonly Director: string | null;
  readonly 'Major Genre': string | null;
}

export function flightRows(): FlightRow[] {
  return JSON.parse(readFileSync(join(DATA_SETS, 'flights-200k.json'), 'utf8')) as FlightRow[];
}

export function filmRows(): FilmRow[] {
  return JSON.parse(readFileSync(join(DATA_SETS, 'movies.json'), 'utf8')) as FilmRow[];
}

/** Returns the number of the first film that meets a condition; films are numbered as they lie in the data set. */
export function filmIdWhere(condition: (film: FilmRow) => boolean): number {
  return filmRows().findIndex(condition) + 1;
}

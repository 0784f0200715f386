import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Director } from '../entities/director.entity.js';
import type { Film } from '../entities/film.entity.js';
import type { Flight } from '../entities/flight.entity.js';
import { codeOf, messageOf, StartUpError } from '../start/start-up-error.js';

export interface DataSets {
  readonly films: Omit<Film, 'director' | 'version' | 'changedAt'>[];
  readonly directors: Omit<Director, 'films'>[];
  readonly flights: Omit<Flight, 'id'>[];
}

type Row = Readonly<Record<string, unknown>>;

/** Reads the films and flights of the package vega-datasets. @throws {StartUpError} if a file is missing or damaged */
export async function readDataSets(folder: string): Promise<DataSets> {
  const directorIds = new Map<string, number>();
  const idOf = (name: string | null): number | null => {
    if (name === null) return null;
    if (!directorIds.has(name)) directorIds.set(name, directorIds.size + 1);
    return directorIds.get(name)!;
  };
  const films = await readRows(folder, 'movies.json', (row, index) => filmOf(row, index + 1, idOf));
  const flights = await readRows(folder, 'flights-200k.json', flightOf);
  return { films, directors: [...directorIds].map(([name, id]) => ({ id, name })), flights };
}

async function readRows<T>(folder: string, name: string, read: (row: Row, index: number) => T): Promise<T[]> {
  const file = join(folder, name);
  try {
    const rows = JSON.parse(await readFile(file, 'utf8')) as unknown;
    if (!Array.isArray(rows) || rows.length === 0) throw new TypeError('it holds no list of rows');
    return rows.map((row: unknown, index) => readRow(row, index, read));
  } catch (error) {
    const problem = codeOf(error) === 'ENOENT' ? 'is missing' : `is damaged (${messageOf(error)})`;
    throw new StartUpError(
      `The data set ${file} ${problem}; run \`npm ci\` to install the package vega-datasets again.`,
      { cause: error },
    );
  }
}

function readRow<T>(row: unknown, index: number, read: (row: Row, index: number) => T): T {
  try {
    if (typeof row !== 'object' || row === null) throw new TypeError('it is no object');
    return read(row as Row, index);
  } catch (error) {
    throw new TypeError(`row ${index + 1}: ${messageOf(error)}`, { cause: error });
  }
}

function filmOf(
  row: Row,
  id: number,
  idOfDirector: (name: string | null) => number | null,
): Omit<Film, 'director' | 'version' | 'changedAt'> {
  return {
    id,
    title: titleIn(row),
    directorId: idOfDirector(text(row, 'Director')),
    genre: text(row, 'Major Genre'),
    mpaaRating: text(row, 'MPAA Rating'),
    distributor: text(row, 'Distributor'),
    releasedOn: isoDate(text(row, 'Release Date')),
    minutes: number(row, 'Running Time min'),
    budget: number(row, 'Production Budget'),
    worldwideGross: number(row, 'Worldwide Gross'),
    rottenTomatoes: number(row, 'Rotten Tomatoes Rating'),
    imdbRating: number(row, 'IMDB Rating'),
    imdbVotes: number(row, 'IMDB Votes'),
  };
}

/** Some titles are numbers there: 1776, 300, 2046. */
function titleIn({ Title: title }: Row): string {
  return typeof title === 'number' ? String(title) : (text({ title }, 'title') ?? '');
}

function flightOf(row: Row): Omit<Flight, 'id'> {
  return { delay: present(row, 'delay'), distance: present(row, 'distance'), time: present(row, 'time') };
}

function text(row: Row, name: string): string | null {
  const value = row[name];
  if (typeof value === 'string' || value === null) return value;
  throw new TypeError(`"${name}" is no text`);
}

function number(row: Row, name: string): number | null {
  const value = row[name];
  if (typeof value === 'number' || value === null) return value;
  throw new TypeError(`"${name}" is no number`);
}

function present(row: Row, name: string): number {
  const value = number(row, name);
  if (value !== null) return value;
  throw new TypeError(`"${name}" is empty`);
}

/** Turns `Jun 12 1998` into `1998-06-12`. */
function isoDate(date: string | null): string {
  const moment = new Date(`${date} UTC`);
  if (date === null || Number.isNaN(moment.getTime()))
    throw new TypeError('"Release Date" is no date such as "Jun 12 1998"');
  return moment.toISOString().slice(0, 10);
}

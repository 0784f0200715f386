import { Injectable } from '@nestjs/common';
import type { Director } from '../entities/director.entity.js';
import type { Film } from '../entities/film.entity.js';
import type { Making } from '../html/making.js';
import { CachedValues } from '../site/cached-values.js';
import type { CatalogueQuery } from './catalogue-query.js';
import type { FilmChanges } from './film-form.js';
import { type Catalogue, FilmRecords } from './film-records.js';

const GENRES_KEY = 'genres';
const KEPT_FOR = '1h';

/**
 * Films through the cache. A film stands under its own key, from which every page takes it that shows it by itself; lists of films are
 * read from the database, by pages that are kept as a whole.
 */
@Injectable()
export class FilmsService {
  constructor(
    private readonly records: FilmRecords,
    private readonly values: CachedValues,
  ) {}

  async catalogue(query: CatalogueQuery): Promise<Catalogue> {
    return this.records.catalogue(query);
  }

  async genres(making: Making): Promise<string[]> {
    return this.values.take(making, GENRES_KEY, () => this.records.genres(), KEPT_FOR);
  }

  /** Returns null for a number that no film has; that, too, is remembered. */
  async film(id: number, making: Making): Promise<Film | null> {
    return this.values.take(making, filmKey(id), () => this.records.film(id), KEPT_FOR);
  }

  /** Films in the order of their numbers given, from the same entries as `film`. */
  async films(ids: readonly number[], making: Making): Promise<Film[]> {
    const load = async (missing: string[]): Promise<Map<string, Film>> => {
      const films = await this.records.films(missing.map(idOfKey));
      return new Map(films.map((film) => [filmKey(film.id), film]));
    };
    return this.values.takeMany(making, ids.map(filmKey), load, KEPT_FOR);
  }

  async director(id: number): Promise<Director | null> {
    return this.records.director(id);
  }

  async directorNames(): Promise<string[]> {
    return this.records.directorNames();
  }

  /**
   * Changes a film, and returns the directors concerned, whose pages are not those of before any more. The values go after the change is
   * committed: one computed from the state before could otherwise be kept after. And they go before the pages that are made of them.
   */
  async edit(id: number, changes: FilmChanges): Promise<number[]> {
    const directors = await this.records.change(id, changes);
    await this.values.forget([filmKey(id), GENRES_KEY]);
    return directors;
  }
}

function filmKey(id: number): string {
  return `film:${id}`;
}

function idOfKey(key: string): number {
  return Number(key.slice('film:'.length));
}

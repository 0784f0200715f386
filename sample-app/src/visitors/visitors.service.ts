import { hash } from 'node:crypto';
import { Injectable, NotFoundException } from '@nestjs/common';
import { CacheBackendError, CacheKeyNotFoundError, CacheService } from 'nestjs-cache-framework';
import { DataSource } from 'typeorm';
import { Favourite } from '../entities/favourite.entity.js';
import type { Film } from '../entities/film.entity.js';
import { FilmsService } from '../films/films.service.js';
import type { Making } from '../html/making.js';
import { CachedValues } from '../site/cached-values.js';

/** What belongs to one visitor. Every key holds who it is of, so nobody is shown what is another's. */
@Injectable()
export class VisitorsService {
  constructor(
    private readonly database: DataSource,
    private readonly cache: CacheService,
    private readonly values: CachedValues,
    private readonly films: FilmsService,
  ) {}

  /** Counts a visit in the cache alone: one that forgets begins anew, and while its server is away there is no number. */
  async countVisit(visitor: string): Promise<number | undefined> {
    const key = keyOf(visitor, 'visits');
    await this.cache.add(key, 0, null);
    try {
      return await this.cache.incr(key);
    } catch (error) {
      // A cache that keeps nothing, or had to make room at this very moment.
      if (error instanceof CacheKeyNotFoundError) return 1;
      if (error instanceof CacheBackendError) return undefined;
      throw error;
    }
  }

  /** The list is a value of the visitor; its films are the same entries as on their own pages. */
  async favourites(visitor: string, making: Making): Promise<Film[]> {
    const ids = await this.values.take(
      making,
      keyOf(visitor, 'favourites'),
      async () => {
        const rows = await this.database.manager.findBy(Favourite, { visitor });
        return rows.map(({ filmId }) => filmId);
      },
      '1h',
    );
    return this.films.films(ids, making);
  }

  async addFavourite(visitor: string, filmId: number, making: Making): Promise<void> {
    if (!(await this.films.film(filmId, making))) throw new NotFoundException(`There is no film ${filmId}.`);
    await this.database.manager.upsert(Favourite, { visitor, filmId }, ['visitor', 'filmId']);
    await this.values.forget([keyOf(visitor, 'favourites')]);
  }

  async removeFavourite(visitor: string, filmId: number): Promise<void> {
    await this.database.manager.delete(Favourite, { visitor, filmId });
    await this.values.forget([keyOf(visitor, 'favourites')]);
  }
}

/** A name may hold spaces and any letter, a key that every backend takes may not. */
function keyOf(visitor: string, what: string): string {
  return `visitor:${hash('sha256', visitor, 'base64url').slice(0, 22)}:${what}`;
}

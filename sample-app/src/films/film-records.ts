import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, type SelectQueryBuilder } from 'typeorm';
import { Director } from '../entities/director.entity.js';
import { Film } from '../entities/film.entity.js';
import { type CatalogueQuery, SORTS } from './catalogue-query.js';
import type { FilmChanges } from './film-form.js';

const PAGE_SIZE = 24;

/** A page of the catalogue. */
export interface Catalogue {
  readonly films: Film[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

/** Tells one state of a film, or of the whole catalogue, from another. */
export interface Version {
  readonly tag: string;
  /** In milliseconds since 1970, to the second. */
  readonly changedAt: number;
}

interface VersionRow {
  readonly version: number | null;
  readonly changedAt: number;
}

const VERSION = 'SELECT sum(version) AS version, 1000 * unixepoch(max(changedAt)) AS changedAt FROM film';

/** Films and directors in the database. Knows nothing of caches. */
@Injectable()
export class FilmRecords {
  /** SQLite has one connection here, and that one transaction at a time. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(private readonly database: DataSource) {}

  async catalogue(query: CatalogueQuery): Promise<Catalogue> {
    const found = this.#matching(query);
    const total = await found.getCount();
    const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
    const page = Math.min(query.page, pages);
    for (const [column, direction] of SORTS[query.sort].columns)
      found.addOrderBy(`film.${column}`, direction, 'NULLS LAST');
    const films = await found
      .addOrderBy('film.id')
      .offset((page - 1) * PAGE_SIZE)
      .limit(PAGE_SIZE)
      .getMany();
    return { films, total, page, pages };
  }

  async film(id: number): Promise<Film | null> {
    return this.database.manager.findOne(Film, { where: { id }, relations: { director: true } });
  }

  async films(ids: readonly number[]): Promise<Film[]> {
    return this.database.manager.find(Film, { where: { id: In(ids) }, relations: { director: true } });
  }

  /** A director with the films, newest first. */
  async director(id: number): Promise<Director | null> {
    return this.database.manager.findOne(Director, {
      where: { id },
      relations: { films: true },
      order: { films: { releasedOn: 'DESC', id: 'ASC' } },
    });
  }

  async genres(): Promise<string[]> {
    const rows = await this.database.query<{ genre: string }[]>(
      'SELECT DISTINCT genre FROM film WHERE genre IS NOT NULL ORDER BY genre',
    );
    return rows.map(({ genre }) => genre);
  }

  async directorNames(): Promise<string[]> {
    const directors = await this.database.manager.find(Director, { order: { name: 'ASC' } });
    return directors.map(({ name }) => name);
  }

  async filmVersion(id: number): Promise<Version | null> {
    const [row] = await this.database.query<VersionRow[]>(`${VERSION} WHERE id = ?`, [id]);
    if (!row || row.version === null) return null;
    return { tag: filmVersionTag({ id, version: row.version }), changedAt: row.changedAt };
  }

  /** Each edit adds one to the sum, and no film is ever taken out. */
  async catalogueVersion(): Promise<Version> {
    const [row] = await this.database.query<VersionRow[]>(VERSION);
    return { tag: `catalogue-${row!.version}`, changedAt: row!.changedAt };
  }

  /** Changes a film, and returns the directors concerned: the one before and the one after. */
  async change(id: number, changes: FilmChanges): Promise<number[]> {
    const change = this.#lastChange.then(async () => this.#change(id, changes));
    this.#lastChange = change.catch(() => undefined);
    return change;
  }

  async #change(id: number, { director, ...columns }: FilmChanges): Promise<number[]> {
    return this.database.transaction(async (manager) => {
      const before = await manager.findOneByOrFail(Film, { id });
      const directorId = await directorIdOf(manager, director);
      await manager.update(Film, id, { ...columns, directorId });
      return [before.directorId, directorId].filter((concerned) => concerned !== null);
    });
  }

  #matching({ search, genre }: CatalogueQuery): SelectQueryBuilder<Film> {
    const builder = this.database.manager
      .createQueryBuilder(Film, 'film')
      .leftJoinAndSelect('film.director', 'director');
    if (search) {
      const pattern = `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      builder.andWhere(String.raw`film.title LIKE :pattern ESCAPE '\'`, { pattern });
    }
    if (genre) builder.andWhere('film.genre = :genre', { genre });
    return builder;
  }
}

export function filmVersionTag({ id, version }: Pick<Film, 'id' | 'version'>): string {
  return `film-${id}-${version}`;
}

async function directorIdOf(manager: EntityManager, name: string | null): Promise<number | null> {
  if (name === null) return null;
  const known = await manager.findOneBy(Director, { name });
  return (known ?? (await manager.save(Director, { name }))).id;
}

import {
  Body,
  Controller,
  Get,
  HttpStatus,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import { CachePage, CacheTags, NoSiteCache } from 'nestjs-cache-framework';
import type { Film } from '../entities/film.entity.js';
import { Making } from '../html/making.js';
import { IdPipe } from '../site/id.pipe.js';
import { KeptPages } from '../site/kept-pages.js';
import { readCatalogueQuery } from './catalogue-query.js';
import { cataloguePage } from './catalogue.page.js';
import { editPage } from './edit.page.js';
import { checkFilmForm, type FilmForm, readFilmForm } from './film-form.js';
import { CATALOGUE, directorTag } from './film-tags.js';
import { filmPage } from './film.page.js';
import { FilmsService } from './films.service.js';

type Query = Readonly<Record<string, unknown>>;

/** The page of a film and its form are put together anew for each visit, from values that are kept one by one. */
@Controller('films')
@NoSiteCache()
export class FilmsController {
  constructor(
    private readonly films: FilmsService,
    private readonly pages: KeptPages,
  ) {}

  /** Other parameters are of no account: they cannot be used to have the same list made again and again. */
  @Get()
  @CachePage('10m', { cache: 'pages', serverOnly: true, query: { only: ['q', 'genre', 'sort', 'page'] } })
  @CacheTags(CATALOGUE)
  async catalogue(@Query() given: Query): Promise<string> {
    const making = new Making();
    const query = readCatalogueQuery(given);
    const [catalogue, genres] = await Promise.all([this.films.catalogue(query), this.films.genres(making)]);
    return cataloguePage({ query, catalogue, genres, making });
  }

  @Get(':id')
  async film(@Param('id', IdPipe) id: number, @Query() given: Query): Promise<string> {
    const making = new Making();
    return filmPage(await this.#find(id, making), making, given['saved'] === '1');
  }

  @Get(':id/edit')
  async form(@Param('id', IdPipe) id: number): Promise<string> {
    const making = new Making();
    const film = await this.#find(id, making);
    const [genres, directors] = await Promise.all([this.films.genres(making), this.films.directorNames()]);
    return editPage({ film, form: formOf(film), problems: {}, genres, directors, making });
  }

  /**
   * Takes the same pages out of the cache as an edit through the API, which has `@InvalidateTags`. That would answer with an error while a
   * cache server is away; a person whose film is saved shall not be told otherwise.
   */
  @Post(':id/edit')
  async edit(
    @Param('id', IdPipe) id: number,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string | undefined> {
    const making = new Making();
    const film = await this.#find(id, making);
    const genres = await this.films.genres(making);
    const form = readFilmForm(body);
    const checked = checkFilmForm(form, genres);
    if ('changes' in checked) {
      const directors = await this.films.edit(id, checked.changes);
      await this.pages.forget([CATALOGUE, ...directors.map(directorTag)]);
      response.redirect(HttpStatus.SEE_OTHER, `/films/${id}?saved=1`);
      return undefined;
    }
    response.status(HttpStatus.UNPROCESSABLE_ENTITY);
    const directors = await this.films.directorNames();
    return editPage({ film, form, problems: checked.problems, genres, directors, making });
  }

  async #find(id: number, making: Making): Promise<Film> {
    const film = await this.films.film(id, making);
    if (film) return film;
    throw new NotFoundException(`There is no film ${id}.`);
  }
}

function formOf(film: Film): FilmForm {
  return {
    title: film.title,
    director: film.director?.name ?? '',
    genre: film.genre ?? '',
    mpaaRating: film.mpaaRating ?? '',
    distributor: film.distributor ?? '',
    minutes: String(film.minutes ?? ''),
    imdbRating: String(film.imdbRating ?? ''),
    rottenTomatoes: String(film.rottenTomatoes ?? ''),
  };
}

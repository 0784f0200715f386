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
import type { Film } from '../entities/film.entity.js';
import { Making } from '../html/making.js';
import { IdPipe } from '../site/id.pipe.js';
import { readCatalogueQuery } from './catalogue-query.js';
import { cataloguePage } from './catalogue.page.js';
import { editPage } from './edit.page.js';
import { checkFilmForm, type FilmForm, readFilmForm } from './film-form.js';
import { filmPage } from './film.page.js';
import { FilmsService } from './films.service.js';

type Query = Readonly<Record<string, unknown>>;

@Controller('films')
export class FilmsController {
  constructor(private readonly films: FilmsService) {}

  @Get()
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
      await this.films.edit(id, checked.changes);
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

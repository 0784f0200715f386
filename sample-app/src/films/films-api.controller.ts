import {
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  Put,
  Query,
  Req,
  Res,
  UnprocessableEntityException,
} from '@nestjs/common';
import type { Response } from 'express';
import {
  CacheControl,
  Etag,
  InvalidateTags,
  LastModified,
  NoSiteCache,
  setEtag,
} from 'nestjs-cache-framework';
import type { Film } from '../entities/film.entity.js';
import { Making } from '../html/making.js';
import { IdPipe } from '../site/id.pipe.js';
import { type CatalogueQuery, readCatalogueQuery } from './catalogue-query.js';
import { checkFilmForm, readFilmForm } from './film-form.js';
import { type Catalogue, filmVersionTag } from './film-records.js';
import { CATALOGUE, directorTag } from './film-tags.js';
import { FilmsService } from './films.service.js';
import { lastChangeOf, tagOf, type VersionedRequest } from './version.middleware.js';

interface EditRequest extends VersionedRequest {
  /** The directors whose films an edit has changed. */
  directors?: readonly number[];
}

/**
 * The catalogue for programs, which know what they have by its version: they ask each time, and get an answer only if there is
 * another. Nothing here is kept as a page.
 */
@Controller('api/films')
@NoSiteCache()
@CacheControl({ noCache: true })
export class FilmsApiController {
  constructor(private readonly films: FilmsService) {}

  @Get()
  @Etag(tagOf)
  @LastModified(lastChangeOf)
  async catalogue(@Query() given: Readonly<Record<string, unknown>>): Promise<CatalogueQuery & Catalogue> {
    const query = readCatalogueQuery(given);
    return { ...query, ...(await this.films.catalogue(query)) };
  }

  @Get(':id')
  async film(@Param('id', IdPipe) id: number, @Res({ passthrough: true }) response: Response): Promise<Film> {
    const film = await this.#find(id);
    // Not by @Etag: the version must be that of the value, which the cache may have had before the last edit was committed.
    setEtag(response, filmVersionTag(film));
    return film;
  }

  /**
   * Replaces what can be edited of a film, if it is still the version that `If-Match` names. While a cache server is away it answers with an error
   * although the film is changed: a program looks again, where a person would be puzzled.
   */
  @Put(':id')
  @Etag(tagOf)
  @InvalidateTags(CATALOGUE, ({ directors = [] }: EditRequest) => directors.map(directorTag))
  async replace(
    @Param('id', IdPipe) id: number,
    @Body() body: unknown,
    @Req() request: EditRequest,
  ): Promise<Film> {
    await this.#find(id);
    const checked = checkFilmForm(readFilmForm(body), await this.films.genres(new Making()));
    if ('problems' in checked) throw new UnprocessableEntityException(sentenceOf(checked.problems));
    request.directors = await this.films.edit(id, checked.changes);
    return this.#find(id);
  }

  async #find(id: number): Promise<Film> {
    const film = await this.films.film(id, new Making());
    if (film) return film;
    throw new NotFoundException(`There is no film ${id}.`);
  }
}

function sentenceOf(problems: object): string {
  return Object.entries(problems)
    .map(([field, problem]) => `${field}: ${problem}`)
    .join(' ');
}

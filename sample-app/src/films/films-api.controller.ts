import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import type { Film } from '../entities/film.entity.js';
import { Making } from '../html/making.js';
import { IdPipe } from '../site/id.pipe.js';
import { type CatalogueQuery, readCatalogueQuery } from './catalogue-query.js';
import type { Catalogue } from './film-records.js';
import { FilmsService } from './films.service.js';

/** The catalogue for programs. */
@Controller('api/films')
export class FilmsApiController {
  constructor(private readonly films: FilmsService) {}

  @Get()
  async catalogue(@Query() given: Readonly<Record<string, unknown>>): Promise<CatalogueQuery & Catalogue> {
    const query = readCatalogueQuery(given);
    return { ...query, ...(await this.films.catalogue(query)) };
  }

  @Get(':id')
  async film(@Param('id', IdPipe) id: number): Promise<Film> {
    const film = await this.films.film(id, new Making());
    if (film) return film;
    throw new NotFoundException(`There is no film ${id}.`);
  }
}

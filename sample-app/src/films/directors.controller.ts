import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { CachePage, CacheTags } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { IdPipe } from '../site/id.pipe.js';
import { directorPage } from './director.page.js';
import { directorTag } from './film-tags.js';
import { FilmsService } from './films.service.js';

interface DirectorRequest {
  readonly params: { readonly id: string };
}

@Controller('directors')
export class DirectorsController {
  constructor(private readonly films: FilmsService) {}

  /** Browsers are told no lifetime: they ask each time whether their copy is the present one, and an edit shows there at once, too. */
  @Get(':id')
  @CachePage('1h', { cache: 'pages', serverOnly: true })
  @CacheTags(({ params }: DirectorRequest) => directorTag(params.id))
  async director(@Param('id', IdPipe) id: number): Promise<string> {
    const making = new Making();
    const director = await this.films.director(id);
    if (director) return directorPage(director, making);
    throw new NotFoundException(`There is no director ${id}.`);
  }
}

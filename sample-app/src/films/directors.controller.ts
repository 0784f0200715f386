import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { Making } from '../html/making.js';
import { IdPipe } from '../site/id.pipe.js';
import { directorPage } from './director.page.js';
import { FilmsService } from './films.service.js';

@Controller('directors')
export class DirectorsController {
  constructor(private readonly films: FilmsService) {}

  @Get(':id')
  async director(@Param('id', IdPipe) id: number): Promise<string> {
    const making = new Making();
    const director = await this.films.director(id, making);
    if (director) return directorPage(director, making);
    throw new NotFoundException(`There is no director ${id}.`);
  }
}

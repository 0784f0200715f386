import {
  Controller,
  Get,
  Header,
  HttpStatus,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import { CacheRegistry } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { cachesPage } from './caches.page.js';

@Controller('cache')
export class CachesController {
  constructor(private readonly registry: CacheRegistry) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  caches(@Query('cleared') cleared: unknown): string {
    const caches = this.registry.all().map((cache) => ({
      alias: cache.alias,
      description: this.registry.descriptions.get(cache.alias) ?? '',
      statistics: cache.statistics(),
    }));
    const known = typeof cleared === 'string' && this.registry.has(cleared) ? cleared : undefined;
    return cachesPage(caches, new Making(), known);
  }

  @Post(':alias/clear')
  async clear(@Param('alias') alias: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    if (!this.registry.has(alias)) throw new NotFoundException(`There is no cache ${JSON.stringify(alias)}.`);
    await this.registry.get(alias).clear();
    response.redirect(HttpStatus.SEE_OTHER, `/cache?cleared=${encodeURIComponent(alias)}`);
  }
}

import {
  Controller,
  Get,
  Header,
  HttpStatus,
  Logger,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import { CacheBackendError, CacheRegistry } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { cachesPage } from './caches.page.js';

@Controller('cache')
export class CachesController {
  readonly #logger = new Logger('Caches');

  constructor(private readonly registry: CacheRegistry) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  caches(@Query('cleared') cleared: unknown, @Query('later') later: unknown): string {
    const caches = this.registry.all().map((cache) => ({
      alias: cache.alias,
      description: this.registry.descriptions.get(cache.alias) ?? '',
      statistics: cache.statistics(),
    }));
    return cachesPage({
      caches,
      making: new Making(),
      cleared: this.#known(cleared),
      clearedLater: this.#known(later),
    });
  }

  @Post(':alias/clear')
  async clear(@Param('alias') alias: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    if (!this.registry.has(alias)) throw new NotFoundException(`There is no cache ${JSON.stringify(alias)}.`);
    const outcome = (await this.#isCleared(alias)) ? 'cleared' : 'later';
    response.redirect(HttpStatus.SEE_OTHER, `/cache?${outcome}=${encodeURIComponent(alias)}`);
  }

  /** A server that is away is emptied by the library before it is used again. */
  async #isCleared(alias: string): Promise<boolean> {
    try {
      await this.registry.get(alias).clear();
      return true;
    } catch (error) {
      if (!(error instanceof CacheBackendError)) throw error;
      this.#logger.warn(error.message);
      return false;
    }
  }

  #known(alias: unknown): string | undefined {
    return typeof alias === 'string' && this.registry.has(alias) ? alias : undefined;
  }
}

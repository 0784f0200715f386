import {
  Controller,
  Get,
  HttpStatus,
  Logger,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import {
  CacheRegistry,
  type CacheStatistics,
  ConditionalPage,
  NeverCache,
  NoSiteCache,
} from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { isConfirmed } from '../site/confirmation.js';
import { cachesPage } from './caches.page.js';

@Controller('cache')
export class CachesController {
  readonly #logger = new Logger('Caches');

  constructor(private readonly registry: CacheRegistry) {}

  @Get()
  @NeverCache()
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

  /** For programs that look again and again: they get the figures if there are others, and otherwise a few bytes. */
  @Get('statistics')
  @ConditionalPage()
  @NoSiteCache()
  statistics(): Record<string, CacheStatistics> {
    return Object.fromEntries(this.registry.all().map((cache) => [cache.alias, cache.statistics()]));
  }

  @Post(':alias/clear')
  async clear(@Param('alias') alias: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    if (!this.registry.has(alias)) throw new NotFoundException(`There is no cache ${JSON.stringify(alias)}.`);
    const isCleared = await isConfirmed(this.registry.get(alias).clear(), this.#logger);
    const outcome = isCleared ? 'cleared' : 'later';
    response.redirect(HttpStatus.SEE_OTHER, `/cache?${outcome}=${encodeURIComponent(alias)}`);
  }

  #known(alias: unknown): string | undefined {
    return typeof alias === 'string' && this.registry.has(alias) ? alias : undefined;
  }
}

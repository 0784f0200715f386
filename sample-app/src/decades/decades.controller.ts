import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CachePage, VaryOnHeaders } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { decadesPage } from './decades.page.js';
import { DecadesService } from './decades.service.js';
import { isLanguage, negotiateLanguage } from './languages.js';

@Controller('decades')
export class DecadesController {
  constructor(private readonly service: DecadesService) {}

  /**
   * The same for all who read a language, so the HTTP server itself answers hits. `?lang=fr` is for those who would rather click than change
   * their browser.
   */
  @Get()
  @CachePage('10m', { cache: 'pages', early: true })
  @VaryOnHeaders('Accept-Language')
  async decades(
    @Headers('accept-language') accepted: string | undefined,
    @Query('lang') wanted: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const making = new Making();
    const language = isLanguage(wanted) ? wanted : negotiateLanguage(accepted);
    response.setHeader('Content-Language', language);
    return decadesPage(await this.service.decades(), language, making);
  }
}

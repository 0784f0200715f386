import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpStatus,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { NeverCache, PageCache } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { KeptPages } from '../site/kept-pages.js';
import { keptPagePage } from './kept-page.page.js';

/** What the caches make of one address, and a way to have its pages made anew. */
@Controller('cache/page')
@NeverCache()
export class KeptPageController {
  constructor(
    private readonly pages: PageCache,
    private readonly kept: KeptPages,
  ) {}

  @Get()
  async explain(
    @Query('path') given: unknown,
    @Query('forgotten') forgotten: unknown,
    @Req() request: Request,
  ): Promise<string> {
    const path = readPath(given);
    const { cookie, 'accept-language': language } = request.headers;
    const explanation = await this.pages.explain({
      url: `${request.protocol}://${request.host}${path}`,
      headers: { ...(cookie && { cookie }), ...(language && { 'accept-language': language }) },
    });
    return keptPagePage({ path, explanation, forgotten, making: new Making() });
  }

  @Post()
  async forget(@Body('path') given: unknown, @Res({ passthrough: true }) response: Response): Promise<void> {
    const path = readPath(given);
    const outcome = (await this.kept.forgetPath(path)) ? 'now' : 'later';
    response.redirect(
      HttpStatus.SEE_OTHER,
      `/cache/page?${new URLSearchParams({ path, forgotten: outcome }).toString()}`,
    );
  }
}

function readPath(given: unknown): string {
  if (typeof given === 'string' && given.startsWith('/') && URL.canParse(`http://localhost${given}`))
    return given;
  throw new BadRequestException('Give a path of this site, such as /flights.');
}

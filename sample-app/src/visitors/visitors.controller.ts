import { Body, Controller, Get, Headers, HttpStatus, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NeverCache } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { IdPipe } from '../site/id.pipe.js';
import { Session } from './session.js';
import { personalPage, signInPage } from './visitors.page.js';
import { VisitorsService } from './visitors.service.js';

const LONGEST_NAME = 60;

/** Pages of one visitor: in no page cache, here or on the way. */
@Controller('me')
@NeverCache()
export class VisitorsController {
  constructor(
    private readonly session: Session,
    private readonly visitors: VisitorsService,
  ) {}

  @Get()
  async page(@Headers('cookie') cookies?: string): Promise<string> {
    const making = new Making();
    const visitor = this.session.visitorOf(cookies);
    if (visitor === undefined) return signInPage(making);
    const visits = await this.visitors.countVisit(visitor);
    const favourites = await this.visitors.favourites(visitor, making);
    return personalPage({ visitor, visits, favourites, making });
  }

  @Post('sign-in')
  signIn(@Body('name') given: unknown, @Res({ passthrough: true }) response: Response): string | undefined {
    const name = typeof given === 'string' ? given.normalize().trim().replaceAll(/\s+/g, ' ') : '';
    const isUsable = name !== '' && name.length <= LONGEST_NAME && name.isWellFormed();
    if (!isUsable) {
      response.status(HttpStatus.UNPROCESSABLE_ENTITY);
      return signInPage(new Making(), `Give a name of 1 to ${LONGEST_NAME} characters.`);
    }
    response.setHeader('Set-Cookie', this.session.begin(name));
    response.redirect(HttpStatus.SEE_OTHER, '/me');
    return undefined;
  }

  @Post('sign-out')
  signOut(@Res({ passthrough: true }) response: Response): void {
    response.setHeader('Set-Cookie', this.session.end());
    response.redirect(HttpStatus.SEE_OTHER, '/me');
  }

  @Post('favourites')
  async add(
    @Body('film', IdPipe) film: number,
    @Headers('cookie') cookies: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const visitor = this.session.visitorOf(cookies);
    if (visitor !== undefined) await this.visitors.addFavourite(visitor, film, new Making());
    response.redirect(HttpStatus.SEE_OTHER, '/me');
  }

  @Post('favourites/remove')
  async remove(
    @Body('film', IdPipe) film: number,
    @Headers('cookie') cookies: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const visitor = this.session.visitorOf(cookies);
    if (visitor !== undefined) await this.visitors.removeFavourite(visitor, film);
    response.redirect(HttpStatus.SEE_OTHER, '/me');
  }
}

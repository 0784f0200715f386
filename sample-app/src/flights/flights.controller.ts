import { Body, Controller, Get, Headers, HttpStatus, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CachePage, VaryOnCookie } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { FlightReportService } from './flight-report.service.js';
import { flightsPage } from './flights.page.js';
import { isUnits, UNITS_COOKIE, unitsOf } from './units.js';

const YEAR_SECONDS = 365 * 24 * 3600;

@Controller('flights')
export class FlightsController {
  constructor(private readonly flights: FlightReportService) {}

  /**
   * One page for each of the units, and not for each visitor: other cookies are of no account. It takes long, so an old one answers while the next is
   * made, or where it cannot be.
   */
  @Get()
  @CachePage('10m', { cache: 'pages', staleWhileRevalidate: '1h', staleIfError: '1d' })
  @VaryOnCookie(UNITS_COOKIE)
  async report(@Headers('cookie') cookies?: string): Promise<string> {
    const making = new Making();
    return flightsPage(await this.flights.report(), unitsOf(cookies), making);
  }

  /**
   * Sent to the address of the page itself, whose copy a browser then drops; not all browsers look at `Vary: Cookie`.
   *
   * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.4
   */
  @Post()
  choose(@Body('units') given: unknown, @Res({ passthrough: true }) response: Response): void {
    const units = isUnits(given) ? given : 'miles';
    response.setHeader(
      'Set-Cookie',
      `${UNITS_COOKIE}=${units}; Path=/flights; HttpOnly; SameSite=Lax; Max-Age=${YEAR_SECONDS}`,
    );
    response.redirect(HttpStatus.SEE_OTHER, '/flights');
  }
}

import { Controller, Get } from '@nestjs/common';
import { CachePage } from 'nestjs-cache-framework';
import { Making } from '../html/making.js';
import { FlightReportService } from './flight-report.service.js';
import { flightsPage } from './flights.page.js';

@Controller('flights')
export class FlightsController {
  constructor(private readonly flights: FlightReportService) {}

  @Get()
  @CachePage('10m', { cache: 'pages' })
  async report(): Promise<string> {
    const making = new Making();
    return flightsPage(await this.flights.report(), making);
  }
}

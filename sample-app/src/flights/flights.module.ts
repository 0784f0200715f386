import { Module } from '@nestjs/common';
import { FlightReportService } from './flight-report.service.js';
import { FlightsController } from './flights.controller.js';

@Module({ controllers: [FlightsController], providers: [FlightReportService] })
export class FlightsModule {}

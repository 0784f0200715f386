import { Injectable } from '@nestjs/common';
import { CacheService, InjectCache } from 'nestjs-cache-framework';
import { DataSource } from 'typeorm';

/** How late one group of flights is, in minutes. */
export interface Punctuality {
  readonly flights: number;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  /** The share that is more than a quarter of an hour late. */
  readonly lateShare: number;
}

export type ByHour = Punctuality & { readonly hour: number };
export type ByDistance = Punctuality & { readonly band: number };

export interface HeatCell {
  readonly hour: number;
  readonly band: number;
  readonly mean: number;
}

export interface FlightReport {
  readonly total: {
    readonly flights: number;
    readonly mean: number;
    readonly lateShare: number;
    readonly worst: number;
  };
  readonly byHour: ByHour[];
  readonly byDistance: ByDistance[];
  readonly heat: HeatCell[];
}

/** Miles per band of distance. */
export const BAND_MILES = 500;
/** The last band is open: everything beyond. */
export const LAST_BAND = 5;

const HOUR = 'CAST(time AS INTEGER)';
const BAND = `min(distance / ${BAND_MILES}, ${LAST_BAND})`;

/**
 * Reads every flight several times over. Percentiles need the flights of each group in order, which no index can spare for an expression, so
 * this takes hundreds of milliseconds, during which SQLite keeps the process to itself: a page that wants to be cached.
 */
@Injectable()
export class FlightReportService {
  constructor(
    private readonly database: DataSource,
    @InjectCache('pages') private readonly cache: CacheService,
  ) {}

  /** Computed once for the pages in all units, and kept beside them: to clear that cache makes the next visit slow. */
  async report(): Promise<FlightReport> {
    return this.cache.getOrSet('flight-report', () => this.#compute(), '10m');
  }

  async #compute(): Promise<FlightReport> {
    const [total] = await this.database.query<FlightReport['total'][]>(
      'SELECT count(*) AS flights, avg(delay) AS mean, avg(delay > 15) AS lateShare, max(delay) AS worst FROM flight',
    );
    return {
      total: total!,
      byHour: await this.database.query<ByHour[]>(punctualityBy('hour', HOUR)),
      byDistance: await this.database.query<ByDistance[]>(punctualityBy('band', BAND)),
      heat: await this.database.query<HeatCell[]>(
        `SELECT ${HOUR} AS hour, ${BAND} AS band, avg(delay) AS mean FROM flight GROUP BY 1, 2`,
      ),
    };
  }
}

/** The percentile p is the smallest delay that at least the share p of the group does not exceed. */
function punctualityBy(name: string, expression: string): string {
  return `
    WITH ranked AS (
      SELECT ${expression} AS ${name}, delay,
             cume_dist() OVER (PARTITION BY ${expression} ORDER BY delay) AS share
      FROM flight
    )
    SELECT ${name}, count(*) AS flights, avg(delay) AS mean, avg(delay > 15) AS lateShare,
           min(CASE WHEN share >= 0.5 THEN delay END) AS median,
           min(CASE WHEN share >= 0.9 THEN delay END) AS p90,
           min(CASE WHEN share >= 0.99 THEN delay END) AS p99
    FROM ranked GROUP BY ${name} ORDER BY ${name}`;
}

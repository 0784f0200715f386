import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface Decade {
  readonly decade: number;
  readonly films: number;
  readonly budget: number | null;
  readonly gross: number | null;
}

/** Reads only what the edit form does not change, so an edit never makes a cached page of it wrong. */
@Injectable()
export class DecadesService {
  constructor(private readonly database: DataSource) {}

  async decades(): Promise<Decade[]> {
    return this.database.query<Decade[]>(`
      SELECT CAST(substr(releasedOn, 1, 3) AS INTEGER) * 10 AS decade, count(*) AS films,
             avg(budget) AS budget, sum(worldwideGross) AS gross
      FROM film GROUP BY decade ORDER BY decade`);
  }
}

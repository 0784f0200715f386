import type { Provider } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { CACHE_DATA_SOURCE } from './cache-url.js';

/**
 * Provides the data source of a database that is there for the caches alone. Not through TypeOrmModule, which would not start without
 * that database: the caches connect it as soon as it answers, and end it.
 */
export function cacheDataSource(options: DataSourceOptions): Provider {
  return { provide: getDataSourceToken(CACHE_DATA_SOURCE), useFactory: () => new DataSource(options) };
}

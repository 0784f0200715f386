import { databaseDefinition } from '../backends/database/database-definition.js';
import type { CacheTable } from '../backends/database/table/cache-table.service.js';
import { DEFAULT_TABLE, parseTableName, showTableName } from '../backends/database/table/table-name.js';
import type { CacheConfiguration } from '../cache/cache-options.js';
import { parseLocationUrl } from '../core/location-url.js';

/** Returns the tables of those of the caches that are on a database. The configuration has been checked. */
export function cacheTablesIn(caches: Readonly<Record<string, CacheConfiguration>> = {}): CacheTable[] {
  return Object.entries(caches).flatMap(([alias, configuration]) => {
    const owner = `Cache "${alias}"`;
    const given = typeof configuration === 'string' ? fromUrl(configuration, owner) : configuration;
    if (given.backend !== databaseDefinition.name) return [];
    const { dataSource, location } = given as Partial<CacheTable> & { readonly location?: string };
    return { alias, table: showTableName(parseTableName(location || DEFAULT_TABLE, owner)), dataSource };
  });
}

function fromUrl(text: string, owner: string): { readonly backend: string; readonly location?: string } {
  const { query, rest, scheme } = parseLocationUrl(text, owner);
  if (scheme !== databaseDefinition.name) return { backend: scheme };
  return { ...query, backend: scheme, location: databaseDefinition.locationFromUrl(rest, scheme) };
}

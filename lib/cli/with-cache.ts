import type { CacheService } from '../cache/cache-service.js';
import { DEFAULT_ALIAS, openCaches } from '../cache/cache-registry.js';
import type { CacheConfiguration } from '../cache/cache-options.js';
import { CommandError, type Output } from './command.js';
import { readDataSourceFile } from './data-source-file.js';
import { type DataSourceLike, isDataSource } from '../backends/database/connections/data-source.js';
import { closeDataSources, makeBare } from './open-data-source.js';

/** Opens the cache of an alias that a file exports, alone, for as long as the work takes. */
export async function withCache(
  path: string,
  alias: string,
  output: Output,
  work: (cache: CacheService) => Promise<void>,
): Promise<void> {
  const { caches, dataSources, routers } = await readDataSourceFile(path);
  if (!caches)
    throw new CommandError(`${path} exports no caches; export those given to CacheModule.forRoot.`);
  if (!Object.hasOwn(caches, alias)) {
    throw new CommandError(`${path} has no cache "${alias}". Its caches: ${Object.keys(caches).join(', ')}.`);
  }
  const configuration = withoutCreation(caches[alias]!);
  const used = [...Object.values(dataSources), ...dataSourceOf(configuration)];
  for (const dataSource of used) makeBare(dataSource);
  // Nobody asks for the default cache here; it must be there all the same.
  const chosen: Record<string, CacheConfiguration> = { [DEFAULT_ALIAS]: 'dummy://', [alias]: configuration };
  const registry = await openCaches(chosen, {
    dataSources,
    routers,
    warn: (message) => output.complain(message),
  });
  try {
    await work(registry.get(alias));
  } finally {
    await registry.closeAll();
    await closeDataSources(used);
  }
}

/** Who asks for numbers does not want a table to come of it. */
function withoutCreation(configuration: CacheConfiguration): CacheConfiguration {
  if (typeof configuration === 'string')
    return configuration.replace(/([?&])createTable=true\b/, '$1createTable=false');
  return 'createTable' in configuration ? { ...configuration, createTable: false } : configuration;
}

/** The data source that a configuration holds itself, beside those that the file exports. */
function dataSourceOf(configuration: CacheConfiguration): DataSourceLike[] {
  if (typeof configuration === 'string' || !('dataSource' in configuration)) return [];
  return isDataSource(configuration.dataSource) ? [configuration.dataSource] : [];
}

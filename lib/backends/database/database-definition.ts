import {
  flag,
  milliseconds,
  type OptionRule,
  positiveByteSize,
  positiveLifetime,
  wholeNumber,
} from '../../core/options.js';
import type { BackendContext } from '../cache-backend.js';
import type { BackendDefinition } from '../backend-definition.js';
import { textLocation } from '../backend-definition.js';
import { type DataSourceLike, isDataSource } from './connections/data-source.js';
import { CleanUps } from './clean-ups.js';
import { DatabaseBackend } from './database-backend.js';
import type { DataSourceName } from './routing/cache-router.js';
import { Sites } from './routing/sites.js';
import { DEFAULT_TABLE, parseTableName, showTableName, type TableName } from './table/table-name.js';
import { TableCheck } from './table-check.js';

export interface DatabaseOptions {
  dataSource: DataSourceName | DataSourceLike;
  maxEntries: number;
  maxBytes: number;
  maxAge: number | null;
  cullFrequency: number;
  readYourWritesMs: number;
  connections: number;
  prepare: boolean;
  createTable: boolean;
}

const DEFAULT_ENTRIES = 100_000;
const DEFAULT_CONNECTIONS = 4;
/** The share of the deadline for which a statement waits for others: one that was locked out failed, and the database is well. */
const PATIENCE = 0.8;

const dataSource: OptionRule<DataSourceName | DataSourceLike> = {
  expected: 'the name of a data source, the token of a provider, or a DataSource of TypeORM',
  parse: (value) => {
    const isName =
      typeof value === 'string' ? value !== '' : typeof value === 'symbol' || typeof value === 'function';
    if (isName || isDataSource(value)) return value as DataSourceName | DataSourceLike;
    throw new TypeError('not as expected');
  },
  fromText: (text) => text,
};

export const databaseDefinition: BackendDefinition<DatabaseOptions, string> = {
  name: 'database',
  isRemote: true,
  options: {
    dataSource,
    maxEntries: wholeNumber(1),
    maxBytes: positiveByteSize,
    maxAge: positiveLifetime,
    cullFrequency: wholeNumber(0),
    readYourWritesMs: milliseconds(0),
    connections: wholeNumber(1),
    prepare: flag,
    createTable: flag,
  },
  defaultLocation: DEFAULT_TABLE,
  packagesFor: () => ['typeorm'],
  locationFromUrl: tableFromUrl,
  storeName: ({ dataSource }, location) => `database ${nameOf(dataSource)}: ${location}`,
  create: (context, options, location = DEFAULT_TABLE) => {
    const owner = `Cache "${context.alias}"`;
    const table = parseTableName(location, owner);
    const sites = sitesOf(context, options, table, owner);
    return new DatabaseBackend({
      context,
      connections: options.connections ?? DEFAULT_CONNECTIONS,
      prepares: options.prepare ?? true,
      sites,
      cleanUps: new CleanUps({ limits: limitsOf(options), clock: context.clock, warn: context.warn }),
      tableCheck: new TableCheck(table, options.createTable ? () => createTable(sites, table) : undefined),
    });
  },
};

function tableFromUrl(rest: string): string | undefined {
  if (/[/@]/.test(rest)) {
    throw new TypeError(
      'it names a table, not a server: the server is that of the data source; "/" is written %2F, "@" is written %40',
    );
  }
  return textLocation(rest);
}

const numbers = new WeakMap<object, number>();
let count = 0;

/** Two tables of one name in two data sources are two stores. */
function nameOf(dataSource: DatabaseOptions['dataSource'] | undefined): string {
  if (typeof dataSource !== 'object' && typeof dataSource !== 'function') return String(dataSource);
  const number = numbers.get(dataSource) ?? ++count;
  numbers.set(dataSource, number);
  return `#${number}`;
}

function limitsOf({
  maxEntries = DEFAULT_ENTRIES,
  maxBytes,
  maxAge,
  cullFrequency,
}: Partial<DatabaseOptions>) {
  return { maxEntries, maxBytes, maxAgeMs: maxAge ?? undefined, cullFrequency };
}

function sitesOf(
  { alias, clock, dataSources, lost, operationTimeoutMs }: BackendContext,
  {
    connections = DEFAULT_CONNECTIONS,
    dataSource,
    prepare = true,
    readYourWritesMs,
  }: Partial<DatabaseOptions>,
  table: TableName,
  owner: string,
): Sites {
  return new Sites({
    owner,
    table,
    hints: { alias, table: showTableName(table) },
    entity: async () => (await import('./table/cache-entry.entity.js')).CacheEntry,
    dataSources,
    dataSource,
    readYourWritesMs,
    connections,
    prepares: prepare,
    patienceMs: PATIENCE * operationTimeoutMs,
    clock,
    lost,
  });
}

/** Returns false if a router does not allow the table there. */
async function createTable(sites: Sites, table: TableName): Promise<boolean> {
  const { createCacheTable } = await import('./table/create-cache-table.js');
  const dataSource = await sites.toMigrate();
  if (dataSource) await createCacheTable(dataSource, showTableName(table));
  return dataSource !== undefined;
}

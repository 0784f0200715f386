import { afterAll, beforeAll } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { dialectNameOf } from '../../lib/backends/database/connections/data-source.js';
import { rowId } from '../../lib/backends/database/row-id.js';
import { databaseCapabilities } from '../../lib/backends/database/row-store.js';
import { createCacheTable } from '../../lib/backends/database/table/create-cache-table.js';
import { quoteTable } from '../../lib/backends/database/table/ddl.js';
import { parseTableName } from '../../lib/backends/database/table/table-name.js';
import type { CacheConfiguration, CacheRouter } from '../../lib/index.js';
import { describeCacheBackend } from './describe-cache-backend.js';
import type { BackendHarness, Store, SuiteOptions } from './harness.js';

/** A database, with the data sources through which caches use it. */
export interface DatabaseSite {
  readonly dataSources: Readonly<Record<string, DataSource>>;
  readonly routers?: readonly CacheRouter[];
  /** The test's own way to the table, which no statement log knows of. */
  readonly desk: DataSource;
  /** As `location` has it. */
  readonly table: string;
  /** Options of the caches beside the table. */
  readonly options?: object;
  /** Resolves when the replicas show what was written. */
  caughtUp?(): Promise<void>;
  stop(): Promise<void>;
}

const DAMAGED_FROM = 4;
const FOREIGN_SCOPE = 'f'.repeat(16);

/** The cache table under test. */
export class DatabaseStore implements Store {
  readonly surroundings: Required<Store>['surroundings'];
  readonly #table: string;

  constructor(private readonly site: DatabaseSite) {
    const dialect = dialectNameOf(site.desk, 'A test');
    this.#table = quoteTable(dialect, parseTableName(site.table, 'A test'));
    this.surroundings = { dataSources: site.dataSources, routers: site.routers };
  }

  configuration(options: SuiteOptions): CacheConfiguration {
    // The machine of the tests may be busy, and failures are to be seen.
    const patience = { operationTimeoutMs: 5000, onError: 'throw' } as const;
    const { options: own, table } = this.site;
    return { ...options, ...patience, backend: 'database', location: table, ...own };
  }

  async create(): Promise<void> {
    await createCacheTable(this.site.desk, this.site.table);
    await this.settle();
  }

  async empty(): Promise<void> {
    await this.#ask(`DELETE FROM ${this.#table}`);
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.site.caughtUp?.();
  }

  async damage(finalKey: string): Promise<void> {
    const id = rowId(finalKey);
    const [row] = await this.#ask(`SELECT value FROM ${this.#table} WHERE id = ?`, id);
    if (!row) throw new Error(`no row holds ${finalKey}`);
    const value = Buffer.from(row['value'] as Uint8Array);
    value.write('damaged', DAMAGED_FROM);
    await this.#ask(`UPDATE ${this.#table} SET value = ? WHERE id = ?`, value, id);
    await this.settle();
  }

  readonly foreign = {
    put: async (key: string): Promise<void> => {
      await this.#ask(
        `INSERT INTO ${this.#table} (id, cache_key, value, expires_at, written_at, scope) VALUES (?, ?, ?, NULL, 0, ?)`,
        foreignId(key),
        key,
        Buffer.from('foreign'),
        FOREIGN_SCOPE,
      );
    },
    has: async (key: string): Promise<boolean> => {
      const [row] = await this.#ask(`SELECT value FROM ${this.#table} WHERE id = ?`, foreignId(key));
      return row !== undefined && Buffer.from(row['value'] as Uint8Array).toString() === 'foreign';
    },
  };

  async dispose(): Promise<void> {}

  /** Sends a statement, with `?` for its values. */
  async #ask(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
    let count = 0;
    const isPostgres = this.site.desk.options.type === 'postgres';
    const own = isPostgres ? text.replaceAll('?', () => `$${++count}`) : text;
    return this.site.desk.query(own, values);
  }
}

/** Of a row that somebody else has written, with an id of the same form. */
function foreignId(key: string): string {
  return rowId(`foreign\0${key}`);
}

/** Runs the suite on a database that is started once, and whose cache table is emptied before each test. */
export function describeDatabase(
  name: string,
  start: () => Promise<DatabaseSite>,
  extra: Pick<BackendHarness, 'variants' | 'modelRuns'> = {},
): void {
  let site: DatabaseSite | undefined;
  let store: DatabaseStore | undefined;
  beforeAll(async () => {
    site = await start();
    store = new DatabaseStore(site);
    await store.create();
  }, 60_000);
  afterAll(async () => site?.stop(), 60_000);
  describeCacheBackend(name, {
    capabilities: databaseCapabilities,
    canDamage: true,
    holdsForeignKeys: true,
    limitTolerance: 0.1,
    ...extra,
    createStore: async () => {
      if (!store) throw new Error('the database runs within a test only');
      await store.empty();
      return store;
    },
  });
}

/** Ends data sources, and then what they belong to. */
export async function endAll(
  dataSources: readonly DataSource[],
  ...servers: readonly { stop(): Promise<void> }[]
): Promise<void> {
  await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
  for (const server of servers) await server.stop();
}

import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type CacheRouter, type CacheService, type DataSourceName, openCaches } from '../../lib/index.js';
import { postgresDataSource, StatementLog } from '../support/data-sources.js';
import { FakeClock } from '../support/fake-clock.js';
import { createPostgresDatabase, startPostgres, startPostgresReplica } from '../support/servers/index.mjs';
import { describeDatabase, endAll } from './database-harness.js';

/** Reads from one data source, and has all else in the other. */
class PrimaryReplicaRouter implements CacheRouter {
  dbForRead(): DataSourceName {
    return 'replica';
  }

  dbForWrite(): DataSourceName {
    return 'primary';
  }

  allowMigrate(dataSource: DataSourceName): boolean {
    return dataSource === 'primary';
  }
}

const routers = [new PrimaryReplicaRouter()];
const TABLE = 'my_cache_table';
const CHANGES = /^\s*(?:INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|TRUNCATE|BEGIN)\b/i;

describe('a cache with a primary and a replica', () => {
  const logs = { primary: new StatementLog(), replica: new StatementLog() };

  /** Opens a cache on two data sources of one database, which tell their statements apart. */
  async function onBoth(work: (cache: CacheService, primary: DataSource) => Promise<void>): Promise<void> {
    const server = await startPostgres();
    const database = await createPostgresDatabase(server);
    const primary = await postgresDataSource(server, { database, logger: logs.primary });
    const replica = await postgresDataSource(server, { database, logger: logs.replica });
    const registry = await openCaches(
      {
        default: {
          backend: 'database',
          location: TABLE,
          createTable: true,
          readYourWritesMs: 0,
          onError: 'throw',
          operationTimeoutMs: 5000,
        },
      },
      { clock: new FakeClock(), warn: () => {}, dataSources: { primary, replica }, routers },
    );
    await work(registry.get('default'), primary);
    await registry.closeAll();
    await endAll([primary, replica], server);
  }

  /** The statements on each since the last call. */
  function sent(): { primary: string[]; replica: string[] } {
    const both = { primary: [...logs.primary.statements], replica: [...logs.replica.statements] };
    for (const log of Object.values(logs)) log.clear();
    return both;
  }

  it('creates the table on the primary, reads from the replica and writes to the primary, a statement each', async () => {
    await onBoth(async (cache, primary) => {
      const start = sent();
      expect(start.primary.filter((text) => /CREATE TABLE/.test(text))).toHaveLength(1);
      expect(start.replica.filter((text) => CHANGES.test(text))).toEqual([]);
      expect(await primary.query(`SELECT * FROM ${TABLE}`)).toEqual([]);
      sent();

      await cache.set('a', 1);
      await cache.setMany({ b: 2, c: 3 });
      await cache.add('d', 4);
      await cache.touch('a', 60);
      await cache.incr('a');
      await cache.delete('d');
      await cache.deleteMany(['b', 'unknown']);
      const writes = sent();
      expect(writes.replica).toEqual([]);
      // The clean-up beside the writes looks at the table and removes what has ended.
      const own = writes.primary.filter((text) => !/\bLIMIT\b/i.test(text));
      expect(own).toHaveLength(7);
      expect(own.filter((text) => !CHANGES.test(text))).toEqual([]);

      expect(await cache.get('a')).toBe(2);
      expect(await cache.get('unknown')).toBeUndefined();
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual(
        new Map([
          ['a', 2],
          ['c', 3],
        ]),
      );
      expect(await cache.has('a')).toBe(true);
      expect(await cache.ttl('a')).toBe(60);
      const reads = sent();
      expect(reads.primary).toEqual([]);
      expect(reads.replica).toHaveLength(5);
      expect(reads.replica.filter((text) => CHANGES.test(text))).toEqual([]);

      await cache.clear();
      expect(sent().replica).toEqual([]);
    });
  }, 60_000);
});

describeDatabase(
  'database with a primary and a replica that is never late',
  async () => {
    const server = await startPostgres();
    const desk = await postgresDataSource(server);
    const primary = await postgresDataSource(server);
    const replica = await postgresDataSource(server, {
      extra: { options: '-c default_transaction_read_only=on' },
    });
    return {
      dataSources: { primary, replica },
      routers,
      desk,
      table: TABLE,
      options: { readYourWritesMs: 0 },
      stop: () => endAll([primary, replica, desk], server),
    };
  },
  { variants: ['default'], modelRuns: 15 },
);

describeDatabase(
  'database with a standby of PostgreSQL',
  async () => {
    const server = await startPostgres();
    const { caughtUp, standby } = await startPostgresReplica(server);
    const desk = await postgresDataSource(server);
    const primary = await postgresDataSource(server);
    const replica = await postgresDataSource(standby);
    return {
      dataSources: { primary, replica },
      routers,
      desk,
      table: TABLE,
      options: { readYourWritesMs: 1000 },
      caughtUp,
      stop: () => endAll([primary, replica, desk], standby, server),
    };
  },
  { variants: ['prefixed', 'ownKeys'], modelRuns: 15 },
);

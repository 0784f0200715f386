import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type CacheService, openCaches } from '../../lib/index.js';
import { postgresDataSource } from '../support/data-sources.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  type PostgresReplica,
  type ServerProcess,
  startPostgres,
  startPostgresReplica,
} from '../support/servers/index.mjs';
import { until } from '../support/servers/server-process.mjs';
import { describeDatabase, endAll } from './database-harness.js';

interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** The pools of TypeORM: that of the master, and one for each slave. */
function poolsOf(dataSource: DataSource): Pool[] {
  const { master, slaves } = dataSource.driver as unknown as { master: Pool; slaves: Pool[] };
  return [master, ...slaves];
}

function openBoth(primary: ServerProcess, { standby }: PostgresReplica): Promise<DataSource> {
  const at = ({ host, port }: ServerProcess) => ({ host, port, username: 'postgres', database: 'postgres' });
  return postgresDataSource(primary, { replication: { master: at(primary), slaves: [at(standby)] } });
}

describe('a cache in a data source that has replicas of its own', () => {
  let primary: ServerProcess;
  let replica: PostgresReplica;
  let dataSource: DataSource;
  let clock: FakeClock;
  let cache: CacheService;
  let close: () => Promise<void>;
  beforeAll(async () => {
    primary = await startPostgres();
    replica = await startPostgresReplica(primary);
    dataSource = await openBoth(primary, replica);
    clock = new FakeClock();
    const registry = await openCaches(
      { default: { backend: 'database', createTable: true, onError: 'throw', operationTimeoutMs: 5000 } },
      { clock, warn: () => {}, dataSources: { default: dataSource } },
    );
    cache = registry.get('default');
    close = () => registry.closeAll();
    await replica.caughtUp();
  }, 60_000);
  afterAll(async () => {
    await close();
    await endAll([dataSource], replica, primary);
  }, 60_000);

  it('reads from the replica, once what it has written may be there', async () => {
    await cache.set('key', 'old');
    await replica.caughtUp();
    await replica.pauseReplay();
    await cache.set('key', 'new');
    expect(await cache.get('key')).toBe('new');
    clock.advance(2);
    expect(await cache.get('key')).toBe('old');
    await replica.resumeReplay();
    await replica.caughtUp();
    expect(await cache.get('key')).toBe('new');
  });

  it('gives every query runner back, whatever becomes of the statement', async () => {
    const text = 'no number';
    await cache.set('text', text);
    await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => [
        cache.set(`key:${index}`, index),
        cache.get(`key:${index}`),
        cache.getMany([`key:${index}`, 'unknown']),
        cache.incr('text'),
        cache.incr('unknown'),
        cache.add(`key:${index}`, 1),
      ]).flat(),
    );
    clock.advance(2);
    await replica.caughtUp();
    await Promise.all(Array.from({ length: 100 }, (_, index) => cache.get(`key:${index}`)));
    await until('all connections are in their pools', async () =>
      poolsOf(dataSource).every((pool) => pool.idleCount === pool.totalCount && pool.waitingCount === 0),
    );
    // Both were of use.
    expect(poolsOf(dataSource).map(({ totalCount }) => totalCount > 0)).toEqual([true, true]);
    await dataSource.query(`DELETE FROM cache_entries`);
  });
});

describeDatabase(
  'database with replicas of TypeORM',
  async () => {
    const primary = await startPostgres();
    const replica = await startPostgresReplica(primary);
    const desk = await postgresDataSource(primary);
    const dataSource = await openBoth(primary, replica);
    return {
      dataSources: { default: dataSource },
      desk,
      table: 'my_cache_table',
      caughtUp: () => replica.caughtUp(),
      stop: () => endAll([dataSource, desk], replica, primary),
    };
  },
  { variants: ['secondVersion'], modelRuns: 15 },
);

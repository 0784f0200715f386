import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createCacheTable } from '../../../lib/backends/database/table/create-cache-table.js';
import { type CacheRegistry, type CacheService, openCaches } from '../../../lib/index.js';
import { postgresDataSource, StatementLog } from '../../support/data-sources.js';
import { FakeClock } from '../../support/fake-clock.js';
import {
  type PostgresReplica,
  type ServerProcess,
  startPostgres,
  startPostgresReplica,
} from '../../support/servers/index.mjs';
import { until } from '../../support/servers/server-process.mjs';

const TABLE = 'cache_entries';
const routers = [{ dbForRead: () => 'replica', dbForWrite: () => 'primary' }];

describe('a cache that reads from a standby of PostgreSQL', () => {
  let server: ServerProcess;
  let replica: PostgresReplica;
  let primary: DataSource;
  let standby: DataSource;
  const readThere = new StatementLog();
  beforeAll(async () => {
    server = await startPostgres();
    replica = await startPostgresReplica(server);
    primary = await postgresDataSource(server);
    standby = await postgresDataSource(replica.standby, { logger: readThere });
    await createCacheTable(primary, TABLE);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([primary.destroy(), standby.destroy()]);
    await replica.stop();
    await server.stop();
  }, 60_000);

  let clock: FakeClock;
  let registry: CacheRegistry | undefined;
  beforeEach(async () => {
    clock = new FakeClock();
    await primary.query(`DELETE FROM ${TABLE}`);
    await replica.caughtUp();
  });

  /** Opens another process's cache on both, as it were. */
  function open(readYourWritesMs?: number): Promise<CacheRegistry> {
    return openCaches(
      {
        default: {
          backend: 'database',
          location: TABLE,
          readYourWritesMs,
          onError: 'throw',
          operationTimeoutMs: 5000,
        },
      },
      { clock, warn: () => {}, dataSources: { primary, replica: standby }, routers },
    );
  }

  /** Works with a cache whose standby knows some entries, and hears nothing of what comes after. */
  async function withLateStandby(
    readYourWritesMs: number | undefined,
    work: (cache: CacheService) => Promise<void>,
  ): Promise<void> {
    const writer = await open(readYourWritesMs);
    await writer.get('default').setMany({ key: 'old', other: 'old', count: 1 });
    await writer.closeAll();
    await replica.caughtUp();
    registry = await open(readYourWritesMs);
    await replica.pauseReplay();
    try {
      await work(registry.get('default'));
    } finally {
      await replica.resumeReplay();
      await registry.closeAll();
    }
  }

  /** Lets a write to the table begin, and the time go on before it can end. */
  async function heldUp(write: () => Promise<unknown>, seconds: number): Promise<void> {
    const runner = primary.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(`LOCK TABLE ${TABLE} IN SHARE MODE`);
      const writing = write();
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
      await until('the write waits', async () => (await primary.query(waiting)).length > 0, 3000);
      clock.advance(seconds);
      await runner.commitTransaction();
      await writing;
    } finally {
      await runner.release();
    }
  }

  it.each<
    [string, (cache: CacheService) => Promise<unknown>, (cache: CacheService) => Promise<unknown>, unknown]
  >([
    ['a deleted entry', (cache) => cache.delete('key'), (cache) => cache.get('key'), undefined],
    [
      'entries deleted at once',
      (cache) => cache.deleteMany(['key', 'other']),
      (cache) => cache.has('other'),
      false,
    ],
    ['a cleared entry', (cache) => cache.clear(), (cache) => cache.get('key'), undefined],
    ['an overwritten entry', (cache) => cache.set('key', 'new'), (cache) => cache.get('key'), 'new'],
    [
      'entries overwritten at once',
      (cache) => cache.setMany({ key: 'new' }),
      (cache) => cache.get('key'),
      'new',
    ],
    ['a counted entry', (cache) => cache.incr('count'), (cache) => cache.get('count'), 2],
    ['an entry with another end', (cache) => cache.touch('key', null), (cache) => cache.ttl('key'), null],
    [
      'an entry removed by a timeout of 0',
      (cache) => cache.set('key', 1, 0),
      (cache) => cache.get('key'),
      undefined,
    ],
  ])('does not see %s as it was before, within the time given', async (_name, write, read, expected) => {
    await withLateStandby(60_000, async (cache) => {
      await write(cache);
      clock.advance(59);
      expect(await read(cache)).toBe(expected);
    });
  });

  it('reads one batch from both: from the primary what it has written, from the standby the rest', async () => {
    await withLateStandby(60_000, async (cache) => {
      await cache.set('key', 'new');
      readThere.clear();
      expect(await cache.getMany(['key', 'other', 'unknown'])).toEqual(
        new Map([
          ['key', 'new'],
          ['other', 'old'],
        ]),
      );
      expect(readThere.statements).toHaveLength(1);
    });
  });

  it.each<[string, (cache: CacheService) => Promise<unknown>]>([
    ['a delete', (cache) => cache.delete('key')],
    ['a deleteMany', (cache) => cache.deleteMany(['key', 'other'])],
    ['a clear', (cache) => cache.clear()],
    ['a set of 0 seconds', (cache) => cache.set('key', 1, 0)],
  ])('counts the time from the end of %s, however long that took', async (_name, write) => {
    await withLateStandby(1000, async (cache) => {
      await heldUp(() => write(cache), 10);
      expect(await cache.get('key')).toBeUndefined();
      clock.advance(0.9);
      expect(await cache.get('key')).toBeUndefined();
    });
  });

  it('computes anew what it has deleted, and finds that', async () => {
    await withLateStandby(60_000, async (cache) => {
      await cache.delete('key');
      expect(await cache.getOrSet('key', () => 'computed')).toBe('computed');
      expect(await cache.getOrSet('key', () => 'again')).toBe('computed');
    });
  });

  it('takes a second, if it is told nothing, from a standby that says what it is', async () => {
    await withLateStandby(undefined, async (cache) => {
      await cache.delete('key');
      clock.advance(0.999);
      expect(await cache.get('key')).toBeUndefined();
      clock.advance(0.002);
      expect(await cache.get('key')).toBe('old');
    });
  });

  it('reads everything from the standby when it is told to, however late that is', async () => {
    await withLateStandby(0, async (cache) => {
      await cache.delete('key');
      expect(await cache.get('key')).toBe('old');
    });
    await replica.caughtUp();
  });

  it('reads from the primary while the standby is down, and from the standby when it is back', async () => {
    registry = await open(0);
    const cache = registry.get('default');
    await cache.set('key', 1);
    await replica.caughtUp();
    const isRead = () =>
      cache.get('key').then(
        (value) => value === 1,
        () => false,
      );
    await replica.standby.kill();
    await until('it is read from the primary', isRead);
    readThere.clear();
    for (let count = 0; count < 10; count++) expect(await cache.get('key')).toBe(1);
    expect(readThere.statements).toEqual([]);
    await replica.standby.restart();
    await replica.caughtUp();
    await until('it is read from the standby', async () => {
      readThere.clear();
      return (await isRead()) && readThere.count(/^SELECT value/i) > 0;
    });
    await registry.closeAll();
  }, 30_000);
});

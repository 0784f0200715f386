import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type CacheRegistry, type CacheService, openCaches } from '../../../lib/index.js';
import { until } from '../../support/servers/server-process.mjs';
import { onEachDatabase } from './on-each-database.js';

const TABLE = 'transactions';

describe.each(onEachDatabase())('a transaction of the application on %s', (_name, open) => {
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let registry: CacheRegistry;
  let cache: CacheService;

  beforeAll(async () => {
    ({ dataSource, close } = await open());
    await dataSource.query('CREATE TABLE films (id int PRIMARY KEY)');
  }, 60_000);
  afterAll(async () => close());

  beforeEach(async () => {
    registry = await openCaches(
      {
        default: {
          backend: 'database',
          location: TABLE,
          dataSource,
          createTable: true,
          onError: 'throw',
          operationTimeoutMs: 5000,
        },
        lenient: { backend: 'database', location: TABLE, dataSource, operationTimeoutMs: 5000 },
        broken: { backend: 'database', location: 'no_such_table', dataSource },
        memory: 'memory://',
      },
      { warn: () => {} },
    );
    cache = registry.get('default');
    await cache.clear();
    await dataSource.query('DELETE FROM films');
  });
  afterEach(async () => registry.closeAll());

  const failing = async (work: Promise<unknown>): Promise<void> => {
    await expect(work).rejects.toThrow('changed my mind');
  };

  it('is over for calls that nobody awaited, and leaves the next on its connection alone', async () => {
    const late: Promise<unknown>[] = [];
    for (let round = 0; round < 20; round++) {
      await dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO films VALUES (${2 * round})`);
        const within = registry.get('lenient').withinTransaction(manager);
        for (let call = 0; call < 3; call++) late.push(within.delete(`film:${call}`).catch(() => undefined));
      });
      await dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO films VALUES (${2 * round + 1})`);
      });
    }
    await Promise.all(late);
    expect(await dataSource.query('SELECT id FROM films')).toHaveLength(40);
  });

  it('does not undo what the cache wrote beside it', async () => {
    await failing(
      dataSource.transaction(async () => {
        await cache.set('film', 1);
        throw new Error('changed my mind');
      }),
    );
    expect(await cache.get('film')).toBe(1);
  });

  it('undoes what the cache wrote within it', async () => {
    await cache.set('film', 'old');
    await failing(
      dataSource.transaction(async (manager) => {
        const within = cache.withinTransaction(manager);
        await within.set('film', 'new');
        await within.set('other', 1);
        expect(await within.getMany(['film', 'other'])).toEqual(
          new Map<string, unknown>([
            ['film', 'new'],
            ['other', 1],
          ]),
        );
        throw new Error('changed my mind');
      }),
    );
    expect(await cache.get('film')).toBe('old');
    expect(await cache.get('other')).toBeUndefined();
  });

  it('shows others what the cache wrote within it once it is committed', async () => {
    await cache.set('film', 'old');
    await dataSource.transaction(async (manager) => {
      await cache.withinTransaction(manager).delete('film');
    });
    expect(await cache.get('film')).toBeUndefined();
  });

  it('takes a query runner as well', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await cache.withinTransaction(runner).set('film', 1);
    await runner.commitTransaction();
    await runner.release();
    expect(await cache.get('film')).toBe(1);
  });

  it('goes on after a cache statement has failed within it', async () => {
    await dataSource.transaction(async (manager) => {
      const within = cache.withinTransaction(manager);
      const broken = registry.get('broken').withinTransaction(manager);
      await manager.query('INSERT INTO films VALUES (1)');
      await within.set('word', 'no number');
      await expect(within.incr('word')).rejects.toThrow('does not hold an integer');
      await broken.set('film', 1);
      expect(await broken.get('film')).toBeUndefined();
      await expect(broken.delete('film')).rejects.toThrow('failed');
      await manager.query('INSERT INTO films VALUES (2)');
    });
    expect(await dataSource.query('SELECT id FROM films ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await cache.get('word')).toBe('no number');
  });

  it('leaves nothing old behind that it failed to replace', async () => {
    const lenient = registry.get('lenient');
    await cache.set('film', 'old');
    await dataSource.transaction(async (manager) => {
      const runner = manager.queryRunner!;
      const within = lenient.withinTransaction(manager);
      // The statement fails, and nothing else in the transaction.
      const { connect } = runner;
      runner.connect = async () => Promise.reject(new Error('no connection for the cache'));
      await within.set('film', 'new');
      runner.connect = connect;
      await manager.query('SELECT 1');
    });
    await until('the old value is gone', async () => (await cache.get('film')) === undefined);
    expect(lenient.statistics()).toMatchObject({ dropped: 1 });
  });

  it('is over for the cache when it has ended', async () => {
    let within: CacheService | undefined = undefined as CacheService | undefined;
    await dataSource.transaction(async (manager) => {
      within = cache.withinTransaction(manager);
      await within.set('film', 1);
    });
    await expect(within!.set('film', 2)).rejects.toThrow('The transaction has ended');
    await expect(within!.get('film')).rejects.toThrow('The transaction has ended');
    expect(await cache.get('film')).toBe(1);
  });

  it('is not disturbed by statements at once', async () => {
    await dataSource.transaction(async (manager) => {
      const within = cache.withinTransaction(manager);
      await Promise.all(Array.from({ length: 20 }, async (_, index) => within.set(`film:${index}`, index)));
      expect((await within.getMany(Array.from({ length: 20 }, (_, index) => `film:${index}`))).size).toBe(20);
    });
    expect(await cache.get('film:19')).toBe(19);
  });

  it('does not hand what was computed within it to callers outside', async () => {
    let proceed = (): void => {};
    const gate = new Promise<void>((resolve) => (proceed = resolve));
    await failing(
      dataSource.transaction(async (manager) => {
        const inside = cache.withinTransaction(manager).getOrSet('film', async () => {
          await gate;
          return 'uncommitted';
        });
        const outside = cache.getOrSet('film', () => 'committed', 0);
        expect(await outside).toBe('committed');
        proceed();
        expect(await inside).toBe('uncommitted');
        throw new Error('changed my mind');
      }),
    );
    expect(await cache.get('film')).toBeUndefined();
  });

  it('is refused where there is none', async () => {
    expect(() => cache.withinTransaction(dataSource.manager)).toThrow(
      'takes the entity manager or the query runner',
    );
    expect(() => cache.withinTransaction({})).toThrow('takes the entity manager or the query runner');
    const runner = dataSource.createQueryRunner();
    expect(() => cache.withinTransaction(runner)).toThrow('without an open transaction');
    await runner.release();
    expect(() => registry.get('memory').withinTransaction(runner)).toThrow('is for caches on a database');
  });

  it('is refused on another data source', async () => {
    const { dataSource: other, close: closeOther } = await open();
    try {
      await other.transaction(async (manager) => {
        expect(() => cache.withinTransaction(manager)).toThrow('on another data source');
      });
    } finally {
      await closeOther();
    }
  });
});

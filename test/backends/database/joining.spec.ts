import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { Lanes } from '../../../lib/backends/database/connections/lanes.js';
import type { Query } from '../../../lib/backends/database/statements/statement.js';
import { type CacheRegistry, type CacheService, openCaches } from '../../../lib/index.js';
import { StatementLog } from '../../support/data-sources.js';
import { onEachDatabase } from './on-each-database.js';

const servers = onEachDatabase().filter(([name]) => name !== 'SQLite');

describe.each(servers)('operations that wait for a connection to %s', (_name, open) => {
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let registry: CacheRegistry;
  let cache: CacheService;
  const log = new StatementLog();

  beforeAll(async () => {
    ({ dataSource, close } = await open());
    dataSource.setOptions({ logger: log });
    dataSource.logger = log;
  }, 60_000);
  afterAll(async () => close());
  beforeEach(async () => {
    registry = await openCaches(
      {
        default: {
          backend: 'database',
          dataSource,
          createTable: true,
          connections: 1,
          onError: 'throw',
          operationTimeoutMs: 5000,
        },
      },
      { warn: () => {} },
    );
    cache = registry.get('default');
    await cache.clear();
    log.clear();
  });
  afterEach(async () => registry.closeAll());

  const keys = Array.from({ length: 100 }, (_, index) => `key:${index}`);

  it('go out in few statements, and each has its own answer', async () => {
    await Promise.all(keys.map(async (key, index) => cache.set(key, index)));
    const writes = log.count(/^INSERT/);
    expect(writes).toBeLessThan(50);
    expect(await Promise.all(keys.map(async (key) => cache.get(key)))).toEqual(keys.map((_, index) => index));
    expect(log.count(/^SELECT value|^SELECT id, value/)).toBeLessThan(50);
    expect(await Promise.all([...keys, 'none', 'key:1'].map(async (key) => cache.has(key)))).toEqual([
      ...keys.map(() => true),
      false,
      true,
    ]);
  });

  it('go out alone if nobody else waits', async () => {
    for (const key of keys.slice(0, 5)) await cache.set(key, 1);
    for (const key of keys.slice(0, 5)) expect(await cache.get(key)).toBe(1);
    expect(log.count(/^INSERT/)).toBe(5);
    expect(log.count(/^SELECT value/)).toBe(5);
  });

  it('leave the last of several values to a key', async () => {
    const values = Array.from({ length: 60 }, (_, index) => index);
    await Promise.all(values.map(async (value) => cache.set('key', value)));
    expect(await cache.get('key')).toBe(59);
  });

  it('carry values of all sizes', async () => {
    const value = (index: number): string => String(index).repeat(index % 3 === 0 ? 5000 : 50);
    await Promise.all(keys.map(async (key, index) => cache.set(key, value(index))));
    expect(await Promise.all(keys.map(async (key) => cache.get(key)))).toEqual(
      keys.map((_, index) => value(index)),
    );
  });

  it('are tried one by one if they fail together', async () => {
    const lanes = new Lanes({ dataSource, mode: 'master', limit: 1, prepares: true, lost: () => {} });
    await lanes.open();
    const of = (value: number): Query<number> => ({
      statement: { name: undefined, text: value === 3 ? 'SELECT nonsense' : `SELECT ${value}` },
      values: [],
      answer: ({ rows }) => Number(rows[0]![0]),
      join: { kind, part: value },
    });
    const kind = {
      most: (waiting: number) => waiting,
      together: () => ({
        statement: { name: undefined, text: 'SELECT nonsense' },
        values: [],
        answer: () => [],
      }),
    };
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(async (value) => lanes.run(of(value))));
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'))).toEqual([
      1,
      2,
      'failed',
      4,
    ]);
    await lanes.close();
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type CacheRegistry, type CacheService, openCaches } from '../../lib/index.js';
import { onEachDatabase } from '../backends/database/on-each-database.js';

describe.each(onEachDatabase())('The tags of a cache within a transaction on %s', (_name, open) => {
  const tags = ['film'];
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let registry: CacheRegistry;
  let cache: CacheService;

  beforeAll(async () => {
    ({ dataSource, close } = await open());
    await dataSource.query('CREATE TABLE titles (id int PRIMARY KEY, title varchar(20))');
  }, 60_000);
  afterAll(async () => close());

  beforeEach(async () => {
    registry = await openCaches(
      {
        default: {
          backend: 'database',
          location: 'tags',
          dataSource,
          createTable: true,
          operationTimeoutMs: 5000,
        },
      },
      { warn: () => {} },
    );
    cache = registry.get('default');
    await cache.clear();
    await dataSource.query('DELETE FROM titles');
    await dataSource.query("INSERT INTO titles VALUES (1, 'old')");
  });
  afterEach(async () => registry.closeAll());

  async function titleOf(runner: Pick<DataSource, 'query'>): Promise<string> {
    const [row] = await runner.query<{ title: string }[]>('SELECT title FROM titles');
    return row!.title;
  }

  it('are invalidated for all once it is committed', async () => {
    await cache.getOrSet('film', () => titleOf(dataSource), { tags });
    await dataSource.transaction(async (manager) => {
      await manager.query("UPDATE titles SET title = 'new'");
      const within = cache.withinTransaction(manager);
      await within.invalidateTags(tags);
      expect(await within.get('film')).toBeUndefined();
      expect(await within.getOrSet('film', () => titleOf(manager), { tags })).toBe('new');
    });
    expect(await cache.get('film')).toBe('new');
  });

  it('are as they were if it is rolled back', async () => {
    await cache.getOrSet('film', () => titleOf(dataSource), { tags });
    const failing = dataSource.transaction(async (manager) => {
      const within = cache.withinTransaction(manager);
      await within.invalidateTags(tags);
      await within.set('other', 1, { tags });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await cache.get('film')).toBe('old');
    expect(await cache.get('other')).toBeUndefined();
  });

  it.each(['a stamp', 'none yet'])(
    'win over what others compute before the commit, with %s',
    async (before) => {
      if (before === 'a stamp') await cache.set('another', 1, { tags });
      let computing: Promise<unknown> | undefined;
      await dataSource.transaction(async (manager) => {
        await manager.query("UPDATE titles SET title = 'new'");
        const within = cache.withinTransaction(manager);
        await within.invalidateTags(tags);
        computing = cache.getOrSet('film', () => titleOf(dataSource), { tags });
        // Time enough for it to be done, if nothing holds it up.
        for (let turn = 0; turn < 30; turn++) await within.get('nothing');
      });
      await computing;
      expect(await cache.getOrSet('film', () => titleOf(dataSource), { tags })).toBe('new');
    },
  );
});

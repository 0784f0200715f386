import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CleanUp, type TableLimits } from '../../../../lib/backends/database/clean-up/clean-up.js';
import { rowId } from '../../../../lib/backends/database/row-id.js';
import { type Opened, Site } from '../../../../lib/backends/database/routing/site.js';
import type { EntryRow } from '../../../../lib/backends/database/statements/table-queries.js';
import { createCacheTable } from '../../../../lib/backends/database/table/create-cache-table.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { onEachDatabase, type OpenDatabase } from '../on-each-database.js';
import { seededRandom } from './simulated-table.js';

jest.setTimeout(120_000);

const BATCH = 100;

describe.each(onEachDatabase())('the clean-up of a table on %s', (_name, open) => {
  const clock = new FakeClock();
  let opened: OpenDatabase;
  let site: Site;
  let database: Opened['database'];
  let queries: Opened['queries'];

  beforeAll(async () => {
    opened = await open();
    const { dataSource } = opened;
    await createCacheTable(dataSource, 'limited');
    site = new Site(
      { name: 'limited', mode: 'master', find: async () => dataSource, lost: () => undefined },
      { table: { schema: undefined, table: 'limited' }, connections: 4, prepares: true, patienceMs: 200 },
    );
    ({ database, queries } = await site.open());
    // Asks whether locked rows can be passed over.
    await site.state();
  });

  afterAll(async () => {
    await site.close();
    await opened.close();
  });

  beforeEach(async () => {
    await opened.dataSource.query('DELETE FROM limited');
    clock.advance(1000);
  });

  const cleanUp = (limits: Partial<TableLimits>, told: unknown[] = []): CleanUp =>
    new CleanUp({
      limits: {
        maxEntries: 100_000,
        maxBytes: undefined,
        maxAgeMs: undefined,
        cullFrequency: undefined,
        ...limits,
      },
      clock,
      queries,
      run: (query) => database.run(query),
      transaction: (work) => database.transaction(work),
      tell: (error) => told.push(error),
      random: seededRandom(5),
    });

  const rowsOf = (name: string, count: number, seconds: number | null): EntryRow[] =>
    Array.from({ length: count }, (_, index) => ({
      id: rowId(`${name} ${index}`),
      cacheKey: `${name} ${index}`,
      value: Buffer.alloc(100),
      expiresAt: seconds === null ? null : clock.now() + seconds * 1000,
      writtenAt: clock.now(),
      scope: '',
    }));

  const write = async (name: string, count: number, seconds: number | null = null, by?: CleanUp) => {
    const rows = rowsOf(name, count, seconds);
    for (let index = 0; index < count; index += BATCH) {
      const batch = rows.slice(index, index + BATCH);
      await database.run(queries.write(batch));
      void by?.wrote(batch.length, 100 * batch.length);
    }
  };

  const idsLeft = async (): Promise<Set<string>> => {
    const rows = (await opened.dataSource.query('SELECT cache_key FROM limited')) as { cache_key: string }[];
    return new Set(rows.map(({ cache_key }) => cache_key));
  };

  it('holds it to its bound, and removes what was written first', async () => {
    const told: unknown[] = [];
    const tidy = cleanUp({ maxEntries: 1000 }, told);
    for (let round = 0; round < 10; round++) {
      await write(`round ${round}`, 300, null, tidy);
      clock.advance(1);
    }
    await tidy.settled();
    const left = await idsLeft();
    expect(told).toEqual([]);
    expect(left.size).toBeGreaterThanOrEqual(900);
    expect(left.size).toBeLessThanOrEqual(1100);
    expect([...left].filter((key) => /^round [0-5] /.test(key))).toEqual([]);
    expect([...left].filter((key) => /^round [789] /.test(key))).toHaveLength(900);
  });

  it('removes what has expired before anything that is live', async () => {
    await write('live', 600);
    await write('short', 400, 10);
    clock.advance(11);
    const tidy = cleanUp({ maxEntries: 1000 });
    await write('new', 200, null, tidy);
    await tidy.settled();
    const left = await idsLeft();
    expect([...left].filter((key) => key.startsWith('live'))).toHaveLength(600);
    expect([...left].filter((key) => key.startsWith('short'))).toHaveLength(0);
  });

  it('removes all that is due on request, and tells how much', async () => {
    await write('short', 250, 10);
    await write('old', 250);
    clock.advance(61);
    await write('young', 400);
    expect(await cleanUp({ maxEntries: 300, maxAgeMs: 60_000 }).cull()).toEqual({
      expired: 250,
      aged: 250,
      excess: 100,
    });
  });

  it('removes nothing twice, and hardly too much, when several do it at once', async () => {
    await write('short', 1500, 10);
    clock.advance(11);
    await write('live', 500);
    const reports = await Promise.all([1, 2, 3].map(() => cleanUp({ maxEntries: 500 }).cull()));
    expect(reports.reduce((sum, { expired }) => sum + expired, 0)).toBe(1500);
    const { size } = await idsLeft();
    expect(size).toBeGreaterThanOrEqual(450);
    expect(size).toBeLessThanOrEqual(550);
  });

  it('estimates how much it holds', async () => {
    await write('key', 6000);
    const { bytes, entries, isExact } = await cleanUp({}).estimate();
    expect(isExact).toBe(false);
    expect(Math.abs(entries - 6000)).toBeLessThan(600);
    expect(Math.abs(bytes - 600_000)).toBeLessThan(60_000);
  });
});

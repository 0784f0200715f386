import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Query } from '../../../../lib/backends/database/statements/statement.js';
import type { Cull, TableQueries } from '../../../../lib/backends/database/statements/table-queries.js';
import { StatementLog } from '../../../support/data-sources.js';
import { type ServerProcess, startMariadb, startPostgres } from '../../../support/servers/index.mjs';
import { until } from '../../../support/servers/server-process.mjs';
import { idOf, NOW, rowOf, rowsOf } from './rows.js';
import { OPENERS, type Store } from './stores.js';

let postgres: ServerProcess;
let mariadb: ServerProcess;
beforeAll(async () => {
  [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
}, 60_000);
afterAll(async () => Promise.all([postgres.stop(), mariadb.stop()]));

/** Something to wait for, and its end. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const each = async (count: number, work: (index: number) => Promise<unknown>): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Finds statements that wait for a row. */
const WAITING = {
  PostgreSQL: 'SELECT pid FROM pg_locks WHERE NOT granted',
  MariaDB: `SELECT 1 FROM information_schema.global_status WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS' AND variable_value > 0`,
} as const;

describe.each(['PostgreSQL', 'MariaDB'] as const)('statements at once on %s', (name) => {
  const log = new StatementLog();
  let store: Store;
  beforeAll(async () => {
    store = await OPENERS[name]({ postgres, mariadb }, { connections: 20, log });
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    await store.rows(`DELETE FROM ${store.table}`);
    log.clear();
  });
  /** A statement that the database undid, as it waited for another that waited for it, is sent twice. */
  const sent = (): number => log.count(/^(?:INSERT|UPDATE|DELETE)/);

  const ids = async (): Promise<number[]> => {
    const rows = await store.rows(`SELECT id FROM ${store.table} ORDER BY id`);
    return rows.map(([id]) => Number.parseInt(String(id), 16));
  };

  it.each([
    ['there is no row', undefined],
    ['a row has ended', NOW],
  ])('let one of twenty insert, where %s', async (_, expiresAt) => {
    const { queries, run } = store;
    for (let number = 1; number <= 20; number++) {
      const id = idOf(number);
      if (expiresAt !== undefined) await run(queries.write([rowOf({ id, expiresAt, value: 'old' })]));
      const won = await each(20, (index) => run(queries.insert(rowOf({ id, value: `from ${index}` }))));
      expect(won.filter((isWinner) => isWinner === true)).toHaveLength(1);
      const entry = await run(queries.read(id));
      expect(entry?.payload.toString()).toBe(`from ${won.indexOf(true)}`);
    }
    expect(log.failures).toEqual([]);
  });

  it('lose none of five hundred increments', async () => {
    const { queries, run } = store;
    await run(queries.write([rowOf({ value: '-250' })]));
    const sums = await each(500, () => run(queries.increment(idOf(1), 1, NOW)));
    expect(new Set(sums)).toEqual(new Set(Array.from({ length: 500 }, (_, index) => index - 249)));
    expect((await run(queries.read(idOf(1))))?.payload.toString()).toBe('250');
    expect(sent()).toBe(501);
  });

  it('never wait for each other in a circle, in whatever order rows are written', async () => {
    const { queries, run } = store;
    const rows = rowsOf(60, () => ({}));
    const orders = [rows, rows.toReversed(), [...rows.slice(30), ...rows.slice(0, 30)]];
    await each(120, (index) => run(queries.write(orders[index % orders.length]!)));
    expect(await ids()).toHaveLength(60);
    expect(sent()).toBe(120);
  });

  it('never take what was written anew for expired', async () => {
    const { cull, queries, run } = store;
    const expired = rowsOf(400, () => ({ expiresAt: NOW - 1 }));
    for (let round = 0; round < 5; round++) {
      await run(queries.write(expired));
      const writes = each(20, (part) => {
        const again = expired.slice(part * 10, part * 10 + 10);
        return run(queries.write(again.map(({ id }) => rowOf({ id, expiresAt: NOW + 1 }))));
      });
      const culls = each(12, () => cull(queries.cullExpired(NOW, 50)));
      await Promise.all([writes, culls]);
      while ((await cull(queries.cullExpired(NOW, 100))) > 0);
      expect(await ids()).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    }
  });

  it('share what is to be culled', async () => {
    const { cull, queries, run } = store;
    await run(queries.write(rowsOf(300, (n) => ({ writtenAt: n }))));
    const counts = (await each(10, () => cull(queries.cullOldest(250, 30)))) as number[];
    const removed = counts.reduce((sum, count) => sum + count, 0);
    expect(await ids()).toHaveLength(300 - removed);
    expect(await cull(queries.cullOldest(250, 300))).toBe(250 - removed);
    expect((await ids())[0]).toBe(251);
  });

  describe('while somebody writes to a row', () => {
    it.each([
      ['by id', (queries: TableQueries) => queries.remove([idOf(2), idOf(1)], NOW)],
      ['by scope', (queries: TableQueries) => queries.removeScope(rowOf().scope, '', undefined)],
    ])('remove rows %s in the order in which they are written', async (_, removal) => {
      const { queries, rows, run, table, transaction } = store;
      for (const number of [2, 1]) await run(queries.write([rowOf({ id: idOf(number) })]));
      // What is known to be small is read as it lies there.
      await rows(`ANALYZE ${name === 'MariaDB' ? 'TABLE ' : ''}${table}`);
      log.clear();
      const { pending } = await transaction(async (runInside) => {
        await runInside(queries.write([rowOf()]));
        const removing = run(removal(queries));
        await until('the removal waits', async () => (await rows(WAITING[name])).length > 0);
        await runInside(queries.write([rowOf({ id: idOf(2) })]));
        return { pending: removing };
      });
      expect(await pending).toBe(2);
      expect(sent()).toBe(3);
    });

    it('cull others, and do not wait for that one', async () => {
      const { cull, queries, run, transaction } = store;
      await run(queries.write(rowsOf(4, (n) => ({ writtenAt: n, expiresAt: n }))));
      const [written, seen] = [gate(), gate()];
      const writing = transaction(async (runInside) => {
        await runInside(queries.write([rowOf({ writtenAt: NOW })]));
        written.open();
        await seen.opened;
      });
      await written.opened;
      expect(await cull(queries.cullOldest(undefined, 1))).toBe(1);
      expect(await cull(queries.cullExpired(NOW, 1))).toBe(1);
      seen.open();
      await writing;
      expect(await ids()).toEqual([1, 4]);
    });
  });
});

describe('a cull on MariaDB that cannot pass over locked rows', () => {
  let store: Store;
  beforeEach(async () => {
    store = await OPENERS.MariaDB({ postgres, mariadb }, { connections: 3, skipsLocked: false });
  });
  afterEach(() => store.close());

  it('waits for a row, and leaves it if it was written anew', async () => {
    const { cull, queries, rows, run, table, transaction } = store;
    await run(queries.write(rowsOf(3, (n) => ({ writtenAt: n, expiresAt: n }))));
    const [written, seen] = [gate(), gate()];
    const writing = transaction(async (runInside) => {
      await runInside(queries.write([rowOf({ writtenAt: NOW })]));
      written.open();
      await seen.opened;
    });
    await written.opened;
    const culling = cull(queries.cullExpired(NOW, 3));
    seen.open();
    await writing;
    expect(await culling).toBe(2);
    expect(await rows(`SELECT id FROM ${table}`)).toEqual([[idOf(1)]]);
  });
});

/** A condition that makes a statement wait after it has chosen what it sees, until the test lets it go on. */
const BARRIERS = {
  PostgreSQL: {
    condition: 'pg_advisory_xact_lock(42) IS NOT NULL',
    raise: 'SELECT pg_advisory_lock(42)',
    lower: 'SELECT pg_advisory_unlock(42)',
    waiting: `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
  },
  MariaDB: {
    condition: `GET_LOCK('barrier', 60) = 1`,
    raise: `SELECT GET_LOCK('barrier', 60)`,
    lower: `SELECT RELEASE_LOCK('barrier')`,
    waiting: `SELECT id FROM information_schema.processlist WHERE state = 'User lock'`,
  },
} as const;

describe.each(['PostgreSQL', 'MariaDB'] as const)('a cull on %s', (name) => {
  const { condition, lower, raise, waiting } = BARRIERS[name];
  let store: Store;
  beforeEach(async () => {
    store = await OPENERS[name]({ postgres, mariadb }, { connections: 4 });
  });
  afterEach(() => store.close());

  const waitingAtBarrier = <T>(query: Query<T>): Query<T> => {
    const text = query.statement.text.replace('ORDER BY', `WHERE ${condition} ORDER BY`);
    return { ...query, statement: { name: undefined, text } };
  };
  const withBarrier = (cull: Cull): Cull =>
    cull.isOneStatement
      ? { ...cull, query: waitingAtBarrier(cull.query) }
      : { ...cull, find: waitingAtBarrier(cull.find) };

  it('takes nothing that is written anew once it has chosen', async () => {
    const { cull, queries, rows, run, table, transaction } = store;
    await run(queries.write(rowsOf(3, (n) => ({ writtenAt: n }))));
    const culling = await transaction(async (runInside) => {
      await runInside(plain(raise));
      const pending = cull(withBarrier(queries.cullOldest(undefined, 2)));
      await until('the cull has begun', async () => (await rows(waiting)).length > 0);
      await run(queries.write([rowOf({ writtenAt: NOW })]));
      await runInside(plain(lower));
      return { pending };
    });
    const removed = await culling.pending;
    const left = await rows(`SELECT id FROM ${table} ORDER BY id`);
    expect(left[0]).toEqual([idOf(1)]);
    expect(removed + left.length).toBe(3);
    expect(removed).toBeGreaterThan(0);
  });
});

function plain(text: string): Query<void> {
  return { statement: { name: undefined, text }, values: [], answer: () => undefined };
}

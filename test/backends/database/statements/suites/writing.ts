import { describe, expect, it } from '@jest/globals';
import { MOST_ROWS_WRITTEN } from '../../../../../lib/backends/database/statements/table-queries.js';
import { idOf, NOW, rowOf, rowsOf } from '../rows.js';
import type { Store } from '../stores.js';

/** Text that ends a string early where a quote or a backslash is taken for what it is not. */
const HOSTILE_KEY = `a\\', "b", \`c\`, ?, $1, %s -- \\`;

export function describeWriting(store: () => Store): void {
  const columns = async (): Promise<readonly unknown[]> => {
    const text = `SELECT cache_key, written_at, scope FROM ${store().table}`;
    const [[key, writtenAt, scope] = []] = await store().rows(text);
    return [key, Number(writtenAt), scope];
  };

  describe('a write', () => {
    it('replaces a row in all its columns', async () => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ expiresAt: NOW + 1 })]));
      await run(
        queries.write([
          rowOf({ value: 'new', cacheKey: 'other', writtenAt: NOW + 5, scope: 'f'.repeat(16) }),
        ]),
      );
      expect(await run(queries.read(idOf(1)))).toEqual({ payload: Buffer.from('new'), expiresAt: null });
      expect(await columns()).toEqual(['other', NOW + 5, 'f'.repeat(16)]);
    });

    it.each([1, 2])('keeps keys that look like statements, %i at once', async (count) => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(count, () => ({ cacheKey: HOSTILE_KEY }))));
      expect(await columns()).toEqual([HOSTILE_KEY, NOW, '0123456789abcdef']);
    });

    it('of several rows inserts some and replaces others', async () => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(2, () => ({ value: 'old' }))));
      await run(
        queries.write(
          rowsOf(4, (n) => ({ value: `new ${n}`, expiresAt: NOW + n }))
            .slice(1)
            .toReversed(),
        ),
      );
      const found = await run(queries.readMany([1, 2, 3, 4].map(idOf)));
      expect([1, 2, 3, 4].map((number) => found.get(idOf(number))?.payload.toString())).toEqual([
        'old',
        'new 2',
        'new 3',
        'new 4',
      ]);
    });
  });

  it('writes as many rows as it says', async () => {
    const { queries, rows, run, table } = store();
    await run(queries.write(rowsOf(MOST_ROWS_WRITTEN, () => ({ value: '1' }))));
    expect(await rows(`SELECT id FROM ${table}`)).toHaveLength(MOST_ROWS_WRITTEN);
  });

  describe('an insert', () => {
    const replaced = { value: 'new', cacheKey: 'new-key', scope: 'f'.repeat(16), expiresAt: NOW + 99 };

    it('writes a row where there is none', async () => {
      const { queries, run } = store();
      expect(await run(queries.insert(rowOf({ expiresAt: NOW + 5 })))).toBe(true);
      expect(await run(queries.read(idOf(1)))).toEqual({
        payload: Buffer.from('a value'),
        expiresAt: NOW + 5,
      });
    });

    it.each([
      ['never ends', null],
      ['ends later', NOW + 1],
    ])('keeps a row that %s as it is', async (_, expiresAt) => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ expiresAt, writtenAt: NOW - 10 })]));
      for (let attempt = 0; attempt < 2; attempt++)
        expect(await run(queries.insert(rowOf(replaced)))).toBe(false);
      expect(await run(queries.read(idOf(1)))).toEqual({ payload: Buffer.from('a value'), expiresAt });
      expect(await columns()).toEqual(['app:1:a-key', NOW - 10, '0123456789abcdef']);
    });

    it.each([NOW, NOW - 1, 1])('replaces a row that has ended, at %i', async (expiresAt) => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ expiresAt, writtenAt: NOW - 10 })]));
      expect(await run(queries.insert(rowOf(replaced)))).toBe(true);
      expect(await run(queries.read(idOf(1)))).toEqual({ payload: Buffer.from('new'), expiresAt: NOW + 99 });
      expect(await columns()).toEqual(['new-key', NOW, 'f'.repeat(16)]);
    });

    it('replaces a row that has ended by an equal one', async () => {
      const { queries, run } = store();
      const ended = rowOf({ expiresAt: NOW });
      await run(queries.write([ended]));
      expect(await run(queries.insert(ended))).toBe(true);
      expect(await run(queries.insert(ended))).toBe(true);
    });

    it('is not misled by what the statement before it said', async () => {
      const { queries, run } = store();
      await run(queries.write([rowOf()]));
      await run(queries.write([rowOf({ id: idOf(3), value: '1' })]));
      expect(await run(queries.insert(rowOf()))).toBe(false);
      expect(await run(queries.insert(rowOf({ id: idOf(2) })))).toBe(true);
      expect(await run(queries.increment(idOf(3), 0, NOW))).toBe(1);
      expect(await run(queries.increment(idOf(3), 41, NOW))).toBe(42);
      expect(await run(queries.insert(rowOf({ id: idOf(4) })))).toBe(true);
    });
  });

  describe('a touch', () => {
    it.each([
      ['another end', NOW + 5, NOW + 9],
      ['the same end', NOW + 5, NOW + 5],
      ['an end', null, NOW + 9],
      ['no end', NOW + 5, null],
      ['no end again', null, null],
    ])('gives a live row %s, and nothing else', async (_, from, to) => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ expiresAt: from, writtenAt: NOW - 10 })]));
      expect(await run(queries.touch(idOf(1), to, NOW))).toBe(true);
      expect(await run(queries.read(idOf(1)))).toEqual({ payload: Buffer.from('a value'), expiresAt: to });
      expect(await columns()).toEqual(['app:1:a-key', NOW - 10, '0123456789abcdef']);
    });

    it.each([NOW, NOW - 1])('never revives a row that ended at %i', async (expiresAt) => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ expiresAt })]));
      expect(await run(queries.touch(idOf(1), null, NOW))).toBe(false);
      expect((await run(queries.read(idOf(1))))?.expiresAt).toBe(expiresAt);
    });

    it('says so where there is no row', async () => {
      const { queries, run } = store();
      expect(await run(queries.touch(idOf(1), null, NOW))).toBe(false);
    });
  });
}

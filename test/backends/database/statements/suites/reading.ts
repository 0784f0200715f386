import { describe, expect, it } from '@jest/globals';
import { idOf, NOW, rowOf, rowsOf } from '../rows.js';
import type { Store } from '../stores.js';

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

export function describeReading(store: () => Store): void {
  describe('a row that is read', () => {
    it.each([
      ['bytes of every kind', ALL_BYTES],
      ['nothing', Buffer.alloc(0)],
      ['a megabyte', Buffer.alloc(1 << 20, ALL_BYTES)],
    ])('comes back as it was written: %s', async (_, value) => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ value, expiresAt: NOW + 1 })]));
      const entry = await run(queries.read(idOf(1)));
      expect(Buffer.isBuffer(entry?.payload)).toBe(true);
      expect(entry?.payload.equals(value)).toBe(true);
      expect(entry?.expiresAt).toBe(NOW + 1);
    });

    it('is there after its end too', async () => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ expiresAt: 1 })]));
      expect(await run(queries.read(idOf(1)))).toMatchObject({ expiresAt: 1 });
    });

    it('keeps the furthest moment and an end that never comes', async () => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(2, (n) => ({ expiresAt: n === 1 ? 8.64e15 : null }))));
      expect((await run(queries.read(idOf(1))))?.expiresAt).toBe(8.64e15);
      expect((await run(queries.read(idOf(2))))?.expiresAt).toBeNull();
    });

    it('is undefined if there is none', async () => {
      const { queries, run } = store();
      expect(await run(queries.read(idOf(1)))).toBeUndefined();
      expect((await run(queries.read(idOf(1))))?.expiresAt).toBeUndefined();
    });
  });

  describe('rows that are read at once', () => {
    it.each([1, 2, 3, 5, 1500])('are found by id, %i of them', async (count) => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(count, (n) => ({ value: String(n), expiresAt: NOW + n }))));
      const ids = Array.from({ length: count }, (_, index) => idOf(index + 1));
      const found = await run(queries.readMany([...ids, idOf(9999), idOf(1)]));
      expect([...found.keys()].toSorted()).toEqual(ids);
      expect(found.get(idOf(count))).toEqual({
        payload: Buffer.from(String(count)),
        expiresAt: NOW + count,
      });
    });
  });

  describe('a look at the table', () => {
    it('finds the last of the next rows, in the order of ids', async () => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(10, () => ({}))));
      expect(await run(queries.lastOfNext('', 4))).toBe(idOf(4));
      expect(await run(queries.lastOfNext(idOf(4), 6))).toBe(idOf(10));
      expect(await run(queries.lastOfNext(idOf(4), 7))).toBeUndefined();
    });

    it('samples rows from an id on', async () => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(10, (n) => ({ value: 'x'.repeat(n) }))));
      expect(await run(queries.sample(idOf(3), 4))).toEqual({
        rows: 4,
        first: idOf(3),
        last: idOf(6),
        bytes: 3 + 4 + 5 + 6,
      });
    });

    it('samples bytes, not characters', async () => {
      const { queries, run } = store();
      await run(queries.write([rowOf({ value: 'é€\0𝄞' })]));
      expect((await run(queries.sample('', 4))).bytes).toBe(10);
    });

    it('samples nothing where there is nothing', async () => {
      const { queries, run } = store();
      expect(await run(queries.sample('', 4))).toEqual({
        rows: 0,
        first: undefined,
        last: undefined,
        bytes: 0,
      });
    });

    it('takes a number of rows for nothing but a number', () => {
      const { queries } = store();
      for (const count of [0, -1, 1.5, Number.NaN, Infinity, '1; DROP TABLE x' as never]) {
        expect(() => queries.sample('', count)).toThrow(RangeError);
        expect(() => queries.lastOfNext('', count)).toThrow(RangeError);
        expect(() => queries.cullOldest(1, count)).toThrow(RangeError);
      }
    });
  });

  describe('a probe', () => {
    it('succeeds on a table with and without rows', async () => {
      const { queries, run } = store();
      await expect(run(queries.probe())).resolves.toBeUndefined();
      await run(queries.write([rowOf()]));
      await expect(run(queries.probe())).resolves.toBeUndefined();
    });
  });
}

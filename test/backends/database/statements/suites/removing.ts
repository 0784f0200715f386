import { describe, expect, it } from '@jest/globals';
import { idOf, NOW, rowOf, rowsOf } from '../rows.js';
import type { Store } from '../stores.js';

export function describeRemoving(store: () => Store): void {
  const left = async (): Promise<number[]> => {
    const rows = await store().rows(`SELECT id FROM ${store().table} ORDER BY id`);
    return rows.map(([id]) => Number.parseInt(String(id), 16));
  };

  describe('a removal', () => {
    it.each([
      ['a live row', [1], 1],
      ['an expired row', [2], 0],
      ['no row', [99], 0],
      ['several rows', [1, 2, 3, 99], 2],
      ['one row named twice', [1, 1, 3], 2],
    ])('of %s tells how many were live', async (_, numbers, live) => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(4, (n) => ({ expiresAt: [null, NOW + 1, NOW][n % 3]! }))));
      await run(queries.write([rowOf({ expiresAt: NOW + 1 }), rowOf({ id: idOf(2), expiresAt: NOW })]));
      const ids = numbers.map(idOf);
      expect(await run(queries.remove(ids, NOW))).toBe(live);
      if (queries.removeExpired) await run(queries.removeExpired(ids, NOW));
      expect(await left()).toEqual([1, 2, 3, 4].filter((number) => !numbers.includes(number)));
    });

    it('of more rows than a list of values may have takes them all', async () => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(1500, () => ({}))));
      expect(
        await run(
          queries.remove(
            Array.from({ length: 70_000 }, (_, index) => idOf(index)),
            NOW,
          ),
        ),
      ).toBe(1500);
      expect(await left()).toEqual([]);
    });
  });

  describe('the removal of a scope', () => {
    const [ours, others] = ['a'.repeat(16), 'b'.repeat(16)];

    it('takes the part that it is told, and nothing of other scopes', async () => {
      const { queries, run } = store();
      await run(queries.write(rowsOf(9, (n) => ({ scope: n % 3 === 0 ? others : ours }))));
      expect(await run(queries.removeScope(ours, idOf(1), idOf(5)))).toBe(3);
      expect(await left()).toEqual([1, 3, 6, 7, 8, 9]);
      expect(await run(queries.removeScope(ours, idOf(7), undefined))).toBe(1);
      expect(await left()).toEqual([1, 3, 6, 7, 9]);
      expect(await run(queries.removeScope(ours, '', undefined))).toBe(2);
      expect(await left()).toEqual([3, 6, 9]);
    });
  });

  describe('a cull', () => {
    it('of expired rows takes those that ended first, and no live ones', async () => {
      const { cull, queries, run } = store();
      const ends = [NOW + 1, NOW - 1, null, NOW - 3, NOW, NOW - 2];
      await run(queries.write(rowsOf(6, (n) => ({ expiresAt: ends[n - 1]! }))));
      expect(await cull(queries.cullExpired(NOW, 2))).toBe(2);
      expect(await left()).toEqual([1, 2, 3, 5]);
      expect(await cull(queries.cullExpired(NOW, 100))).toBe(2);
      expect(await left()).toEqual([1, 3]);
      expect(await cull(queries.cullExpired(NOW, 100))).toBe(0);
    });

    it('of old rows takes those written first, live or not', async () => {
      const { cull, queries, run } = store();
      const moments = [NOW, NOW - 5, NOW - 2, NOW - 3, NOW - 1];
      await run(queries.write(rowsOf(5, (n) => ({ writtenAt: moments[n - 1]! }))));
      expect(await cull(queries.cullOldest(undefined, 1))).toBe(1);
      expect(await left()).toEqual([1, 3, 4, 5]);
      expect(await cull(queries.cullOldest(NOW - 2, 100))).toBe(2);
      expect(await left()).toEqual([1, 5]);
      expect(await cull(queries.cullOldest(NOW - 2, 100))).toBe(0);
      expect(await cull(queries.cullOldest(undefined, 100))).toBe(2);
      expect(await cull(queries.cullOldest(undefined, 100))).toBe(0);
    });
  });
}

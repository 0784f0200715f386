import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { rowId } from '../../../../lib/backends/database/row-id.js';
import { expectWithinTenth, newKeys, Scene } from './scene.js';
import { seededRandom } from './simulated-table.js';

// Much is written, and the machine may be busy.
jest.setTimeout(60_000);

describe('the clean-up of a cache table', () => {
  describe('with a number of entries', () => {
    it('holds a large table to it while new keys come', async () => {
      const scene = new Scene({ maxEntries: 4000 });
      await scene.writeMany(24_000, newKeys);
      expectWithinTenth(Scene.onceFull(scene.sizes, 4000), 4000);
      expect(scene.told).toEqual([]);
    });

    it('removes what was written first', async () => {
      const scene = new Scene({ maxEntries: 1000 });
      await scene.writeMany(3000, newKeys);
      const kept = Array.from({ length: 3000 }, (_, index) => scene.table.has(rowId(newKeys(index))));
      const first = kept.indexOf(true);
      expect(kept.slice(first).every(Boolean)).toBe(true);
      expect(first).toBeGreaterThan(1800);
    });

    it.each([1, 7, 30, 100, 1000])('holds a table of %d entries to it', async (maxEntries) => {
      const scene = new Scene({ maxEntries });
      for (let index = 0; index < 3 * maxEntries + 20; index++) {
        scene.write(newKeys(index));
        await scene.settled();
        expect(scene.table.size).toBeLessThanOrEqual(Math.ceil(1.1 * maxEntries));
      }
      expect(scene.table.size).toBeGreaterThanOrEqual(Math.floor(0.9 * maxEntries));
    });

    it('removes nothing while entries that are there are written anew', async () => {
      const scene = new Scene({ maxEntries: 1000 });
      await scene.writeMany(4000, (index) => newKeys(index % 1000));
      expect(scene.table.size).toBe(1000);
      expect(scene.table.removals).toEqual([]);
    });

    it('hardly removes anything while the entries of a large table that is full are written anew', async () => {
      const scene = new Scene({ maxEntries: 4000 });
      await scene.writeMany(24_000, (index) => newKeys(index % 4000));
      expectWithinTenth(Scene.onceFull(scene.sizes, 4000), 4000);
    });

    it('holds it when several processes write at once', async () => {
      const scene = new Scene({ maxEntries: 4000, processes: 8 });
      await scene.writeMany(32_000, newKeys);
      expectWithinTenth(Scene.onceFull(scene.sizes, 4000), 4000);
    });

    it('works off a table that was too full before, two rows for each write', async () => {
      const scene = new Scene({ maxEntries: 5000 });
      for (let index = 0; index < 15_000; index++) scene.table.write(rowId(`old ${index}`));
      await scene.writeMany(6000, newKeys);
      const removed = scene.table.removals.reduce((sum, { rows }) => sum + rows, 0);
      expect(removed).toBeGreaterThan(11_000);
      expect(removed).toBeLessThanOrEqual(2 * 6000 + 100);
      await scene.writeMany(20_000, (index) => `more ${index}`);
      expect(scene.table.size).toBeLessThanOrEqual(5500);
    });

    it('removes nothing more after others have emptied the table', async () => {
      const scene = new Scene({ maxEntries: 4000 });
      await scene.writeMany(5000, newKeys);
      scene.table.clear();
      scene.table.removals.length = 0;
      await scene.writeMany(3200, (index) => `later ${index}`);
      expect(scene.table.size).toBeGreaterThan(3000);
    });

    it('does not go on when nobody writes', async () => {
      const scene = new Scene({ maxEntries: 1000 });
      await scene.writeMany(5000, newKeys);
      const { statements } = scene.table;
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      expect(scene.table.statements).toBe(statements);
    });

    it('needs few statements for many writes', async () => {
      const scene = new Scene({ maxEntries: 4000 });
      await scene.writeMany(16_000, newKeys);
      expect(scene.table.statements).toBeLessThan(16_000 / 10);
    });
  });

  it('is done even while somebody writes in a loop that leaves no turn to others', async () => {
    const scene = new Scene({ maxEntries: 1000 });
    let most = 0;
    for (let index = 0; index < 10_000; index++) {
      scene.write(newKeys(index));
      // As many turns of the promises as a write through a cache takes, and none of the event loop.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      most = Math.max(most, scene.table.size);
    }
    expect(most).toBeGreaterThanOrEqual(1000);
    expect(most).toBeLessThanOrEqual(1100);
    await scene.settled();
  });

  it('keeps pace with batches that are larger than its own', async () => {
    const scene = new Scene({});
    const cleanUp = scene.cleanUp({ maxEntries: 10_000 }, 100);
    let most = 0;
    for (let batch = 0; batch < 100; batch++) {
      for (let index = 0; index < 500; index++) scene.table.write(rowId(`${batch} ${index}`));
      void cleanUp.wrote(500, 50_000);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      most = Math.max(most, scene.table.size);
    }
    expect(most).toBeGreaterThanOrEqual(10_000);
    expect(most).toBeLessThanOrEqual(11_000 + 500);
    await cleanUp.settled();
    expect(scene.table.size).toBeLessThanOrEqual(11_000);
  });

  describe('with what has expired', () => {
    it('removes it before anything that is live', async () => {
      const scene = new Scene({ maxEntries: 2000 });
      for (let round = 0; round < 60; round++) {
        await scene.writeMany(
          200,
          (index) => `${round} ${index}`,
          (index) => ({ seconds: index % 3 === 0 ? 1 + (round % 5) : null }),
        );
        scene.clock.advance(1);
      }
      const live = scene.table.removals.filter(({ reason }) => reason === 'oldest');
      expect(live.length).toBeGreaterThan(10);
      expect(live.filter(({ expiredLeft }) => expiredLeft > 0)).toEqual([]);
      expect(scene.table.removals.some(({ reason }) => reason === 'expired')).toBe(true);
    });

    it('removes nothing live as long as there is any, however full the table is', async () => {
      const scene = new Scene({ maxEntries: 1000 });
      await scene.writeMany(1000, newKeys);
      for (let index = 0; index < 1500; index++)
        scene.table.write(rowId(`short ${index}`), 100, scene.clock.now() + 1000);
      scene.clock.advance(2);
      await scene.writeMany(300, (index) => `new ${index}`);
      expect(scene.table.removals.length).toBeGreaterThan(0);
      expect(scene.table.removals.filter(({ reason }) => reason === 'oldest')).toEqual([]);
    });

    it('removes it from a table that is far from full', async () => {
      const scene = new Scene({ maxEntries: 100_000 });
      await scene.writeMany(2000, newKeys, () => ({ seconds: 1 }));
      scene.clock.advance(2);
      await scene.writeMany(1200, (index) => `live ${index}`);
      expect(scene.table.size).toBe(1200);
    });

    it('removes no more of it than two rows for each write', async () => {
      const scene = new Scene({ maxEntries: 100_000 });
      await scene.writeMany(5000, newKeys, () => ({ seconds: 1 }));
      scene.clock.advance(2);
      await scene.writeMany(1000, (index) => `live ${index}`);
      expect(scene.table.size).toBeGreaterThanOrEqual(5000 - 2 * 1000 - 100 + 1000);
      expect(scene.table.size).toBeLessThanOrEqual(5000 - 2 * 900 + 1000);
    });
  });

  it('removes what was written longer ago than allowed, without being full', async () => {
    const scene = new Scene({ maxEntries: 100_000, maxAgeMs: 60_000 });
    await scene.writeMany(500, newKeys);
    scene.clock.advance(30);
    await scene.writeMany(500, (index) => `young ${index}`);
    scene.clock.advance(31);
    await scene.writeMany(500, (index) => `new ${index}`);
    expect(scene.table.has(rowId(newKeys(499)))).toBe(false);
    expect(scene.table.size).toBe(1000);
  });

  describe('with a number of bytes', () => {
    it('holds values of many sizes to it', async () => {
      const scene = new Scene({ maxBytes: 5_000_000 });
      const random = seededRandom(3);
      await scene.writeMany(24_000, newKeys, () => ({ bytes: Math.floor(random() * 1000) }));
      expectWithinTenth(Scene.onceFull(scene.bytes, 5_000_000), 5_000_000);
    });

    it('holds a few large values to it', async () => {
      const scene = new Scene({ maxBytes: 1_000_000 });
      for (let index = 0; index < 300; index++) {
        scene.write(newKeys(index), { bytes: 25_000 });
        await scene.settled();
        expect(scene.table.bytes).toBeLessThanOrEqual(1_100_000);
      }
      expect(scene.table.bytes).toBeGreaterThanOrEqual(900_000);
    });

    it('makes room for large values by as many small ones as it takes', async () => {
      const scene = new Scene({ maxBytes: 1_000_000 });
      await scene.writeMany(12_000, newKeys, () => ({ bytes: 100 }));
      for (let index = 0; index < 1000; index++) {
        scene.write(`large ${index}`, { bytes: 2000 });
        await scene.settled();
        expect(scene.table.bytes).toBeLessThanOrEqual(1_100_000);
      }
    });

    it('holds entries that are written anew, and larger', async () => {
      const scene = new Scene({ maxBytes: 1_000_000 });
      await scene.writeMany(
        30_000,
        (index) => newKeys(index % 3000),
        (index) => ({ bytes: 100 + index / 50 }),
      );
      expectWithinTenth(Scene.onceFull(scene.bytes, 1_000_000), 1_000_000);
    });
  });
});

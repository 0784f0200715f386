import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { CleanUp } from '../../../../lib/backends/database/clean-up/clean-up.js';
import { rowId } from '../../../../lib/backends/database/row-id.js';
import { newKeys, Scene } from './scene.js';

// Much is written, and the machine may be busy.
jest.setTimeout(60_000);

describe('the clean-up of a cache table', () => {
  it('lets writers wait who leave it no turn, where it is told to', async () => {
    const scene = new Scene({});
    const cleanUp = scene.cleanUp({ maxEntries: 1000 }, 100, true);
    const sizes: number[] = [];
    for (let index = 0; index < 20_000; index++) {
      scene.table.write(rowId(newKeys(index)), 100, null);
      await cleanUp.wrote(1, 100);
      sizes.push(scene.table.size);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1100);
    expect(scene.told).toEqual([]);
  });

  describe('with a cull frequency', () => {
    it('removes that part of the bound when it is exceeded', async () => {
      const scene = new Scene({ maxEntries: 1000, cullFrequency: 4 });
      const sizes: number[] = [];
      for (let index = 0; index < 3000; index++) {
        scene.write(newKeys(index));
        await scene.settled();
        sizes.push(scene.table.size);
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1100);
      expect(Math.min(...sizes.slice(1000))).toBeGreaterThanOrEqual(700);
      expect(Math.min(...sizes.slice(1000))).toBeLessThanOrEqual(800);
    });

    it.each([1, 8])('removes it once when %d processes find the table too full', async (processes) => {
      const scene = new Scene({ maxEntries: 4000, cullFrequency: 3, processes });
      await scene.writeMany(20_000, newKeys);
      const { least, most } = Scene.onceFull(scene.sizes, 4000);
      expect(most).toBeLessThanOrEqual(4400);
      expect(least).toBeGreaterThanOrEqual(0.57 * 4000);
      expect(least).toBeLessThanOrEqual(0.77 * 4000);
    });

    it.each([0, 3])(
      'of %d removes nothing when entries of a full table are written anew',
      async (cullFrequency) => {
        const scene = new Scene({ maxEntries: 1000, cullFrequency });
        for (let index = 0; index < 3000; index++) {
          scene.write(newKeys(index % 1000));
          await scene.settled();
        }
        expect(scene.table.removals).toEqual([]);
      },
    );

    it('of 0 removes everything that was there when the bound was exceeded', async () => {
      const scene = new Scene({ maxEntries: 1000, cullFrequency: 0 });
      let most = 0;
      for (let index = 0; scene.table.size >= most; index++) {
        most = scene.table.size;
        scene.clock.advance(1);
        scene.write(newKeys(index));
        await scene.settled();
      }
      expect(most).toBeGreaterThanOrEqual(1000);
      expect(most).toBeLessThanOrEqual(1100);
      expect(scene.table.size).toBe(0);
    });
  });

  describe('when the database fails', () => {
    it('tells so, and waits longer and longer before it tries again', async () => {
      const scene = new Scene({ maxEntries: 30 });
      const failure = new Error('no such table');
      scene.table.failure = failure;
      for (let second = 0; second < 300; second++) {
        scene.write(newKeys(second));
        await scene.settled();
        scene.clock.advance(1);
      }
      // After 0, 1, 3, 7, 15, 31 and 63 seconds, then every minute.
      expect(scene.told).toHaveLength(10);
      expect(scene.told[0]).toBe(failure);
    });

    it('tries again at once if the clock was set back', async () => {
      const scene = new Scene({ maxEntries: 30 });
      scene.table.failure = new Error('gone');
      scene.write('first');
      await scene.settled();
      scene.clock.advance(-3600);
      scene.write('second');
      await scene.settled();
      expect(scene.told).toHaveLength(2);
    });

    it('catches up when it is well again', async () => {
      const scene = new Scene({ maxEntries: 100 });
      scene.table.failure = new Error('gone');
      await scene.writeMany(1000, newKeys);
      expect(scene.table.size).toBe(1000);
      scene.table.failure = undefined;
      scene.clock.advance(60);
      scene.write('one more');
      await scene.settled();
      expect(scene.table.size).toBe(100);
    });

    it('bears a log that fails', async () => {
      const scene = new Scene({});
      const cleanUp = new CleanUp({
        ...scene.table.parts,
        limits: { maxEntries: 30, maxBytes: undefined, maxAgeMs: undefined, cullFrequency: undefined },
        tell: () => {
          throw new Error('the log is full');
        },
      });
      scene.table.failure = new Error('gone');
      scene.write('key', { by: cleanUp });
      await expect(cleanUp.settled()).resolves.toBeUndefined();
    });
  });

  describe('on request', () => {
    it('removes all that is due at once, and tells how much', async () => {
      const scene = new Scene({ maxEntries: 1000, maxAgeMs: 60_000 });
      const add = (count: number, name: string, seconds: number | null): void => {
        for (let index = 0; index < count; index++)
          scene.table.write(
            rowId(`${name} ${index}`),
            100,
            seconds === null ? null : scene.clock.now() + seconds * 1000,
          );
      };
      add(1500, 'short', 10);
      add(1200, 'old', null);
      scene.clock.advance(61);
      add(1300, 'young', null);
      expect(await scene.cleanUpOfFirst.cull()).toEqual({ expired: 1500, aged: 1200, excess: 300 });
      expect(scene.table.size).toBe(1000);
      expect(await scene.cleanUpOfFirst.cull()).toEqual({ expired: 0, aged: 0, excess: 0 });
    });

    it('fails with the error of the database', async () => {
      const scene = new Scene({});
      scene.table.failure = new Error('gone');
      await expect(scene.cleanUpOfFirst.cull()).rejects.toThrow('gone');
      expect(scene.told).toEqual([]);
    });

    it('owes nothing afterwards, even if it failed half-way', async () => {
      const scene = new Scene({ maxEntries: 4000 });
      for (let index = 0; index < 5000; index++)
        scene.table.write(rowId(`short ${index}`), 100, scene.clock.now() + 1000);
      scene.clock.advance(2);
      scene.table.latency = async () => {
        if (scene.table.removals.length === 2) scene.table.failure = new Error('gone');
      };
      await expect(scene.cleanUpOfFirst.cull()).rejects.toThrow('gone');
      expect(scene.table.size).toBe(3000);
      scene.table.latency = () => Promise.resolve();
      scene.table.failure = undefined;
      await scene.writeMany(100, newKeys);
      expect(scene.table.size).toBeGreaterThanOrEqual(3000 + 100 - 2 * 100 - 100);
    });

    it('tells what the table holds, exactly if it is small', async () => {
      const scene = new Scene({});
      for (let index = 0; index < 500; index++) scene.table.write(rowId(`${index}`), index);
      expect(await scene.cleanUpOfFirst.estimate()).toEqual({
        entries: 500,
        bytes: (499 * 500) / 2,
        isExact: true,
      });
    });

    it('tells about how much a large table holds', async () => {
      const scene = new Scene({});
      for (let index = 0; index < 20_000; index++) scene.table.write(rowId(`${index}`), 50);
      const { bytes, entries, isExact } = await scene.cleanUpOfFirst.estimate();
      expect(isExact).toBe(false);
      expect(Math.abs(entries - 20_000)).toBeLessThan(2000);
      expect(Math.abs(bytes - 1_000_000)).toBeLessThan(100_000);
    });
  });

  it('believes at once that others have removed much', async () => {
    const scene = new Scene({});
    for (let index = 0; index < 20_000; index++) scene.table.write(rowId(`${index}`));
    await scene.cleanUpOfFirst.estimate();
    scene.table.clear();
    for (let index = 0; index < 6000; index++) scene.table.write(rowId(`${index}`));
    const { bytes, entries } = await scene.cleanUpOfFirst.estimate();
    expect(Math.abs(entries - 6000)).toBeLessThan(600);
    expect(Math.abs(bytes - 600_000)).toBeLessThan(60_000);
  });

  it('lets the write be answered before it begins', async () => {
    const scene = new Scene({ maxEntries: 1 });
    scene.write('key');
    expect(scene.table.statements).toBe(0);
    await scene.settled();
    expect(scene.table.statements).toBeGreaterThan(0);
  });

  it('finds some process to clean up although none of them writes much', async () => {
    const scene = new Scene({ maxEntries: 100_000 });
    for (let index = 0; index < 3000; index++)
      scene.table.write(rowId(`short ${index}`), 100, scene.clock.now() + 1000);
    scene.clock.advance(2);
    for (let process = 0; process < 1000; process++) {
      const cleanUp = scene.cleanUp({});
      scene.write(newKeys(process), { by: cleanUp });
      await cleanUp.close();
    }
    const removed = 3000 + 1000 - scene.table.size;
    expect(removed).toBeGreaterThan(1000);
    expect(removed).toBeLessThan(3000);
  });

  it('begins nothing once it is closed, and closes when what is under way has ended', async () => {
    const scene = new Scene({ maxEntries: 100 });
    for (let index = 0; index < 5000; index++) scene.table.write(rowId(`old ${index}`));
    for (let index = 0; index < 1000; index++) scene.write(newKeys(index));
    await nextTurn();
    const closing = scene.cleanUpOfFirst.close();
    await closing;
    const { statements } = scene.table;
    scene.write('after');
    await scene.settled();
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(scene.table.statements).toBe(statements);
    expect(scene.table.size).toBeGreaterThan(4900);
  });
});

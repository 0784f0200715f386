import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { CleanUp, type TableLimits } from '../../../../lib/backends/database/clean-up/clean-up.js';
import { rowId } from '../../../../lib/backends/database/row-id.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { seededRandom, SimulatedTable } from './simulated-table.js';

/** How many rows a process writes in a row before others have their turn. */
const BURST = 25;

interface Setting extends Partial<TableLimits> {
  processes?: number;
}

/** Caches of several processes on one table, and what they did to it. */
export class Scene {
  readonly clock = new FakeClock();
  readonly table = new SimulatedTable(this.clock);
  readonly told: unknown[] = [];
  readonly random = seededRandom(7);
  readonly cleanUps: readonly CleanUp[];
  /** The number of rows after each burst of writes. */
  readonly sizes: number[] = [];
  readonly bytes: number[] = [];

  constructor({ processes = 1, ...limits }: Setting) {
    this.cleanUps = Array.from({ length: processes }, () => this.cleanUp(limits));
  }

  cleanUp(limits: Partial<TableLimits>, largestBatch?: number, holdsWriters = false): CleanUp {
    return new CleanUp({
      ...this.table.parts,
      limits: {
        maxEntries: 100_000,
        maxBytes: undefined,
        maxAgeMs: undefined,
        cullFrequency: undefined,
        ...limits,
      },
      largestBatch,
      holdsWriters,
      random: this.random,
      tell: (error) => this.told.push(error),
    });
  }

  get cleanUpOfFirst(): CleanUp {
    return this.cleanUps[0]!;
  }

  write(name: string, { bytes = 100, by = this.cleanUpOfFirst, seconds = null as number | null } = {}): void {
    const expiresAt = seconds === null ? null : this.clock.now() + seconds * 1000;
    this.table.write(rowId(name), bytes, expiresAt);
    void by.wrote(1, bytes);
  }

  /** All processes write in turn, and go on while clean-ups are under way. */
  async writeMany(
    count: number,
    keyOf: (index: number) => string,
    optionsOf: (index: number) => { bytes?: number; seconds?: number | null } = () => ({}),
  ): Promise<void> {
    for (let index = 0; index < count;) {
      for (const by of this.cleanUps) {
        const end = Math.min(index + BURST, count);
        for (; index < end; index++) this.write(keyOf(index), { by, ...optionsOf(index) });
      }
      await nextTurn();
      this.sizes.push(this.table.size);
      this.bytes.push(this.table.bytes);
    }
    await this.settled();
  }

  async settled(): Promise<void> {
    for (const cleanUp of this.cleanUps) await cleanUp.settled();
  }

  /** The rows, or bytes, from the moment on at which they first came near the bound. */
  static onceFull(values: readonly number[], bound: number): { least: number; most: number } {
    const full = values.slice(values.findIndex((value) => value >= 0.9 * bound));
    return { least: Math.min(...full), most: Math.max(...full) };
  }
}

export const newKeys = (index: number): string => `key ${index}`;

export function expectWithinTenth({ least, most }: { least: number; most: number }, bound: number): void {
  expect(most).toBeLessThanOrEqual(1.1 * bound);
  expect(least).toBeGreaterThanOrEqual(0.9 * bound);
}

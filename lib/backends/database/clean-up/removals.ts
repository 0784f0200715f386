import type { Clock, EpochMs } from '../../../core/clock.js';
import type { Database, Run } from '../connections/database.js';
import type { Cull, TableQueries } from '../statements/table-queries.js';
import { remove } from './removal.js';
import { type Bounds, TableLevel } from './table-level.js';
import { readTable } from './table-reading.js';

/** What a cache table may hold. */
export interface TableLimits extends Bounds {
  /** How long ago an entry may have been written; undefined for ever. */
  readonly maxAgeMs: number | undefined;
  /**
   * What is removed when a bound is exceeded: undefined for what is too much, n for 1/n of the bound on top, 0 for everything.
   */
  readonly cullFrequency: number | undefined;
}

/** What removals need. */
export interface RemovalsParts {
  readonly limits: TableLimits;
  readonly clock: Clock;
  readonly queries: TableQueries;
  readonly run: Run;
  readonly transaction: Database['transaction'];
  /** The most rows that one statement removes, unless much more is written meanwhile. */
  readonly largestBatch: number;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** How many rows were removed, by the reason for it. */
export interface CullReport {
  /** Had ended. */
  readonly expired: number;
  /** Were written longer ago than `maxAge`. */
  readonly aged: number;
  /** Were written first, and too many. */
  readonly excess: number;
}

/** How many removals each written row pays for, or how many bytes each written byte. */
const REMOVALS_PER_WRITE = 2;

/** The most rows that one statement removes however much is written meanwhile. */
const LARGEST_BATCH_EVER = 10_000;

/** Decides what goes next: what has expired, then what is too old, and only then, if there is still too much, what was written first. */
export class Removals {
  readonly level: TableLevel;
  #owed = 0;
  #largestBatch: number;
  /** Everything written until then goes. */
  #emptyUpTo: EpochMs | undefined;
  #isSweeping = false;
  #removed = { expired: 0, aged: 0, excess: 0 };

  constructor(private readonly parts: RemovalsParts) {
    this.level = new TableLevel(parts.limits);
    this.#largestBatch = parts.largestBatch;
  }

  /** What was removed so far. */
  get removed(): CullReport {
    return this.#removed;
  }

  /** Tells what was written since the last step. */
  wrote(entries: number, bytes: number): void {
    this.level.wrote(entries, bytes);
    const sizes = this.parts.limits.maxBytes === undefined ? 0 : this.level.entriesOf(bytes);
    const owed = REMOVALS_PER_WRITE * Math.max(entries, sizes);
    this.#owed += owed;
    // A batch that is as large as what was written holds others up no longer than the writes did.
    this.#largestBatch = Math.max(this.parts.largestBatch, Math.min(Math.ceil(owed), LARGEST_BATCH_EVER));
  }

  /** Lets the next steps remove whatever is due, whoever has paid for it. */
  oweEverything(): void {
    this.#owed = Number.POSITIVE_INFINITY;
  }

  oweNothing(): void {
    this.#owed = 0;
  }

  /** Looks at the table anew. */
  async look(): Promise<void> {
    const { queries, run, random } = this.parts;
    this.level.read(await readTable(queries, run, random, this.level.isSmall));
  }

  /** Removes a batch; tells whether another one is due. */
  async step(): Promise<boolean> {
    if (this.level.isLookDue || this.#isSweeping) await this.look();
    if (await this.#isFilledBy('expired', (now, size) => this.parts.queries.cullExpired(now, size)))
      return this.#isMoreDue;
    if (await this.#isFilledBy('aged', (now, size) => this.#cullAged(now, size))) return this.#isMoreDue;
    return this.parts.limits.cullFrequency === 0 ? this.#empty() : this.#cullExcess();
  }

  get #isMoreDue(): boolean {
    return this.#owed > 0 || this.#isSweeping || this.#emptyUpTo !== undefined;
  }

  /** Removes a batch, and tells whether it was full: then more of the same goes before anything else. */
  async #isFilledBy(
    reason: keyof CullReport,
    cull: (now: EpochMs, size: number) => Cull | undefined,
  ): Promise<boolean> {
    const size = this.#batchOf(Math.max(1, this.#owed));
    const statement = cull(this.parts.clock.now(), size);
    return statement !== undefined && (await this.#remove(reason, statement)) >= size;
  }

  #batchOf(rows: number): number {
    return Math.min(Math.ceil(rows), this.#largestBatch);
  }

  #cullAged(now: EpochMs, size: number): Cull | undefined {
    const { limits, queries } = this.parts;
    return limits.maxAgeMs === undefined ? undefined : queries.cullOldest(now - limits.maxAgeMs, size);
  }

  async #cullExcess(): Promise<boolean> {
    const { cullFrequency } = this.parts.limits;
    if (cullFrequency !== undefined) await this.#considerSweep();
    const share = this.#isSweeping && cullFrequency !== undefined ? 1 - 1 / cullFrequency : 1;
    const excess = this.level.excess(share);
    if (excess === 0) {
      this.#isSweeping = false;
      this.#owed = 0;
      return false;
    }
    return this.#cullOldest(excess, this.#isSweeping ? Number.POSITIVE_INFINITY : this.#owed);
  }

  async #cullOldest(excess: number, owed: number): Promise<boolean> {
    const size = this.#batchOf(Math.min(excess, owed, this.#portion));
    if (size < 1) return false;
    const removed = await this.#remove('excess', this.parts.queries.cullOldest(undefined, size));
    if (removed < size) {
      this.level.doubt();
      this.#isSweeping = false;
      return false;
    }
    return Math.min(excess, owed) > removed;
  }

  /** How much may go at once: what this process has added, and little more, since others may be removing the same excess. */
  get #portion(): number {
    const added = Number.isFinite(this.#owed) ? Math.max(0, this.#owed / REMOVALS_PER_WRITE) : 0;
    return Math.max(1, added + this.level.step);
  }

  /** Much goes at once, so it had better be true that there is too much. */
  async #considerSweep(): Promise<void> {
    if (this.#isSweeping || this.level.excess(1) === 0) return;
    if (this.level.isOutdated) await this.look();
    this.#isSweeping = this.level.excess(1) > 0;
  }

  async #empty(): Promise<boolean> {
    if (this.#emptyUpTo === undefined) {
      if (this.level.excess(1) > 0 && this.level.isOutdated) await this.look();
      if (this.level.excess(1) === 0) {
        this.#owed = 0;
        return false;
      }
      this.#emptyUpTo = this.parts.clock.now();
    }
    const size = this.#largestBatch;
    const removed = await this.#remove('excess', this.parts.queries.cullOldest(this.#emptyUpTo, size));
    if (removed >= size) return true;
    this.#emptyUpTo = undefined;
    this.level.doubt();
    return false;
  }

  async #remove(reason: keyof CullReport, cull: Cull): Promise<number> {
    const removed = await remove(cull, this.parts.run, this.parts.transaction);
    this.#removed[reason] += removed;
    this.#owed -= removed;
    this.level.removed(removed);
    return removed;
  }
}

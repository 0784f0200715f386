import { setImmediate } from 'node:timers';
import type { EpochMs } from '../../../core/clock.js';
import { within } from '../../../core/patience.js';
import { type CullReport, Removals, type RemovalsParts } from './removals.js';

export type { CullReport, TableLimits } from './removals.js';

export interface CleanUpParts extends Omit<RemovalsParts, 'largestBatch' | 'random'> {
  /** The most rows that one statement removes, unless much more is written meanwhile. 1,000 by default; fewer where the database works in this process, and holds it up. */
  readonly largestBatch?: number;
  /** Whether writers wait for a clean-up that has fallen behind: where the database works in this process, they would leave it no turn. */
  readonly holdsWriters?: boolean;
  /** Told what went wrong; nobody waits for a clean-up that fails. */
  readonly tell: (error: unknown) => void;
  /** `Math.random` by default. */
  readonly random?: () => number;
}

/** What a table holds, by and large. */
export interface TableEstimate {
  readonly entries: number;
  readonly bytes: number;
  /** Whether all rows were seen. */
  readonly isExact: boolean;
}

/** How many writes pay for one clean-up, as a share of the bound, and at most. */
const SHARE_PER_RUN = 0.005;
const MOST_WRITES_PER_RUN = 50;

const LARGEST_BATCH = 1000;

/** How many clean-ups may be due before writers wait. */
const MOST_RUNS_BEHIND = 4;
/** How long they wait at most: they are operations under way, with a deadline. */
const LONGEST_HOLD_MS = 20;

const CLOSE_WAITS_MS = 1000;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Holds a cache table to its bounds, in proportion to what is written to it: each write pays for two removals. Works after the writes and
 * beside them, one batch at a time, and without a timer: where nobody writes, nothing needs to go.
 */
export class CleanUp {
  readonly #removals: Removals;
  readonly #entriesPerRun: number;
  readonly #bytesPerRun: number;
  #entries: number;
  #bytes = 0;
  #work: Promise<void> | undefined;
  /** Ends the wait between two batches. */
  #hurry: (() => void) | undefined;
  /** What writers wait for. */
  #hold: Promise<void> | undefined;
  #endHold: (() => void) | undefined;
  #holding: NodeJS.Timeout | undefined;
  #isClosed = false;
  #pauseMs = 0;
  #pauseEnds: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: CleanUpParts) {
    const { limits, largestBatch = LARGEST_BATCH, random = Math.random } = parts;
    this.#removals = new Removals({ ...parts, largestBatch, random });
    this.#entriesPerRun = Math.max(1, Math.min(SHARE_PER_RUN * limits.maxEntries, MOST_WRITES_PER_RUN));
    this.#bytesPerRun = SHARE_PER_RUN * (limits.maxBytes ?? Number.POSITIVE_INFINITY);
    // Processes that write little and end soon would never clean up; one in so many does it for all.
    this.#entries = Math.floor(random() * this.#entriesPerRun);
  }

  /**
   * Tells what has just been written, and begins to clean up if it is time.
   *
   * @param bytes of all values; matters for `maxBytes` alone
   * @returns what to wait for before more is written, if there is anything
   */
  wrote(entries: number, bytes = 0): Promise<void> | undefined {
    this.#entries += entries;
    this.#bytes += bytes;
    if (!this.#isDue(1)) return undefined;
    if (!this.#work) this.#start();
    else if (this.#isDue(2)) this.#hurry?.();
    return this.parts.holdsWriters && this.#work && this.#isDue(MOST_RUNS_BEHIND)
      ? this.#heldUp()
      : undefined;
  }

  #heldUp(): Promise<void> {
    this.#hold ??= new Promise((resolve) => {
      this.#endHold = resolve;
      this.#holding = setTimeout(() => this.#letGo(), LONGEST_HOLD_MS).unref();
    });
    return this.#hold;
  }

  #letGo(): void {
    clearTimeout(this.#holding);
    this.#endHold?.();
    this.#hold = undefined;
    this.#endHold = undefined;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#work) await this.#work;
  }

  /** Removes all that is due, now; fails if the database does. */
  async cull(): Promise<CullReport> {
    const before = { ...this.#removals.removed };
    await this.#alone(async () => {
      await this.#removals.look();
      this.#removals.oweEverything();
      try {
        await this.#steps();
      } finally {
        this.#removals.oweNothing();
      }
    });
    const { expired, aged, excess } = this.#removals.removed;
    return {
      expired: expired - before.expired,
      aged: aged - before.aged,
      excess: excess - before.excess,
    };
  }

  /** Finds out what the table holds. */
  async estimate(): Promise<TableEstimate> {
    await this.#alone(() => this.#removals.look());
    const { entries, bytes, isExact } = this.#removals.level;
    return { entries: Math.round(entries), bytes: Math.round(bytes), isExact };
  }

  /** Begins nothing any more; resolves when the batch under way has ended, or the database does not answer. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await within(CLOSE_WAITS_MS, this.settled(), () => new Error('no answer')).catch(() => undefined);
  }

  /** Whether enough was written to pay for so many clean-ups. */
  #isDue(runs: number): boolean {
    return this.#entries >= runs * this.#entriesPerRun || this.#bytes >= runs * this.#bytesPerRun;
  }

  #start(): void {
    const pauseMs = this.#pauseEnds - this.parts.clock.now();
    // A clock that was set back does not make a pause longer.
    const isPause = pauseMs > 0 && pauseMs <= LONGEST_PAUSE_MS;
    if (this.#isClosed || isPause) return;
    this.#alone(() => this.#run()).catch(() => undefined);
  }

  /** One thing at a time: it begins when all before it have ended. */
  #alone(task: () => Promise<void>): Promise<void> {
    const result = this.#work ? this.#work.then(task) : task();
    const work = result
      .catch(() => undefined)
      .then(() => {
        if (this.#work === work) this.#work = undefined;
        this.#letGo();
        // Written after the last step had looked, and before this.
        if (!this.#work && this.#isDue(1)) this.#start();
      });
    this.#work = work;
    return result;
  }

  async #run(): Promise<void> {
    try {
      await this.#steps();
      this.#pauseMs = 0;
    } catch (error) {
      this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * this.#pauseMs), LONGEST_PAUSE_MS);
      this.#pauseEnds = this.parts.clock.now() + this.#pauseMs;
      this.parts.tell(error);
    }
  }

  async #steps(): Promise<void> {
    let isMoreDue = true;
    // A process that writes little and ends at once pays for its writes as well, so one step is made in any case.
    for (let steps = 0; isMoreDue || this.#isDue(1); steps++) {
      // The write that began it is answered first, and where the database is in this process, others have their turn between two batches.
      await this.#turn();
      if (this.#isClosed && steps > 0) return;
      this.#removals.wrote(this.#entries, this.#bytes);
      this.#entries = 0;
      this.#bytes = 0;
      isMoreDue = await this.#removals.step();
      this.#letGo();
    }
  }

  /** Waits for the next turn of the event loop, which never comes while somebody writes in a loop to a database that answers at once. */
  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      setImmediate(resolve);
    });
    this.#hurry = undefined;
  }
}

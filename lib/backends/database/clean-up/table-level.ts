import { Level } from './level.js';
import { SAMPLE_ROWS, type TableReading } from './table-reading.js';

/** The bounds of a table. */
export interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number | undefined;
}

/** How far the sizes of values are taken to spread, as a multiple of the usual size. */
const SPREAD_OF_SIZES = 3;

/** From this share of a bound on, the table is looked at often. */
const NEAR = 0.9;
/** How much may be written between two looks, as a share of the bound. */
const STEP_NEAR = 0.01;
const STEP_FAR = 0.1;
/** How much of the room left may be written before the next look. */
const SHARE_OF_ROOM = 0.25;

/** How full the table is, in entries and bytes, as far as this process knows, and when to look again. */
export class TableLevel {
  readonly #entries = new Level(1 / 2, 1 / 4);
  readonly #bytes = new Level(1 / 8, 1 / 2);
  #isExact = false;
  /** The most entries to write before the next look: the first looks follow each other closely. */
  #patience = 1;

  constructor(private readonly bounds: Bounds) {}

  get entries(): number {
    return this.#entries.value;
  }

  get bytes(): number {
    return this.#bytes.value;
  }

  /** Whether the last look took in all rows. */
  get isExact(): boolean {
    return this.#isExact;
  }

  /** Whether a single look takes in all rows, by and large. */
  get isSmall(): boolean {
    return this.#entries.isKnown && this.entries < SAMPLE_ROWS;
  }

  /** Whether something was written since the last look. */
  get isOutdated(): boolean {
    return !this.#entries.isKnown || this.#entries.written > 0;
  }

  get isLookDue(): boolean {
    const { maxEntries, maxBytes } = this.bounds;
    if (!this.#entries.isKnown || this.#entries.written >= this.#patience) return true;
    return (
      hasStepped(this.#entries, maxEntries) || (maxBytes !== undefined && hasStepped(this.#bytes, maxBytes))
    );
  }

  /** Asks for a look before anything else: the table is not what it was believed to be. */
  doubt(): void {
    this.#patience = 0;
  }

  /** Returns how many entries of the usual size make as many bytes. */
  entriesOf(bytes: number): number {
    return bytes === 0 || this.bytes === 0 ? 0 : bytes / this.#bytesPerEntry;
  }

  wrote(entries: number, bytes: number): void {
    this.#entries.wrote(entries);
    this.#bytes.wrote(bytes);
  }

  removed(entries: number): void {
    this.#bytes.removed(entries * this.#bytesPerEntry);
    this.#entries.removed(entries);
  }

  read({ entries, bytesPerEntry, error }: TableReading): void {
    this.#patience = Math.max(1, 2 * this.#entries.written);
    this.#isExact = error === 0;
    this.#entries.read(entries, entries * error);
    const bytes = this.entries * bytesPerEntry;
    this.#bytes.read(bytes, bytes * error * SPREAD_OF_SIZES);
  }

  /** Returns how many entries are too many for these shares of the bounds. */
  excess(share: number): number {
    const { maxEntries, maxBytes } = this.bounds;
    const entries = this.entries - share * maxEntries;
    const bytes = maxBytes === undefined ? 0 : this.bytes - share * maxBytes;
    return Math.ceil(Math.max(0, entries, this.entriesOf(Math.max(0, bytes))));
  }

  /** How many entries may go between two looks although this process has not added as many. */
  get step(): number {
    return STEP_NEAR * this.entries;
  }

  get #bytesPerEntry(): number {
    return this.entries > 0 ? this.bytes / this.entries : 0;
  }
}

function hasStepped(level: Level, bound: number): boolean {
  const room = bound - level.value;
  const isNear = room < (1 - NEAR) * bound;
  const step = isNear ? STEP_NEAR * bound : Math.min(SHARE_OF_ROOM * room, STEP_FAR * bound);
  // What others write comes on top; what they remove may be what this process believes it must.
  return level.written * Math.max(1, level.growth) >= step || -level.balance >= STEP_NEAR * bound;
}

import type { Clock, EpochMs } from '../../../../lib/index.js';
import type { CleanUpParts } from '../../../../lib/backends/database/clean-up/clean-up.js';
import type { Query } from '../../../../lib/backends/database/statements/statement.js';
import type {
  Cull,
  TableQueries,
  TableSample,
} from '../../../../lib/backends/database/statements/table-queries.js';

interface SimulatedRow {
  readonly id: string;
  readonly bytes: number;
  readonly expiresAt: EpochMs | null;
  readonly writtenAt: EpochMs;
}

/** A removal, and what was in the table when it was made. */
export interface Removed {
  readonly reason: 'expired' | 'oldest';
  readonly rows: number;
  /** How many expired rows were left after it. */
  readonly expiredLeft: number;
}

/**
 * A cache table in this process, which knows exactly what it holds: the queries of a clean-up, on rows without values. Statements take
 * effect in the order in which they are sent, each a turn of the promises later.
 */
export class SimulatedTable {
  /** In the order in which they were written. */
  readonly #rows = new Map<string, SimulatedRow>();
  readonly #byId: SimulatedRow[] = [];
  readonly #byEnd = new Map<EpochMs, Map<string, SimulatedRow>>();
  readonly removals: Removed[] = [];
  bytes = 0;
  samples = 0;
  statements = 0;
  /** What the next statements fail with. */
  failure: Error | undefined;
  /** Resolves before each statement; a slow database. */
  latency: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#rows.size;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  write(id: string, bytes = 100, expiresAt: EpochMs | null = null): void {
    this.#drop(id);
    const row = { id, bytes, expiresAt, writtenAt: this.clock.now() };
    this.#rows.set(id, row);
    this.#byId.splice(this.#placeOf(id), 0, row);
    if (expiresAt !== null) this.#endingAt(expiresAt).set(id, row);
    this.bytes += bytes;
  }

  clear(): void {
    for (const id of this.#rows.keys()) this.#drop(id);
  }

  /** What a clean-up of this table is made of. */
  get parts(): Pick<CleanUpParts, 'clock' | 'queries' | 'run' | 'transaction'> {
    const run = async <T>(query: Query<T>): Promise<T> => {
      await this.latency();
      this.statements++;
      if (this.failure) throw this.failure;
      return query.answer({ rows: [], changed: 0, mark: 0 });
    };
    return { clock: this.clock, queries: this.#queries, run, transaction: (work) => work(run) };
  }

  get #queries(): TableQueries {
    const queries: Pick<TableQueries, 'sample' | 'cullExpired' | 'cullOldest'> = {
      sample: (from, count) => queryOf(() => this.#sample(from, count)),
      cullExpired: (now, limit) => cullOf(() => this.#cullExpired(now, limit)),
      cullOldest: (upTo, limit) => cullOf(() => this.#cullOldest(upTo, limit)),
    };
    return queries as TableQueries;
  }

  #sample(from: string, count: number): TableSample {
    this.samples++;
    const start = this.#placeOf(from);
    const rows = this.#byId.slice(start, start + count);
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    return { rows: rows.length, first: rows[0]?.id, last: rows.at(-1)?.id, bytes };
  }

  #cullExpired(now: EpochMs, limit: number): number {
    const victims: string[] = [];
    for (const end of this.#endsUpTo(now)) {
      for (const id of this.#byEnd.get(end)!.keys()) {
        if (victims.length === limit) break;
        victims.push(id);
      }
    }
    return this.#remove('expired', victims);
  }

  #cullOldest(upTo: EpochMs | undefined, limit: number): number {
    const victims: string[] = [];
    for (const { id, writtenAt } of this.#rows.values()) {
      if (victims.length === limit || (upTo !== undefined && writtenAt > upTo)) break;
      victims.push(id);
    }
    return this.#remove('oldest', victims);
  }

  #remove(reason: Removed['reason'], victims: readonly string[]): number {
    for (const id of victims) this.#drop(id);
    if (victims.length > 0)
      this.removals.push({ reason, rows: victims.length, expiredLeft: this.#expiredNow() });
    return victims.length;
  }

  #expiredNow(): number {
    return this.#endsUpTo(this.clock.now()).reduce((sum, end) => sum + this.#byEnd.get(end)!.size, 0);
  }

  #endsUpTo(now: EpochMs): EpochMs[] {
    return [...this.#byEnd.keys()].filter((end) => end <= now).toSorted((a, b) => a - b);
  }

  #drop(id: string): void {
    const row = this.#rows.get(id);
    if (!row) return;
    this.#rows.delete(id);
    this.#byId.splice(this.#placeOf(id), 1);
    this.bytes -= row.bytes;
    if (row.expiresAt === null) return;
    const group = this.#byEnd.get(row.expiresAt)!;
    group.delete(id);
    if (group.size === 0) this.#byEnd.delete(row.expiresAt);
  }

  #endingAt(end: EpochMs): Map<string, SimulatedRow> {
    const known = this.#byEnd.get(end);
    if (known) return known;
    const made = new Map<string, SimulatedRow>();
    this.#byEnd.set(end, made);
    return made;
  }

  /** How many ids are before this one. */
  #placeOf(id: string): number {
    let low = 0;
    for (let high = this.#byId.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (this.#byId[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function queryOf<T>(answer: () => T): Query<T> {
  return { statement: { name: undefined, text: '' }, values: [], answer };
}

function cullOf(answer: () => number): Cull {
  return { isOneStatement: true, query: queryOf(answer) };
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

import type { StoredEntry } from '../backends/cache-backend.js';
import { isTagged } from '../codec/frame.js';
import { addToInteger, encodeInteger } from '../codec/integer.js';
import type { Answer } from '../core/answer.js';
import type { EpochMs } from '../core/clock.js';
import { NotANumberError } from '../core/errors.js';
import type { BackendCalls } from './backend-calls.js';

/** What counting needs of a store. */
export interface CountedEntries {
  read(key: string): Answer<StoredEntry | undefined>;
  expiry(key: string): Promise<EpochMs | null | undefined>;
  write(entry: { key: string; payload: Buffer; expiresAt: EpochMs | null }): Answer<void>;
}

/** Whole numbers that are counted up and down in the store. */
export class Counters {
  constructor(
    private readonly calls: BackendCalls,
    private readonly entries: CountedEntries,
  ) {}

  /** Adds to a counter and keeps its end; undefined if there is none. */
  async increment(key: string, delta: number): Promise<number | undefined> {
    try {
      return await this.#add(key, delta);
    } catch (error) {
      if (!(error instanceof NotANumberError)) throw error;
      const entry = await this.entries.read(key);
      if (!entry) return undefined;
      if (!isTagged(entry.payload)) throw error;
      throw new NotANumberError(`The entry "${key}" has tags, so it cannot be counted up or down.`);
    }
  }

  async #add(key: string, delta: number): Promise<number | undefined> {
    const { backend } = this.calls;
    const { increment } = backend;
    if (increment) return this.calls.onKey('increment', key, () => increment.call(backend, key, delta));
    const [entry, expiresAt] = await Promise.all([this.entries.read(key), this.entries.expiry(key)]);
    if (!entry || expiresAt === undefined) return undefined;
    const sum = addToInteger(key, entry.payload, delta);
    await this.entries.write({ key, payload: encodeInteger(sum), expiresAt });
    return sum;
  }
}

import type { EntryToWrite } from '../backends/cache-backend.js';
import { isLease, newLease } from '../codec/lease.js';
import type { Clock } from '../core/clock.js';
import type { BackendCalls } from './backend-calls.js';
import type { EntryWriter } from './entry-writer.js';
import type { Replacement } from './replacement.js';

/** For how long a computation may take and still be stored, milliseconds. It costs nothing but a small entry in the store. */
const LEASE_MS = 10 * 60_000;
/** How often a place that is taken and then free again is asked for. */
const ATTEMPTS = 3;
/** Long enough for every store, of which some count in seconds. */
const GIVEN_BACK_MS = 1000;

/**
 * The leases of what is about to be computed, by final key: undefined for a key that others have had a word on meanwhile, and nothing for one whose server is not
 * in use.
 */
export type HeldLeases = ReadonlyMap<string, Buffer | undefined>;

/** What leases are made of. */
export interface LeaseParts {
  readonly calls: BackendCalls;
  readonly writer: EntryWriter;
  readonly replacement: Replacement;
  readonly clock: Clock;
}

/**
 * Lets whoever changes or removes an entry win over the computations of all processes. Before a value is computed a lease takes
 * its place in the store, as an entry that no reader takes for a value; when it is computed it is stored only if the lease is still there.
 * A `delete`, `clear` or `set` takes the lease away without knowing of it. Several who compute the same value share a lease, and the
 * first is stored. A lease that is lost costs a computation, never more.
 */
export class Leases {
  constructor(private readonly parts: LeaseParts) {}

  /** Takes leases for what is about to be computed. */
  async take(keys: readonly string[]): Promise<HeldLeases> {
    const leases = new Map<string, Buffer | undefined>();
    await Promise.all(keys.map((key) => this.#take(key, leases)));
    return leases;
  }

  async #take(key: string, leases: Map<string, Buffer | undefined>): Promise<void> {
    const { calls, clock, replacement, writer } = this.parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const payload = newLease();
      const isTaken = await writer.insert({ key, payload, expiresAt: clock.now() + LEASE_MS });
      const present = isTaken ? payload : await replacement.presentAt(key);
      if (present) leases.set(key, isLease(present) ? present : undefined);
      if (present || calls.backend.isInUse?.(key) === false) return;
    }
    // It comes and goes faster than it can be looked at.
    leases.set(key, undefined);
  }

  /** Stores a value in the place that its lease holds; returns false if the lease has gone. */
  async fill(entry: EntryToWrite, lease: Buffer): Promise<boolean> {
    return this.parts.replacement.replace(entry, lease);
  }

  /** Lets leases end that no value will come for. Never rejects: they end by themselves. */
  async giveBack(keys: Iterable<string>, leases: HeldLeases): Promise<void> {
    const { clock, replacement } = this.parts;
    const expiresAt = clock.now() + GIVEN_BACK_MS;
    await Promise.allSettled(
      Array.from(keys, async (key) => {
        const payload = leases.get(key);
        if (payload) await replacement.replace({ key, payload, expiresAt }, payload);
      }),
    );
  }
}

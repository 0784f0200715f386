import { hash } from 'node:crypto';
import type { EntryToWrite } from '../backends/cache-backend.js';
import { isTagged } from '../codec/frame.js';
import { encodeInteger } from '../codec/integer.js';
import type { Clock } from '../core/clock.js';
import type { BackendCalls } from './backend-calls.js';
import type { EntryWriter } from './entry-writer.js';
import type { LiveEntries } from './live-entries.js';

/** For how long nobody else takes the place of an entry whose heir was named, milliseconds. */
const CLAIM_MS = 10_000;

/** What replacements are made of. */
export interface ReplacementParts {
  readonly calls: BackendCalls;
  readonly writer: EntryWriter;
  readonly live: LiveEntries;
  readonly clock: Clock;
  /** Returns the final key of a key of the library's own. */
  finalKeyOf(key: string): string;
}

/** Puts entries in the place of certain others: as one operation where the backend can compare and set. */
export class Replacement {
  constructor(private readonly parts: ReplacementParts) {}

  /**
   * Stores an entry if the present one has exactly this payload, as the store holds it; returns whether it did. On a backend without
   * compare-and-set, what comes between the look and the change is lost.
   */
  async replace(entry: EntryToWrite, expected: Buffer): Promise<boolean> {
    const { calls, writer } = this.parts;
    if (calls.backend.replace) return writer.replace(entry, expected);
    const present = await this.presentAt(entry.key);
    if (!present?.equals(expected)) return false;
    await writer.write(entry);
    return true;
  }

  /**
   * Stores an entry in place of one that counts as absent, a dead one or a lease, which stores do not know from live ones; returns false if the present
   * one is live, gone, or another's to replace. Of several who want it at once, in all processes, one gets it.
   */
  async replaceAbsent(entry: EntryToWrite): Promise<boolean> {
    const { key } = entry;
    const { calls, live } = this.parts;
    const present = await this.presentAt(key);
    if (!present || !isTagged(present) || (await live.read(key, 'look'))) return false;
    if (!calls.backend.replace && !(await this.#claim(key, present))) return false;
    return this.replace(entry, present);
  }

  /** Returns what the store holds under a key, whatever it counts as. */
  async presentAt(key: string): Promise<Buffer | undefined> {
    const { calls } = this.parts;
    const present = await calls.onKey('read', key, () => calls.backend.read(key));
    return present?.payload;
  }

  /** Who first lays claim to the succession of this very entry, which never comes back, is its heir. */
  async #claim(key: string, present: Buffer): Promise<boolean> {
    const { clock, finalKeyOf, writer } = this.parts;
    const name = hash('sha256', Buffer.concat([Buffer.from(`${key}\0`), present]), 'base64url');
    return writer.insert({
      key: finalKeyOf(`heir:${name}`),
      payload: encodeInteger(1),
      expiresAt: clock.now() + CLAIM_MS,
    });
  }
}

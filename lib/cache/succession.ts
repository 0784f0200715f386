import { hash } from 'node:crypto';
import type { EntryToWrite } from '../backends/cache-backend.js';
import { isTagged } from '../codec/frame.js';
import { encodeInteger } from '../codec/integer.js';
import type { Clock } from '../core/clock.js';
import type { EntryReader } from './entry-reader.js';
import type { EntryWriter } from './entry-writer.js';
import type { LiveEntries } from './live-entries.js';

/** For how long nobody else takes the place of a dead entry whose heir was named, milliseconds. */
const CLAIM_MS = 10_000;

/** What a succession is made of. */
export interface SuccessionParts {
  readonly reader: EntryReader;
  readonly writer: EntryWriter;
  readonly live: LiveEntries;
  readonly clock: Clock;
  /** Returns the final key of a key of the library's own. */
  finalKeyOf(key: string): string;
}

/**
 * Takes the place of dead entries, which stores do not know from live ones. Of several who want it at once, in all processes,
 * one gets it: who first lays claim to the succession of this very entry, whose stamps never come back.
 */
export class Succession {
  constructor(private readonly parts: SuccessionParts) {}

  /** Stores an entry in place of a dead one; returns false if the present one is live, gone, or another's to replace. */
  async replaceDead(entry: EntryToWrite): Promise<boolean> {
    const { key } = entry;
    const { live, reader, writer } = this.parts;
    const present = await reader.read(key);
    if (!present || !isTagged(present.payload) || (await live.read(key, 'look'))) return false;
    if (!(await this.#claim(key, present.payload))) return false;
    await writer.remove(key);
    return writer.insert(entry);
  }

  async #claim(key: string, dead: Buffer): Promise<boolean> {
    const { clock, finalKeyOf, writer } = this.parts;
    const name = hash('sha256', Buffer.concat([Buffer.from(`${key}\0`), dead]), 'base64url');
    return writer.insert({
      key: finalKeyOf(`heir:${name}`),
      payload: encodeInteger(1),
      expiresAt: clock.now() + CLAIM_MS,
    });
  }
}

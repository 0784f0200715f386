import type { Clock, EpochMs } from '../../core/clock.js';
import type { ExactOperations, MemcachedServer } from './memcached-server.js';
import { noteKey } from './wire-key.js';

/** How the end of an entry is found out. Keys are wire keys. */
export interface EntryEnds {
  /** Keeps the end of an entry that is written, where that takes something beside the entry. */
  note?(key: string, expiresAt: EpochMs | null, exptime: number): Promise<void>;
  forget?(key: string): Promise<unknown>;
  /** Returns the end of an entry, `null` for none, undefined if it is absent. */
  of(key: string): Promise<EpochMs | null | undefined>;
}

export function entryEndsOn(server: MemcachedServer, clock: Clock): EntryEnds {
  return server.exact ? endsToldBy(server.exact, clock) : new NotedEnds(server, clock);
}

function endsToldBy(server: ExactOperations, clock: Clock): EntryEnds {
  return {
    of: async (key) => {
      const seconds = await server.secondsLeft(key);
      return typeof seconds === 'number' ? clock.now() + seconds * 1000 : seconds;
    },
  };
}

const NO_END = 'n';

/** The classic protocol has no word for the end of an entry, so a note lies beside each and ends with it. */
class NotedEnds implements EntryEnds {
  constructor(
    private readonly server: MemcachedServer,
    private readonly clock: Clock,
  ) {}

  async note(key: string, expiresAt: EpochMs | null, exptime: number): Promise<void> {
    const text = expiresAt === null ? NO_END : String(expiresAt);
    await this.server.set(noteKey(key), Buffer.from(text, 'latin1'), exptime);
  }

  async forget(key: string): Promise<void> {
    await this.server.remove(noteKey(key));
  }

  /** An entry whose note is lost counts as absent: nobody can tell for how long it lives. */
  async of(key: string): Promise<EpochMs | null | undefined> {
    const found = await this.server.getMany([key, noteKey(key)]);
    const note = found.get(noteKey(key))?.payload.toString('latin1');
    if (note === undefined || !found.has(key)) return undefined;
    if (note === NO_END) return null;
    const expiresAt = Number(note);
    return expiresAt > this.clock.now() ? expiresAt : undefined;
  }
}

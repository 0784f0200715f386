import { type FileHandle, open } from 'node:fs/promises';
import type { Clock, EpochMs } from '../../core/clock.js';
import { isExpired } from '../../core/timeout.js';
import { type CacheFolder, identityOf, type FileIdentity, ifMissing } from './cache-folder.js';
import { decodeHead, HEAD_LENGTH } from './entry-file.js';
import { Limiter } from '../../core/limiter.js';

/** The bounds of a file cache. */
export interface FileLimits {
  readonly maxEntries: number;
  readonly cullFrequency: number;
}

/** How much of the limit may be written between two listings; other processes write too, and are not heard of otherwise. */
const RELIST_SHARE = 0.1;
const FILES_AT_ONCE = 16;

interface Candidate {
  readonly file: string;
  readonly identity: FileIdentity;
  readonly expiresAt: EpochMs | null;
  readonly writtenAt: EpochMs;
}

/**
 * Holds a folder to a number of entries. Listing a folder costs time in proportion to its size, so it is done once per tenth of
 * the limit written: alone in the folder a process never exceeds the limit, and each further one adds a tenth at most.
 */
export class EntryLimit {
  /** New files that may be written before the folder must be listed again. */
  #allowance = 0;
  #recounting: Promise<void> | undefined;
  readonly #writing = new Set<Promise<unknown>>();

  constructor(
    private readonly folder: CacheFolder,
    private readonly limits: FileLimits,
    private readonly clock: Clock,
  ) {}

  /** Runs a write that makes a new file, after making room for it if the folder is full. */
  async makeRoomFor<T>(write: () => Promise<T>): Promise<T> {
    while (this.#allowance < 1) {
      this.#recounting ??= this.#recount().finally(() => (this.#recounting = undefined));
      await this.#recounting;
    }
    this.#allowance--;
    const writing = write();
    this.#writing.add(writing);
    return writing.finally(() => this.#writing.delete(writing));
  }

  async #recount(): Promise<void> {
    // A file that is on its way would be missed by the listing.
    await Promise.allSettled(this.#writing);
    const files = await this.folder.entries();
    let count = files.length;
    if (count >= this.limits.maxEntries) count -= await this.#cull(files);
    const room = Math.max(1, this.limits.maxEntries - count);
    this.#allowance = Math.min(room, Math.ceil(this.limits.maxEntries * RELIST_SHARE));
  }

  /** Removes the configured share, expired entries first, then those written longest ago; returns how many. */
  async #cull(files: readonly string[]): Promise<number> {
    const share =
      this.limits.cullFrequency === 0 ? files.length : Math.ceil(files.length / this.limits.cullFrequency);
    // With a limit lowered since the last start, one share may not be enough.
    const wanted = Math.max(share, files.length - this.limits.maxEntries + 1);
    const limiter = new Limiter(FILES_AT_ONCE);
    const found = await Promise.all(files.map((file) => limiter.run(() => inspect(file))));
    const candidates = found.filter((candidate) => candidate !== undefined);
    const expired = candidates.filter(({ expiresAt }) => isExpired(expiresAt, this.clock));
    const live = candidates.filter(({ expiresAt }) => !isExpired(expiresAt, this.clock));
    live.sort((a, b) => a.writtenAt - b.writtenAt);
    const victims = [...expired, ...live.slice(0, Math.max(0, wanted - expired.length))];
    await Promise.all(
      victims.map(({ file, identity }) => limiter.run(() => this.folder.removeIfSame(file, identity))),
    );
    return victims.length + (found.length - candidates.length);
  }
}

/** Looks at the head of an entry's file; undefined if it is gone. A file without a head counts as expired. */
async function inspect(file: string): Promise<Candidate | undefined> {
  const handle = await open(file, 'r').catch(ifMissing(undefined));
  if (!handle) return undefined;
  try {
    const [found, expiresAt] = await Promise.all([handle.stat({ bigint: true }), readExpiry(handle)]);
    return { file, identity: identityOf(found), expiresAt, writtenAt: Number(found.mtimeMs) };
  } finally {
    await handle.close();
  }
}

async function readExpiry(handle: FileHandle): Promise<EpochMs | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_LENGTH), 0, HEAD_LENGTH, 0);
  try {
    return decodeHead(buffer.subarray(0, bytesRead)).expiresAt;
  } catch {
    return 0;
  }
}

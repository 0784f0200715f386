import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { addToInteger, encodeInteger } from '../../codec/integer.js';
import type { Clock, EpochMs } from '../../core/clock.js';
import { CacheConfigurationError } from '../../core/errors.js';
import { Limiter } from '../../core/limiter.js';
import { messageOf } from '../../core/show.js';
import { isExpired } from '../../core/timeout.js';
import type { BackendCapabilities, BackendContext, CacheBackend, StoredEntry } from '../cache-backend.js';
import { sharedStore } from '../shared-store.js';
import { CacheFolder, identify, ifMissing, remove } from './cache-folder.js';
import {
  CONTENT_POSITION,
  CorruptFileError,
  decodeEntryFile,
  decodeHead,
  encodeEntryFile,
  encodeExpiry,
  type EntryFile,
  EXPIRY_POSITION,
} from './entry-file.js';
import { EntryLimit, type FileLimits } from './entry-limit.js';
import { overwrite, overwriteIf } from './in-place.js';
import { KeyLock } from './key-lock.js';

/** Each open file takes a descriptor, of which a process often has no more than 1024; all file caches of the process share these. */
const operations = new Limiter(64);
/** A file that another process is counting in may read torn for the moment of one system call. */
const READ_ATTEMPTS = 3;
const REREAD_PAUSE_MS = 2;

/**
 * Entries in files of one folder, shared by the processes of a machine and kept over restarts. Writing is a rename, so a process
 * killed at any moment leaves the old entry, the new one or none.
 */
export class FileBackend implements CacheBackend {
  readonly capabilities: BackendCapabilities = {
    isShared: true,
    isPersistent: true,
    keepsEntries: true,
    hasAtomicInsert: true,
    hasAtomicIncrement: true,
    limitsEntries: true,
    maxKeyBytes: null,
  };
  readonly #folder: CacheFolder;
  readonly #limit: EntryLimit;
  readonly #locks: KeyLock;
  readonly #clock: Clock;

  constructor(
    private readonly context: BackendContext & { readonly location: string },
    limits: FileLimits,
  ) {
    const { clock, location } = context;
    this.#clock = clock;
    this.#folder = new CacheFolder(location);
    this.#limit = sharedStore(
      context,
      `the folder ${location}`,
      { ...limits },
      () => new EntryLimit(this.#folder, limits, clock),
    );
    this.#locks = new KeyLock(this.#folder);
  }

  async open(): Promise<void> {
    try {
      await this.#folder.prepare();
      await this.#locks.sweep();
    } catch (error) {
      throw new CacheConfigurationError(
        `Cache "${this.context.alias}": the folder ${this.#folder.path} cannot be used (${messageOf(error)}). ` +
          'Give in `location` a folder that this process may create, read and write.',
        { cause: error },
      );
    }
  }

  read(key: string): Promise<StoredEntry | undefined> {
    return operations.run(() => this.#read(this.#folder.fileOf(key), key));
  }

  write(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<void> {
    return operations.run(async () => {
      const file = this.#folder.fileOf(key);
      const bytes = this.#encode(key, payload, expiresAt);
      const replace = (): Promise<void> => this.#folder.replace(file, bytes);
      const isNew = (await identify(file)) === undefined;
      return isNew ? this.#limit.makeRoomFor(replace) : replace();
    });
  }

  async insert(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    const file = this.#folder.fileOf(key);
    const bytes = this.#encode(key, payload, expiresAt);
    const create = (): Promise<boolean> => this.#folder.create(file, bytes);
    const isDone = await operations.run(async () => {
      if (await this.#read(file, key)) return false;
      return (await this.#limit.makeRoomFor(create)) || undefined;
    });
    if (isDone !== undefined) return isDone;
    // What is there has expired, or came this very moment. Only one process at a time may find out and replace it; who waits
    // for that holds up nobody else.
    return this.#locks.run(file, () => operations.run(() => this.#replaceExpired(file, key, bytes)));
  }

  replace(key: string, expected: Buffer, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    const file = this.#folder.fileOf(key);
    const bytes = this.#encode(key, payload, expiresAt);
    const isExpected = (present: Buffer): boolean =>
      this.#liveIn(present, key)?.payload.equals(expected) ?? false;
    // In place, like touch, and one at a time.
    return this.#locks.run(file, () => operations.run(() => overwriteIf(file, isExpected, bytes)));
  }

  touch(key: string, expiresAt: EpochMs | null): Promise<boolean> {
    return operations.run(async () => {
      const file = this.#folder.fileOf(key);
      if (!(await this.#read(file, key))) return false;
      // In place: a rename could bring back what another process deletes in this moment.
      return overwrite(file, encodeExpiry(expiresAt), EXPIRY_POSITION);
    });
  }

  remove(key: string): Promise<boolean> {
    return operations.run(async () => {
      const file = this.#folder.fileOf(key);
      const wasLive = (await this.#read(file, key)) !== undefined;
      return (await remove(file)) && wasLive;
    });
  }

  async clear(): Promise<void> {
    const files = await this.#folder.entries();
    await Promise.all(files.map((file) => operations.run(() => this.#removeIfOurs(file))));
  }

  increment(key: string, delta: number): Promise<number | undefined> {
    const file = this.#folder.fileOf(key);
    return this.#locks.run(file, () => operations.run(() => this.#increment(file, key, delta)));
  }

  async #increment(file: string, key: string, delta: number): Promise<number | undefined> {
    const entry = await this.#read(file, key);
    if (!entry) return undefined;
    const sum = addToInteger(key, entry.payload, delta);
    // In place, like touch. Blanks cover what a shorter number leaves over.
    const payload = Buffer.from(encodeInteger(sum).toString('latin1').padEnd(entry.payload.length), 'latin1');
    const content = this.#encode(key, payload, entry.expiresAt).subarray(CONTENT_POSITION);
    return (await overwrite(file, content, CONTENT_POSITION)) ? sum : undefined;
  }

  #encode(key: string, payload: Buffer, expiresAt: EpochMs | null): Buffer {
    return encodeEntryFile({ scope: this.context.scope, key, payload, expiresAt });
  }

  async #read(file: string, key: string): Promise<EntryFile | undefined> {
    const entry = await this.#readWhole(file, key);
    return entry && !isExpired(entry.expiresAt, this.#clock) ? entry : undefined;
  }

  /** Returns what is in the file, expired or not. A corrupt file is removed, and is as good as none. */
  async #readWhole(file: string, key: string): Promise<EntryFile | undefined> {
    for (let attempt = 1; attempt < READ_ATTEMPTS; attempt++) {
      const bytes = await readFile(file).catch(ifMissing(undefined));
      if (!bytes) return undefined;
      try {
        return decodeFor(key, bytes);
      } catch {
        if (this.#hasEnded(bytes)) return undefined;
        await delay(REREAD_PAUSE_MS);
      }
    }
    return this.#readOrRemove(file, key);
  }

  /** Returns the entry in the bytes of a file; undefined if it has ended, or is none. */
  #liveIn(bytes: Buffer, key: string): EntryFile | undefined {
    if (this.#hasEnded(bytes)) return undefined;
    try {
      return decodeFor(key, bytes);
    } catch {
      return undefined;
    }
  }

  /** Whatever follows the head: while a process replaces it in place, the entry has ended. */
  #hasEnded(bytes: Buffer): boolean {
    try {
      return isExpired(decodeHead(bytes).expiresAt, this.#clock);
    } catch {
      return false;
    }
  }

  async #readOrRemove(file: string, key: string): Promise<EntryFile | undefined> {
    const identity = await identify(file);
    const bytes = await readFile(file).catch(ifMissing(undefined));
    if (identity === undefined || !bytes) return undefined;
    try {
      return decodeFor(key, bytes);
    } catch (error) {
      this.context.unreadable(key, error);
      await this.#folder.removeIfSame(file, identity);
      return undefined;
    }
  }

  async #replaceExpired(file: string, key: string, bytes: Buffer): Promise<boolean> {
    const identity = await identify(file);
    if (await this.#read(file, key)) return false;
    if (identity !== undefined) await this.#folder.removeIfSame(file, identity);
    return this.#folder.create(file, bytes);
  }

  async #removeIfOurs(file: string): Promise<void> {
    const bytes = await readFile(file).catch(ifMissing(undefined));
    if (!bytes) return;
    try {
      if (decodeEntryFile(bytes).scope !== this.context.scope) return;
    } catch {
      // Nobody can read it, so it is nobody's.
    }
    await remove(file);
  }
}

/** @throws {CorruptFileError} if the file is damaged or holds another key */
function decodeFor(key: string, bytes: Buffer): EntryFile {
  const entry = decodeEntryFile(bytes);
  if (entry.key === key) return entry;
  throw new CorruptFileError(`the file holds the entry "${entry.key}"`);
}

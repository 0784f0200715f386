import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { access, link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessAlive } from './process-alive.js';

const ENTRY_SUFFIX = '.entry';
const TEMPORARY_SUFFIX = '.tmp';
const LOCK_SUFFIX = '.lock';
/** Tells this process from an earlier one that had the same number, as the first process of a container always has. */
const PROCESS_TOKEN = randomUUID().slice(0, 8);

/**
 * The folder of a file cache: which file an entry lives in, and how files come and go so that whoever looks, at any moment, in any
 * process, finds the old file, the new one or none.
 */
export class CacheFolder {
  #temporaryFiles = 0;

  constructor(readonly path: string) {}

  /** Returns the file of a key. Its name is a hash: a key never becomes a path. */
  fileOf(key: string): string {
    return join(this.path, createHash('sha256').update(key).digest('hex') + ENTRY_SUFFIX);
  }

  /** Returns the lock file that belongs to a file. */
  lockOf(file: string): string {
    return file + LOCK_SUFFIX;
  }

  /** Makes the folder and what is above it, for the owner alone (0700), and sweeps up after processes that were killed. */
  async prepare(): Promise<void> {
    await this.#make();
    await access(this.path, constants.R_OK | constants.W_OK | constants.X_OK);
    await unlink(await this.#writeTemporary(Buffer.alloc(0)));
    await this.#sweep();
  }

  /** Puts a file in the place of another or none, whole or not at all. */
  async replace(file: string, bytes: Buffer): Promise<void> {
    await this.#withTemporary(bytes, (temporary) => rename(temporary, file));
  }

  /** Creates a file, whole; returns false if there is one. */
  async create(file: string, bytes: Buffer): Promise<boolean> {
    return this.#withTemporary(bytes, async (temporary) => {
      const isCreated = await link(temporary, file).then(
        () => true,
        (error: unknown) => {
          if (hasCode(error, 'EEXIST')) return false;
          throw error;
        },
      );
      await remove(temporary);
      return isCreated;
    });
  }

  /**
   * Removes a file only if it is still the one that was looked at; another process may have put a new one there since.
   *
   * @returns whether it was removed
   */
  async removeIfSame(file: string, identity: FileIdentity): Promise<boolean> {
    const aside = this.#temporaryName();
    // Renaming takes the file out of everybody's sight in one step; only then is it safe to look and decide.
    const isTaken = await rename(file, aside).then(() => true, ifMissing(false));
    if (!isTaken) return false;
    const isSame = (await identify(aside)) === identity;
    // A new file goes back, unless a yet newer one has come.
    if (!isSame) await link(aside, file).catch(() => undefined);
    await remove(aside);
    return isSame;
  }

  /** Returns the files of all entries; none if the folder is gone. */
  async entries(): Promise<string[]> {
    return this.#filesNamed(ENTRY_SUFFIX);
  }

  /** Returns the files of all locks. */
  async locks(): Promise<string[]> {
    return this.#filesNamed(LOCK_SUFFIX);
  }

  async #filesNamed(suffix: string): Promise<string[]> {
    const names = await readdir(this.path).catch(ifMissing<string[]>([]));
    return names.filter((name) => name.endsWith(suffix)).map((name) => join(this.path, name));
  }

  /** Runs `publish` on a temporary file; once more if the folder, or the file in it, was deleted meanwhile. */
  async #withTemporary<T>(bytes: Buffer, publish: (temporary: string) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const temporary = await this.#writeTemporary(bytes);
        return await publish(temporary).catch(async (error: unknown) => {
          await remove(temporary);
          throw error;
        });
      } catch (error) {
        if (!hasCode(error, 'ENOENT') || attempt === 3) throw error;
        await this.#make();
      }
    }
  }

  async #writeTemporary(bytes: Buffer): Promise<string> {
    const name = this.#temporaryName();
    const handle = await open(name, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
    } catch (error) {
      await remove(name);
      throw error;
    } finally {
      await handle.close();
    }
    return name;
  }

  #temporaryName(): string {
    return join(
      this.path,
      `${process.pid}-${PROCESS_TOKEN}-${this.#temporaryFiles++}-${randomUUID()}${TEMPORARY_SUFFIX}`,
    );
  }

  async #make(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
  }

  async #sweep(): Promise<void> {
    for (const name of await readdir(this.path)) {
      const [pid, token] = name.split('-');
      const isLeftover =
        token !== PROCESS_TOKEN && (Number(pid) === process.pid || !isProcessAlive(Number(pid)));
      if (name.endsWith(TEMPORARY_SUFFIX) && isLeftover) await remove(join(this.path, name));
    }
  }
}

/** Tells a file from another that took its name, and its place on the disk, since. */
export type FileIdentity = string;

/** Returns the identity of a file, or undefined if there is none. */
export async function identify(file: string): Promise<FileIdentity | undefined> {
  const found = await stat(file, { bigint: true }).catch(ifMissing(undefined));
  return found && identityOf(found);
}

export function identityOf(found: BigIntStats): FileIdentity {
  return `${found.ino}-${found.mtimeNs}`;
}

/** Removes a file; one that is gone already is no error. Returns whether there was one. */
export async function remove(file: string): Promise<boolean> {
  return unlink(file).then(() => true, ifMissing(false));
}

/** Handles the rejection of a file that is not there by a value, and passes every other on. */
export function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (hasCode(error, 'ENOENT')) return value;
    throw error;
  };
}

export function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

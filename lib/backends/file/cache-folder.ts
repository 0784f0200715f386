import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { access, link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isHolderAlive, PROCESS_TOKEN } from './process-alive.js';

/** The names that this cache gives, whole: the folder may hold files of others, and those are never touched. */
const ENTRY_NAME = /^[0-9a-f]{64}\.entry$/;
const LOCK_NAME = /^[0-9a-f]{64}\.entry\.lock$/;
const TEMPORARY_NAME = /^(\d+)-([0-9a-f]{8})-\d+-[0-9a-f-]{36}\.tmp$/;
/**
 * The folder of a file cache: which file an entry lives in, and how files come and go so that whoever looks, at any moment, in any
 * process, finds the old file, the new one or none.
 */
export class CacheFolder {
  #temporaryFiles = 0;

  constructor(readonly path: string) {}

  /** Returns the file of a key. Its name is a hash: a key never becomes a path. */
  fileOf(key: string): string {
    return join(this.path, createHash('sha256').update(key).digest('hex') + '.entry');
  }

  /** Returns the lock file that belongs to a file. */
  lockOf(file: string): string {
    return `${file}.lock`;
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
   * Removes a file unless another has taken its place since it was looked at. One that comes in the very moment between the last look and
   * the removal goes, too: an entry that is missing costs a computation, while one moved aside and put back could undo a
   * `delete` in between.
   *
   * @returns whether it was removed
   */
  async removeIfSame(file: string, identity: FileIdentity): Promise<boolean> {
    return (await identify(file)) === identity && remove(file);
  }

  /** Returns the files of all entries; none if the folder is gone. */
  async entries(): Promise<string[]> {
    return this.#filesNamed(ENTRY_NAME);
  }

  /** Returns the files of all locks. */
  async locks(): Promise<string[]> {
    return this.#filesNamed(LOCK_NAME);
  }

  async #filesNamed(pattern: RegExp): Promise<string[]> {
    const found = await readdir(this.path, { withFileTypes: true }).catch(ifMissing<Dirent[]>([]));
    return found
      .filter((file) => file.isFile() && pattern.test(file.name))
      .map(({ name }) => join(this.path, name));
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
    return join(this.path, `${process.pid}-${PROCESS_TOKEN}-${this.#temporaryFiles++}-${randomUUID()}.tmp`);
  }

  async #make(): Promise<void> {
    await makeFolder(this.path);
  }

  async #sweep(): Promise<void> {
    for (const file of await this.#filesNamed(TEMPORARY_NAME)) {
      const [, pid, token] = TEMPORARY_NAME.exec(basename(file))!;
      if (!isHolderAlive(Number(pid), token!)) await remove(file);
    }
  }
}

/** Makes a folder and what is above it. Node's own recursive form never returns where a folder cannot hold any, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  const make = async (): Promise<void> => {
    await mkdir(path, { mode: 0o700 });
  };
  try {
    await make();
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    if (!hasCode(error, 'ENOENT') || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make().catch((again: unknown) => {
      if (!hasCode(again, 'EEXIST')) throw again;
    });
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

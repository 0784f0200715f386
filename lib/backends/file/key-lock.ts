import { readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type CacheFolder, type FileIdentity, identify, ifMissing, remove } from './cache-folder.js';
import { isProcessAlive } from './process-alive.js';

/** A holder works for a few milliseconds; one that has not let go after this long will not. */
const ABANDONED_AFTER_MS = 5000;
const GIVE_UP_AFTER_MS = 10_000;
const MAX_PAUSE_MS = 8;

/**
 * Runs tasks on one file one after the other, in all processes of the machine: for what a rename cannot do in one step, counting
 * and replacing an expired entry by the first comer. The lock of a killed process is taken over.
 */
export class KeyLock {
  /** The last task of this process on each file; they queue here instead of racing for the lock file. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(private readonly folder: CacheFolder) {}

  async run<T>(file: string, task: () => Promise<T>): Promise<T> {
    const previous = this.#tails.get(file) ?? Promise.resolve();
    const turn = previous.then(() => this.#runLocked(this.folder.lockOf(file), task));
    const tail = turn.catch(() => undefined);
    this.#tails.set(file, tail);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(file) === tail) this.#tails.delete(file);
    }
  }

  /** Takes away the locks that killed processes left behind. */
  async sweep(): Promise<void> {
    for (const lockFile of await this.folder.locks()) await this.#takeAwayIfAbandoned(lockFile);
  }

  async #runLocked<T>(lockFile: string, task: () => Promise<T>): Promise<T> {
    await this.#acquire(lockFile);
    try {
      return await task();
    } finally {
      await remove(lockFile);
    }
  }

  async #acquire(lockFile: string): Promise<void> {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    // Linked into place with its content, so that a lock always names its holder.
    while (!(await this.folder.create(lockFile, Buffer.from(String(process.pid))))) {
      await this.#takeAwayIfAbandoned(lockFile);
      if (performance.now() > deadline) {
        throw new Error(`another process holds the lock ${lockFile} for more than ${GIVE_UP_AFTER_MS} ms`);
      }
      // Random pauses keep several processes from meeting at the lock again and again.
      await delay(Math.random() * MAX_PAUSE_MS);
    }
  }

  async #takeAwayIfAbandoned(lockFile: string): Promise<void> {
    const identity = await identifyAbandoned(lockFile);
    if (identity !== undefined) await this.folder.removeIfSame(lockFile, identity);
  }
}

/** Returns the lock file's identity if its holder was killed or has been at it for too long. */
async function identifyAbandoned(lockFile: string): Promise<FileIdentity | undefined> {
  const [identity, holder, age] = await Promise.all([
    identify(lockFile),
    readFile(lockFile, 'utf8').catch(ifMissing(undefined)),
    stat(lockFile).then((file) => Date.now() - file.mtimeMs, ifMissing(0)),
  ]);
  const isHolderGone = holder !== undefined && !isProcessAlive(Number(holder));
  return isHolderGone || age > ABANDONED_AFTER_MS ? identity : undefined;
}

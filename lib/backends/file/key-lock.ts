import { readFileSync, statSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type CacheFolder, hasCode, remove } from './cache-folder.js';
import { isHolderAlive, PROCESS_TOKEN } from './process-alive.js';

/** Of another machine, or a container, nobody here knows whether the holder lives; it works for milliseconds. */
const FOREIGN_LOCK_LASTS_MS = 60_000;
const GIVE_UP_AFTER_MS = 10_000;
const MAX_PAUSE_MS = 8;

/**
 * Runs tasks on one file one after the other, in all processes of the machine: for what a rename cannot do in one step, counting
 * and replacing an expired entry by the first comer. The lock of a process that was killed is taken over, that of a process that is only
 * slow or stopped never is.
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
    for (const lockFile of await this.folder.locks()) removeIfAbandoned(lockFile);
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
    const holder = Buffer.from(`${process.pid} ${PROCESS_TOKEN} ${hostname()}`);
    // Linked into place with its content, so that a lock always names its holder.
    while (!(await this.folder.create(lockFile, holder))) {
      removeIfAbandoned(lockFile);
      if (performance.now() > deadline) {
        throw new Error(
          `another process holds the lock ${lockFile} for more than ${GIVE_UP_AFTER_MS} ms; ` +
            'if no process that uses this cache runs, delete the file',
        );
      }
      // Random pauses keep several processes from meeting at the lock again and again.
      await delay(Math.random() * MAX_PAUSE_MS);
    }
  }
}

/**
 * Removes a lock whose holder was killed. Synchronous from the look to the removal: with a pause between, another process could have
 * taken the lock over, and would lose it.
 */
function removeIfAbandoned(lockFile: string): void {
  try {
    const [pid = '', token = '', host = ''] = readFileSync(lockFile, 'utf8').split(' ');
    const isAbandoned =
      host === hostname()
        ? !isHolderAlive(Number(pid), token)
        : Date.now() - statSync(lockFile).mtimeMs > FOREIGN_LOCK_LASTS_MS;
    if (isAbandoned) unlinkSync(lockFile);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

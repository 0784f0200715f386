// @ts-check
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * A server that runs under the keeper.
 *
 * @typedef {object} Kept
 * @property {number} pid
 * @property {boolean} isOver
 * @property {number | null} code with which it ended
 * @property {Promise<string>} ended Resolves with why it ended and what it said last.
 * @property {() => void} end Ends it with all its processes, in the way that is good for it.
 */

/** @typedef {Omit<import('./keeper.mjs').StartOrder, 'id'>} Job */

/** @typedef {{ id: number, event: 'started', pid: number } | { id: number, event: 'ended', code: number | null, reason: string, output: string }} KeeperEvent */

const KEEPER = fileURLToPath(new URL('keeper.mjs', import.meta.url));

/** The process that runs the servers of this one. */
class Keeper {
  /** @type {Map<number, (event: KeeperEvent) => void>} */
  #listeners = new Map();
  #nextId = 1;
  #waiting = 0;
  #process = spawn(process.execPath, [KEEPER], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A group of its own, which Ctrl-C in a terminal does not reach.
    detached: true,
  });

  constructor() {
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      /** @type {KeeperEvent} */
      const event = JSON.parse(line);
      this.#listeners.get(event.id)?.(event);
    });
    this.#process.stdin.on('error', () => {});
    this.#hold(false);
  }

  /**
   * @param {Job} job
   * @returns {Promise<Kept>}
   */
  start(job) {
    const id = this.#nextId++;
    /** @type {Promise<Kept>} */
    const started = new Promise((resolve, reject) => {
      let tellEnd = (/** @type {string} */ _reason) => {};
      /** @type {Kept} */
      const kept = {
        pid: 0,
        isOver: false,
        code: null,
        end: () => this.#tell({ end: id }),
        ended: new Promise((onEnd) => {
          tellEnd = onEnd;
        }),
      };
      this.#listeners.set(id, (event) => {
        if (event.event === 'started') {
          kept.pid = event.pid;
          resolve(kept);
          return;
        }
        this.#listeners.delete(id);
        kept.isOver = true;
        kept.code = event.code;
        tellEnd(`${event.reason}\n${event.output}`);
        reject(new Error(`${job.command} cannot be started: ${event.reason}`));
      });
      this.#tell({ id, ...job });
    });
    return this.waitFor(started);
  }

  /**
   * Runs a program to its end.
   *
   * @param {Job} job
   */
  async run(job) {
    const kept = await this.start(job);
    const output = await this.waitFor(kept.ended);
    if (kept.code !== 0) throw new Error(`${job.command} failed: ${output}`);
  }

  /**
   * Waits for something that the keeper tells; otherwise it does not hold up the end of this process.
   *
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  async waitFor(promise) {
    if (this.#waiting++ === 0) this.#hold(true);
    try {
      return await promise;
    } finally {
      if (--this.#waiting === 0) this.#hold(false);
    }
  }

  /**
   * Has a folder removed in the end.
   *
   * @param {string} folder
   */
  adopt(folder) {
    this.#tell({ adopt: folder });
  }

  /** @param {string} folder */
  forget(folder) {
    this.#tell({ forget: folder });
  }

  /** @param {boolean} isHeld */
  #hold(isHeld) {
    const { stdin, stdout } = this.#process;
    for (const part of [this.#process, stdin, stdout]) {
      const handle = /** @type {{ ref(): void, unref(): void }} */ (/** @type {unknown} */ (part));
      if (isHeld) handle.ref();
      else handle.unref();
    }
  }

  /** @param {object} order */
  #tell(order) {
    this.#process.stdin.write(`${JSON.stringify(order)}\n`);
  }
}

/** @type {Keeper | undefined} */
let keeper;

/** @returns {Keeper} the one of this process, started with its first server */
export function theKeeper() {
  keeper ??= new Keeper();
  return keeper;
}

// @ts-check
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.mjs';
import { theKeeper } from './keeper-client.mjs';

/**
 * Where a server listens.
 *
 * @typedef {object} Place
 * @property {string} host
 * @property {number} port 0 on a unix socket
 * @property {string | undefined} path of the unix socket
 * @property {string} folder of its own
 */

/**
 * How a kind of server is run.
 *
 * @typedef {object} Recipe
 * @property {string} command
 * @property {(place: Place) => string[] | Promise<string[]>} args
 * @property {(place: Place) => Promise<void>} probe rejects while the server does not answer
 * @property {boolean} [unixSocket] listens on a socket in its folder, and on no port
 */

const READY_WITHIN_MS = 15_000;
const PROBE_EVERY_MS = 10;
const START_ATTEMPTS = 5;

/** A server of a test: on a port of 127.0.0.1 or a unix socket, in a folder of its own. */
export class ServerProcess {
  /** @type {import('./keeper-client.mjs').Kept | undefined} */
  #kept;
  #isStopped = false;

  /**
   * @private
   * @param {Recipe} recipe
   * @param {Place} place
   */
  constructor(recipe, place) {
    this.recipe = recipe;
    this.place = place;
    this.host = place.host;
    this.port = place.port;
    this.path = place.path;
  }

  /**
   * Starts a server; it answers when this resolves.
   *
   * @param {Recipe} recipe
   * @returns {Promise<ServerProcess>}
   */
  static async start(recipe) {
    for (let attempt = 1; ; attempt++) {
      const folder = mkdtempSync(join(tmpdir(), 'cache-server-'));
      const port = recipe.unixSocket ? 0 : await freePort();
      const path = recipe.unixSocket ? join(folder, 'socket') : undefined;
      const server = new ServerProcess(recipe, { host: '127.0.0.1', port, path, folder });
      try {
        await server.#run();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody else may have taken the port meanwhile.
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  /** The process; 0 while it does not run. */
  get pid() {
    return this.#running?.pid ?? 0;
  }

  get isRunning() {
    return this.#running !== undefined;
  }

  get #running() {
    return this.#kept?.isOver ? undefined : this.#kept;
  }

  /**
   * Ends the server with a signal; resolves when it is gone.
   *
   * @param {NodeJS.Signals} [signal]
   */
  async kill(signal = 'SIGKILL') {
    const running = this.#running;
    if (!running) return;
    process.kill(running.pid, signal);
    await theKeeper().waitFor(running.ended);
  }

  /** Freezes the server: connections stay, also new ones are taken by the system, and nothing is answered. */
  pause() {
    this.#signal('SIGSTOP');
  }

  resume() {
    this.#signal('SIGCONT');
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    const running = this.#running;
    if (running) process.kill(running.pid, signal);
  }

  /** Starts the server anew, empty, where it was; ends it first if it runs. */
  async restart() {
    if (this.#isStopped) throw new Error('the server was stopped, and its folder is gone');
    await this.kill();
    await this.#run();
  }

  /** Ends the server for good, and removes its folder. */
  async stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.kill();
    theKeeper().forget(this.place.folder);
  }

  async #run() {
    const { recipe, place } = this;
    const kept = await theKeeper().start(recipe.command, await recipe.args(place), place.folder);
    this.#kept = kept;
    const end = Date.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        return await recipe.probe(place);
      } catch (error) {
        if (kept.isOver)
          throw new Error(`${recipe.command} cannot run: ${await kept.ended}`, { cause: error });
        if (Date.now() > end) throw error;
        await delay(PROBE_EVERY_MS);
      }
    }
  }
}

/**
 * Polls until a condition holds.
 *
 * @param {string} what
 * @param {() => Promise<boolean>} isTrue
 * @param {number} [withinMs]
 */
export async function until(what, isTrue, withinMs = READY_WITHIN_MS) {
  const end = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`still not so after ${withinMs} ms: ${what}`);
    await delay(PROBE_EVERY_MS);
  }
}

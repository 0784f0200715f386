// @ts-check
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.mjs';
import { theKeeper } from './keeper-client.mjs';
import { freezeTree, killTree, thawTree } from './process-tree.mjs';
import { makeServerFolder } from './server-folder.mjs';

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
 * @property {(place: Place) => Promise<void>} [prepare] fills the folder before the first start
 * @property {import('./system-user.mjs').SystemUser | undefined} [user] who it runs as, and its folder belongs to
 * @property {NodeJS.Signals} [endSignal] ends it at once and cleanly, if being killed leaves something behind in the system
 */

const READY_WITHIN_MS = 15_000;
const PROBE_EVERY_MS = 10;
/** Most of what is waited for is soon so. */
const FIRST_WAIT_MS = 1;
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
      const folder = makeServerFolder(recipe.user);
      const port = recipe.unixSocket ? 0 : await freePort();
      const path = recipe.unixSocket ? join(folder, 'socket') : undefined;
      const server = new ServerProcess(recipe, { host: '127.0.0.1', port, path, folder });
      try {
        await recipe.prepare?.(server.place);
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
   * Ends the server with a signal; resolves when it is gone. A database keeps what it has.
   *
   * @param {NodeJS.Signals} [signal] SIGKILL ends all its processes, others are for the first of them
   */
  async kill(signal = 'SIGKILL') {
    const running = this.#running;
    if (!running) return;
    if (signal === 'SIGKILL') await killTree(running.pid);
    else process.kill(running.pid, signal);
    await theKeeper().waitFor(running.ended);
  }

  /** Freezes the server: connections stay, also new ones are taken by the system, and nothing is answered. */
  pause() {
    const running = this.#running;
    if (running) freezeTree(running.pid);
  }

  resume() {
    const running = this.#running;
    if (running) thawTree(running.pid);
  }

  /** Starts the server anew where it was; kills it first if it runs. Empty, unless it is a database. */
  async restart() {
    if (this.#isStopped) throw new Error('the server was stopped, and its folder is gone');
    await this.kill();
    await this.#run();
  }

  /** Ends the server for good, and removes its folder. */
  async stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    const running = this.#running;
    running?.end();
    if (running) await theKeeper().waitFor(running.ended);
    theKeeper().forget(this.place.folder);
  }

  async #run() {
    const { recipe, place } = this;
    const { command, user, endSignal } = recipe;
    const args = await recipe.args(place);
    const kept = await theKeeper().start({ command, args, folder: place.folder, user, endSignal });
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
  for (let waitMs = FIRST_WAIT_MS; !(await isTrue()); waitMs = Math.min(2 * waitMs, PROBE_EVERY_MS)) {
    if (Date.now() > end) throw new Error(`still not so after ${withinMs} ms: ${what}`);
    await delay(waitMs);
  }
}

// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @typedef {{ readonly at: number, readonly text: string }} Line */
/** @typedef {{ readonly at: number, readonly rss: number }} MemorySample */

const LISTENING = /Listening on http:\/\/localhost:(\d+)/;
const MEMORY_EVERY_MS = 250;
const PAGE_BYTES = 4096;
const HEAP_PROBE = new URL('heap-probe.mjs', import.meta.url).href;

/** The built sample application in a process of its own: what it says and when, and how much memory it takes. */
export class Application {
  /** @type {Line[]} */
  lines = [];
  /** @type {Line[]} */
  errors = [];
  /** @type {MemorySample[]} */
  memory = [];
  port = 0;
  #isEnded = false;
  #child;

  /**
   * @param {string} main the file to run
   * @param {Record<string, string>} env
   */
  constructor(main, env) {
    this.#child = spawn(process.execPath, ['--expose-gc', '--import', HEAP_PROBE, main], {
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#note(this.#child.stdout, this.lines);
    this.#note(this.#child.stderr, this.errors);
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#isEnded = true;
      return `${signal ?? `code ${code}`}`;
    });
  }

  /**
   * Starts the application and waits until it listens.
   *
   * @param {{ cacheUrl: string, database: string, main?: string | undefined }} options
   */
  static async listening({ cacheUrl, database, main }) {
    const file = main ?? fileURLToPath(new URL('../../../sample-app/dist/main.js', import.meta.url));
    const application = new Application(file, { CACHE_URL: cacheUrl, DATABASE: database });
    application.port = await application.#said(LISTENING);
    application.#watchMemory();
    return application;
  }

  get pid() {
    return this.#child.pid ?? 0;
  }

  get isRunning() {
    return !this.#isEnded;
  }

  /** Resolves with the bytes that the application cannot do without: those left after a garbage collection. */
  async bytesInUse() {
    const answered = once(this.#child, 'message');
    this.#child.send('bytes in use');
    const [bytes] = await Promise.race([answered, this.ended.then(() => [0])]);
    return Number(bytes);
  }

  async stop() {
    if (!this.#isEnded) this.#child.kill('SIGTERM');
    return this.ended;
  }

  /**
   * @param {import('node:stream').Readable | null} stream
   * @param {Line[]} lines
   */
  #note(stream, lines) {
    if (stream)
      createInterface({ input: stream }).on('line', (text) => lines.push({ at: performance.now(), text }));
  }

  /**
   * @param {RegExp} pattern
   * @returns {Promise<number>}
   */
  async #said(pattern) {
    for (;;) {
      for (const { text } of this.lines) {
        const match = pattern.exec(text);
        if (match) return Number(match[1]);
      }
      if (this.#isEnded)
        throw new Error(`the application ended: ${this.errors.map(({ text }) => text).join('\n')}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }

  #watchMemory() {
    const timer = setInterval(() => {
      if (this.#isEnded) clearInterval(timer);
      else this.memory.push({ at: performance.now(), rss: this.#residentBytes() });
    }, MEMORY_EVERY_MS);
    timer.unref();
  }

  /** Of Linux; elsewhere nothing is known. */
  #residentBytes() {
    try {
      const [, pages] = readFileSync(`/proc/${this.#child.pid}/statm`, 'latin1').split(' ');
      return Number(pages) * PAGE_BYTES;
    } catch {
      return 0;
    }
  }
}

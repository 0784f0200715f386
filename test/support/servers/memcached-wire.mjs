// @ts-check
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectSecurely } from 'node:tls';

/** @typedef {{ host: string, port: number, path?: string | undefined, tls?: object | undefined }} MemcachedPlace `tls`: options of `tls.connect` */

/** What the server answers to `mn`, which ends every question here. */
const ANSWERED = /(^|\n)MN\r\n$/;
const LISTED = /(^|\n)END\r\n$|^BUSY.*\r\n$/;

/** A connection to memcached that depends on no client under test: lines of its protocol, as Latin-1. */
export class MemcachedWire {
  #received = '';
  #end = ANSWERED;
  /** @type {{ resolve: (answer: string) => void, reject: (error: Error) => void } | undefined} */
  #waiting;

  /** @param {MemcachedPlace} place */
  constructor({ host, port, path, tls }) {
    const target = path === undefined ? { host, port, noDelay: true } : { path };
    this.socket = tls ? connectSecurely({ ...tls, ...target }) : connect(target);
    this.socket.on('data', (bytes) => this.#take(bytes));
    this.socket.on('error', (error) => this.#waiting?.reject(error));
    this.socket.on('close', () => this.#waiting?.reject(new Error('the connection is closed')));
  }

  /**
   * Sends commands, and returns all that the server answers to them; one caller at a time.
   *
   * @param {string} commands each ended by CR LF
   * @returns {Promise<string>}
   */
  ask(commands) {
    return this.#send(`${commands}mn\r\n`, ANSWERED);
  }

  /**
   * Returns what the server holds, a line per item: `key=… exp=… …`. By the hash table: a walk along the lists of least recent use misses
   * what moves meanwhile. The lines come from a thread that other commands of the connection do not wait for, so they have an end of their
   * own.
   *
   * @returns {Promise<string[]>}
   */
  async dump() {
    for (;;) {
      const answer = await this.#send('lru_crawler metadump hash\r\n', LISTED);
      // The server itself uses the crawler now and then.
      if (!answer.startsWith('BUSY')) return answer.split('\n').filter((line) => line.startsWith('key='));
      await delay(10);
    }
  }

  /**
   * @param {string} text
   * @param {RegExp} end
   * @returns {Promise<string>}
   */
  #send(text, end) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#end = end;
      this.socket.write(text, 'latin1');
    });
  }

  close() {
    this.socket.destroy();
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#received += bytes.toString('latin1');
    if (!this.#end.test(this.#received)) return;
    const answer = this.#received.replace(/MN\r\n$/, '');
    this.#received = '';
    this.#waiting?.resolve(answer);
  }
}

/**
 * Runs commands over a connection that is closed after.
 *
 * @template T
 * @param {MemcachedPlace} place
 * @param {(wire: MemcachedWire) => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function onMemcached(place, run) {
  const wire = new MemcachedWire(place);
  try {
    return await run(wire);
  } finally {
    wire.close();
  }
}

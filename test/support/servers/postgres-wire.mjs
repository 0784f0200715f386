// @ts-check
import { connect } from 'node:net';

/** @typedef {{ host: string, port: number, database?: string }} PostgresPlace */

/** @typedef {(string | null)[]} PostgresRow Columns as text. */

const PROTOCOL_3 = 196_608;

/** A connection to PostgreSQL that depends on no client under test: the simple query protocol, as the user postgres, who needs no password. */
export class PostgresWire {
  /** @type {Buffer<ArrayBufferLike>} */
  #received = Buffer.alloc(0);
  /** @type {PostgresRow[]} */
  #rows = [];
  /** @type {Error | undefined} */
  #error;
  /** @type {((error: Error | undefined) => void)[]} */
  #waiting = [];
  #ready;

  /** @param {PostgresPlace} place */
  constructor({ host, port, database = 'postgres' }) {
    this.socket = connect({ host, port, noDelay: true });
    this.socket.on('data', (bytes) => this.#take(bytes));
    this.socket.on('error', (error) => this.#answer(error));
    this.socket.on('close', () => this.#answer(new Error('the connection is closed')));
    const body = Buffer.from(`user\0postgres\0database\0${database}\0\0`);
    const head = Buffer.alloc(8);
    head.writeInt32BE(body.length + 8);
    head.writeInt32BE(PROTOCOL_3, 4);
    this.#ready = this.#ask(Buffer.concat([head, body]));
    this.#ready.catch(() => {});
  }

  /**
   * Runs statements; one caller at a time.
   *
   * @param {string} text
   * @returns {Promise<PostgresRow[]>} the rows of all of them
   */
  async query(text) {
    await this.#ready;
    const body = Buffer.from(`${text}\0`);
    const head = Buffer.alloc(5);
    head.write('Q');
    head.writeInt32BE(body.length + 4, 1);
    return this.#ask(Buffer.concat([head, body]));
  }

  close() {
    this.socket.destroy();
  }

  /**
   * @param {Buffer} message
   * @returns {Promise<PostgresRow[]>}
   */
  #ask(message) {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('the connection is closed'));
      this.#waiting.push((error) => {
        const rows = this.#rows.splice(0);
        if (error) reject(error);
        else resolve(rows);
      });
      this.socket.write(message);
    });
  }

  /** @param {Error | undefined} error */
  #answer(error) {
    this.#waiting.shift()?.(error);
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 5) {
      const end = 1 + this.#received.readInt32BE(1);
      if (this.#received.length < end) return;
      this.#hear(String.fromCharCode(this.#received[0] ?? 0), this.#received.subarray(5, end));
      this.#received = this.#received.subarray(end);
    }
  }

  /**
   * @param {string} type
   * @param {Buffer} body
   */
  #hear(type, body) {
    if (type === 'D') this.#rows.push(readRow(body));
    if (type === 'E') this.#error = readError(body);
    // Refused at the door: nothing follows.
    if (type === 'Z' || (type === 'E' && this.#error?.name === 'FATAL')) {
      const error = this.#error;
      this.#error = undefined;
      this.#answer(error);
    }
  }
}

/**
 * @param {Buffer} body
 * @returns {PostgresRow}
 */
function readRow(body) {
  let at = 2;
  return Array.from({ length: body.readInt16BE() }, () => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length === -1) return null;
    at += length;
    return body.toString('utf8', at - length, at);
  });
}

/** @param {Buffer} body */
function readError(body) {
  const fields = body.toString('utf8').split('\0');
  const field = (/** @type {string} */ code) => fields.find((text) => text.startsWith(code))?.slice(1);
  const error = new Error(`PostgreSQL: ${field('M')} (${field('C')})`);
  error.name = field('V') ?? 'ERROR';
  return error;
}

/**
 * Runs commands over a connection that is closed after.
 *
 * @template T
 * @param {PostgresPlace} place
 * @param {(wire: PostgresWire) => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function onPostgres({ host, port, database }, run) {
  const wire = new PostgresWire({ host, port, database });
  try {
    return await run(wire);
  } finally {
    wire.close();
  }
}

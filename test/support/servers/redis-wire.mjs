// @ts-check
import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** @typedef {string | number | null | readonly unknown[]} RedisReply Lists hold replies. */

/**
 * @typedef {object} RedisPlace
 * @property {string} host
 * @property {number} port
 * @property {string} [path] of a unix socket, in place of host and port
 * @property {object} [tls] options of `tls.connect`; without them nothing is encrypted
 * @property {string} [password]
 * @property {number} [database]
 */

/**
 * A connection to Redis that depends on no client under test: commands and replies of RESP 2, as text.
 */
export class RedisWire {
  /** @type {{ resolve: (reply: RedisReply) => void, reject: (error: Error) => void }[]} */
  #waiting = [];
  /** @type {Buffer<ArrayBufferLike>} */
  #received = Buffer.alloc(0);

  /** @param {RedisPlace} place */
  constructor({ host, port, path, tls, password, database }) {
    const target = path === undefined ? { host, port, noDelay: true } : { path };
    this.socket = tls ? connectSecurely({ ...tls, ...target }) : connect(target);
    this.socket.on('data', (bytes) => this.#take(bytes));
    this.socket.on('error', (error) => this.#fail(error));
    this.socket.on('close', () => this.#fail(new Error('the connection is closed')));
    // A wrong password shows in the next command.
    if (password !== undefined) this.command('AUTH', password).catch(() => {});
    if (database !== undefined) this.command('SELECT', database).catch(() => {});
  }

  /**
   * @param {...(string | number | Buffer)} words
   * @returns {Promise<RedisReply>}
   */
  command(...words) {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) {
        reject(new Error('the connection is closed'));
        return;
      }
      this.#waiting.push({ resolve, reject });
      const parts = [`*${words.length}\r\n`];
      for (const word of words) {
        const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word));
        parts.push(`$${bytes.length}\r\n`, bytes.toString('latin1'), '\r\n');
      }
      this.socket.write(parts.join(''), 'latin1');
    });
  }

  close() {
    this.socket.destroy();
  }

  /** @param {Error} error */
  #fail(error) {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const parsed = parseReply(this.#received, 0);
      if (!parsed) return;
      this.#received = this.#received.subarray(parsed.end);
      const waiting = this.#waiting.shift();
      if (parsed.reply instanceof RedisErrorReply) waiting?.reject(new Error(parsed.reply.text));
      else waiting?.resolve(parsed.reply);
    }
  }
}

class RedisErrorReply {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @returns {{ reply: any, end: number } | undefined} undefined while the reply is not complete
 */
function parseReply(bytes, start) {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd === -1) return undefined;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (bytes[start]) {
    case 0x2b: // +
      return { reply: line, end };
    case 0x2d: // -
      return { reply: new RedisErrorReply(line), end };
    case 0x3a: // :
      return { reply: Number(line), end };
    case 0x24: // $
      return parseText(bytes, end, Number(line));
    case 0x2a: // *
      return parseList(bytes, end, Number(line));
    default:
      throw new Error(`unknown reply ${JSON.stringify(line)}`);
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @param {number} length
 */
function parseText(bytes, start, length) {
  if (length === -1) return { reply: null, end: start };
  const end = start + length;
  return bytes.length < end + 2 ? undefined : { reply: bytes.toString('utf8', start, end), end: end + 2 };
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @param {number} length
 */
function parseList(bytes, start, length) {
  if (length === -1) return { reply: null, end: start };
  const reply = [];
  let end = start;
  while (reply.length < length) {
    const part = parseReply(bytes, end);
    if (!part) return undefined;
    reply.push(part.reply instanceof RedisErrorReply ? part.reply.text : part.reply);
    end = part.end;
  }
  return { reply, end };
}

/**
 * Runs commands over a connection that is closed after.
 *
 * @template T
 * @param {RedisPlace} place
 * @param {(wire: RedisWire) => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function onRedis(place, run) {
  const wire = new RedisWire(place);
  try {
    return await run(wire);
  } finally {
    wire.close();
  }
}

/**
 * @param {RedisWire} wire
 * @param {string} section
 * @returns {Promise<Map<string, string>>} what INFO says
 */
export async function redisInfo(wire, section) {
  const text = String(await wire.command('INFO', section));
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}

import { connect } from 'node:net';

/** @typedef {{ bytes: number, mark?: RegExp }} Expected what every answer is to have: so long a body, and this in its head */

export const CONNECTIONS = 32;

const HEAD_END = Buffer.from('\r\n\r\n');
const READ_BYTES = 256 * 1024;
/** As a browser asks, without what would tell it from other visitors. */
const HEADERS = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept: text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8',
  'Accept-Language: en-US,en;q=0.5',
  'Accept-Encoding: gzip, deflate, br',
  'Connection: keep-alive',
];

/**
 * Visitors who ask for one page again and again, each over a connection that stays, and only after the answer before has come. Of an answer
 * they look at the head and count the body: a client of Node takes longer to read an answer than the server to write it.
 */
export class Load {
  /** How many answers have come in all. */
  answered = 0;
  /** @type {Visitor[]} */
  #visitors = [];

  /** @param {number} port @param {string} path @param {Expected} expected */
  static async open(port, path, expected) {
    const load = new Load();
    const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${HEADERS.join('\r\n')}\r\n\r\n`;
    load.#visitors = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => Visitor.arrive(port, request, expected)),
    );
    return load;
  }

  /** Has so many requests answered. Returns their number; rejects at the first answer that is not as expected. */
  run(/** @type {number} */ requests) {
    return new Promise((resolve, reject) => {
      let toSend = requests;
      let toCome = requests;
      const next = (/** @type {Visitor} */ visitor) => {
        if (toSend === 0) return;
        toSend--;
        visitor.ask();
      };
      for (const visitor of this.#visitors) {
        visitor.onFailure = reject;
        visitor.onAnswer = () => {
          this.answered++;
          if (--toCome === 0) resolve(requests);
          else next(visitor);
        };
        next(visitor);
      }
    });
  }

  close() {
    for (const visitor of this.#visitors) visitor.leave();
  }
}

class Visitor {
  onAnswer = () => {};
  /** @type {(error: Error) => void} */
  onFailure = () => {};
  /** The head of an answer that has come in part. */
  #begun = Buffer.alloc(0);
  /** How much of a body is still to come; undefined before its head is there. @type {number | undefined} */
  #missing;
  /** @type {import('node:net').Socket} */
  #socket;

  /** @returns {Promise<Visitor>} */
  static arrive(port, request, expected) {
    return new Promise((resolve, reject) => {
      const visitor = new Visitor(request, expected);
      visitor.onFailure = reject;
      const onread = {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (length, buffer) => visitor.#take(buffer.subarray(0, length)),
      };
      visitor.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread }, () => resolve(visitor));
      visitor.#socket.on('error', (error) => visitor.onFailure(error));
      visitor.#socket.on('close', () => visitor.onFailure(closed()));
    });
  }

  /** @param {string} request @param {Expected} expected */
  constructor(request, expected) {
    this.request = request;
    this.expected = expected;
  }

  ask() {
    if (this.#socket.destroyed) this.onFailure(closed());
    else this.#socket.write(this.request, 'latin1');
  }

  leave() {
    this.onFailure = () => {};
    this.#socket.destroy();
  }

  /** @param {Buffer} bytes are overwritten after the call */
  #take(bytes) {
    try {
      this.#count(this.#missing === undefined ? this.#bodyOf(bytes) : bytes.length);
    } catch (error) {
      this.onFailure(error);
    }
    return true;
  }

  /** Reads the head, once it is whole. Returns how much of the body came with it. */
  #bodyOf(bytes) {
    const come = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    const end = come.indexOf(HEAD_END);
    if (end === -1) {
      this.#begun = Buffer.from(come);
      return 0;
    }
    this.#begun = Buffer.alloc(0);
    this.#missing = this.expected.bytes;
    assertExpected(come.latin1Slice(0, end + 2), this.expected);
    return come.length - end - HEAD_END.length;
  }

  #count(length) {
    if (this.#missing === undefined) return;
    this.#missing -= length;
    if (this.#missing < 0) throw new Error('an answer is longer than it says');
    if (this.#missing > 0) return;
    this.#missing = undefined;
    this.onAnswer();
  }
}

function closed() {
  return new Error('the server closed a connection');
}

/** @param {string} head @param {Expected} expected */
function assertExpected(head, { bytes, mark }) {
  const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(head) ?? [];
  if (head.startsWith('HTTP/1.1 200 ') && Number(length) === bytes && (!mark || mark.test(head))) return;
  throw new Error(`an answer is not as it should be:\n${head}`);
}

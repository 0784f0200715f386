import { MetaProtocolError } from './meta-error.js';

/** Takes one reply: its line without the end, and the value behind it where there is one. */
export type ReplyHandler = (line: string, value: Buffer | undefined) => void;

/** The longest line that a server has reason to send: a key, some flags, or a line of statistics. */
const MAX_LINE_BYTES = 2048;
const MAX_VALUE_BYTES = 128 * 1024 ** 2;
/** A value may keep a chunk alive that is at most this many times its size; otherwise it is copied. */
const MAX_WASTE = 2;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const LETTER_V = 0x56;
const LETTER_A = 0x41;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into replies, wherever the chunks begin and end. It knows lines, and that a line beginning with `VA` announces a
 * value; what a line means is the business of whoever asked.
 */
export class ReplyParser {
  /** The beginning of a line whose end has not come. */
  #begun = NOTHING;
  /** The line of a value that has not come whole, the pieces of it so far, and the bytes missing, its line end included. */
  #line: string | undefined;
  #pieces: Buffer[] = [];
  #missing = 0;
  #isStopped = false;

  constructor(
    private readonly onReply: ReplyHandler,
    private readonly maxValueBytes = MAX_VALUE_BYTES,
  ) {}

  /**
   * Takes the next bytes, and hands over all replies that they complete.
   *
   * @throws {MetaProtocolError} for what cannot be a reply, and whatever the handler throws; the stream is of no use then
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#isStopped) {
      at = this.#line === undefined ? this.#takeLine(chunk, at) : this.#takePiece(chunk, at);
    }
  }

  /** Hands over nothing more, even if a handler calls this in the middle of a chunk. */
  stop(): void {
    this.#isStopped = true;
    this.#pieces = [];
    this.#begun = NOTHING;
  }

  #takeLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LINE_FEED, at);
    const length = this.#begun.length + (end === -1 ? chunk.length : end) - at;
    if (length > MAX_LINE_BYTES) throw new MetaProtocolError(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    if (end === -1) {
      this.#begun = Buffer.concat([this.#begun, chunk.subarray(at)]);
      return chunk.length;
    }
    if (this.#begun.length === 0) return this.#readLine(chunk, at, end);
    const whole = Buffer.concat([this.#begun, chunk.subarray(at, end + 1)]);
    this.#begun = NOTHING;
    this.#readLine(whole, 0, whole.length - 1);
    return end + 1;
  }

  /** Reads the line that ends at `end`, and the value behind it if it is there as a whole. Returns where to go on. */
  #readLine(bytes: Buffer, start: number, end: number): number {
    if (end - start < 2 || bytes[end - 1] !== CARRIAGE_RETURN)
      throw new MetaProtocolError('a line is empty or does not end as it must');
    const line = bytes.toString('latin1', start, end - 1);
    if (bytes[start] !== LETTER_V || bytes[start + 1] !== LETTER_A) {
      this.onReply(line, undefined);
      return end + 1;
    }
    const size = this.#sizeIn(line);
    const next = end + 1 + size + 2;
    if (next > bytes.length) {
      this.#line = line;
      this.#missing = size + 2;
      return end + 1;
    }
    assertLineEnd(bytes, next - 2);
    this.onReply(line, detached(bytes, end + 1, next - 2));
    return next;
  }

  #sizeIn(line: string): number {
    const end = line.indexOf(' ', 3);
    const digits = line.slice(3, end === -1 ? undefined : end);
    const isSize = line[2] === ' ' && digits.length <= 10 && /^(?:0|[1-9]\d*)$/.test(digits);
    if (!isSize) throw new MetaProtocolError(`${JSON.stringify(line)} has no size`);
    const size = Number(digits);
    if (size <= this.maxValueBytes) return size;
    throw new MetaProtocolError(`a value of ${size} bytes is over the limit of ${this.maxValueBytes}`);
  }

  /** Pieces are kept as they come: a size alone makes nothing be allocated, however large it says to be. */
  #takePiece(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#missing);
    this.#pieces.push(chunk.subarray(at, end));
    this.#missing -= end - at;
    if (this.#missing === 0) this.#finishValue();
    return end;
  }

  #finishValue(): void {
    const line = this.#line!;
    const whole = Buffer.concat(this.#pieces);
    this.#line = undefined;
    this.#pieces = [];
    assertLineEnd(whole, whole.length - 2);
    this.onReply(line, whole.subarray(0, -2));
  }
}

function assertLineEnd(bytes: Buffer, at: number): void {
  if (bytes[at] !== CARRIAGE_RETURN || bytes[at + 1] !== LINE_FEED)
    throw new MetaProtocolError('a value does not end where it said');
}

function detached(bytes: Buffer, start: number, end: number): Buffer {
  const slice = bytes.subarray(start, end);
  return bytes.buffer.byteLength <= slice.length * MAX_WASTE ? slice : Buffer.from(slice);
}

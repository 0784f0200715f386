import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { HeaderLine } from '../http/header-fields.js';
import { setAll, writeHeadArguments } from './write-head.js';

/** A response as it left the application, whole. */
export interface CapturedResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** The headers in the spelling of the application. */
  readonly lines: readonly HeaderLine[];
  readonly body: Buffer;
}

export interface CaptureListener {
  /**
   * Called once, when status and headers are known and before they are sent; may still set headers.
   * Returns whether the body is worth capturing.
   */
  headersReady(response: ServerResponse): boolean;
  /**
   * Called once after that, when the headers have gone out with what middleware added at the last moment, such as the cookie of a
   * session. Returns whether the body is still worth capturing.
   */
  headersSent(response: ServerResponse): boolean;
  /** Called once if the body was captured whole, the response ended well and the handler has settled. */
  complete(captured: CapturedResponse): void;
}

/**
 * Watches a response at its last station, after every interceptor, filter and template engine: the bytes and headers given to Node.
 * What does not end well (an abort, an error half-way, a body that is longer than the limit or than it says) is not
 * captured, and nothing is held for it longer than needed.
 */
export class ResponseCapture {
  #chunks: Buffer[] = [];
  #size = 0;
  #isAbandoned = false;
  #isEnding = false;
  #headersSeen = false;
  #isSettled = false;
  #head: Omit<CapturedResponse, 'body'> | undefined;
  #whole: CapturedResponse | undefined;
  readonly #sources = new Set<Readable>();

  constructor(
    private readonly response: ServerResponse,
    private readonly bodyLimit: number,
    private readonly listener: CaptureListener,
  ) {
    this.#wrapWriteHead();
    this.#wrapWrite();
    this.#wrapEnd();
    response.on('pipe', (source) => this.#sources.add(source));
  }

  /** Gives up: what follows is not the answer of the handler. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#whole = undefined;
    this.#release();
  }

  /** Tells that the handler came to its end without an error; it may have answered long before. */
  settle(): void {
    this.#isSettled = true;
    this.#deliver();
  }

  #release(): void {
    this.#chunks = [];
    this.#head = undefined;
    this.#sources.clear();
  }

  #wrapWriteHead(): void {
    const { response } = this;
    // Node calls it for every response, also when the application never does. Node's own overloads are wider than any type here.
    const original = response.writeHead as (...given: unknown[]) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
      if (this.#headersSeen || this.#isAbandoned) return original.call(response, status, ...rest);
      this.#headersSeen = true;
      try {
        return this.#writeHead(original, status, rest);
      } catch (error) {
        // Whoever catches that may answer something else.
        this.abandon();
        throw error;
      }
    };
  }

  #writeHead(
    original: (...given: unknown[]) => ServerResponse,
    status: number,
    rest: unknown[],
  ): ServerResponse {
    const { listener, response } = this;
    const { headers, message } = writeHeadArguments(rest);
    response.statusCode = status;
    setAll(response, headers);
    if (listener.headersReady(response)) this.#head = headOf(response);
    else this.abandon();
    const result = original.call(response, status, ...(message === undefined ? [] : [message]));
    if (!this.#isAbandoned && !listener.headersSent(response)) this.abandon();
    return result;
  }

  #wrapWrite(): void {
    const { response } = this;
    const original = response.write as (...given: unknown[]) => boolean;
    response.write = (...given: unknown[]): boolean => {
      const result = original.apply(response, given);
      // Some `end` call it themselves, with the chunk that they were given.
      if (!this.#isEnding) this.#take(given[0], given[1]);
      return result;
    };
  }

  #wrapEnd(): void {
    const { response } = this;
    const original = response.end as (...given: unknown[]) => ServerResponse;
    response.end = (...given: unknown[]): ServerResponse => {
      if (this.#isAbandoned || this.#isEnding || response.writableEnded)
        return original.apply(response, given);
      const isWhole = !isCut(response) && [...this.#sources].every(isReadToTheEnd);
      this.#isEnding = true;
      try {
        const result = original.apply(response, given);
        this.#take(given[0], given[1]);
        if (isWhole) this.#finish();
        else this.abandon();
        this.#release();
        return result;
      } catch (error) {
        // Nothing was sent; whoever catches that may end it with something else.
        this.#isEnding = false;
        throw error;
      }
    };
  }

  #take(chunk: unknown, encoding: unknown): void {
    if (this.#isAbandoned) return;
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
    // A copy: whoever writes may reuse the memory.
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : Buffer.from(chunk as Uint8Array);
    this.#size += bytes.length;
    if (this.#size > this.bodyLimit) this.abandon();
    else this.#chunks.push(bytes);
  }

  #finish(): void {
    const head = this.#head;
    // Without a head, middleware holds the answer back and may change it.
    if (!head) return this.abandon();
    const stated = head.headers['content-length'];
    if (stated !== undefined && Number(stated) !== this.#size) return this.abandon();
    const [first, ...others] = this.#chunks;
    const body = first && others.length === 0 ? first : Buffer.concat(this.#chunks);
    this.#whole = { ...head, body };
    this.#deliver();
  }

  #deliver(): void {
    const whole = this.#whole;
    if (!whole || !this.#isSettled) return;
    this.#whole = undefined;
    this.listener.complete(whole);
  }
}

function headOf(response: ServerResponse): Omit<CapturedResponse, 'body'> {
  const headers = { ...response.getHeaders() };
  const lines = namesOf(response).map((name): HeaderLine => [name, textOf(headers[name.toLowerCase()])]);
  return { status: response.statusCode, headers, lines };
}

/** The header names in the spelling of the application; HTTP/2 has lower case alone. */
function namesOf(response: ServerResponse & { getRawHeaderNames?(): string[] }): string[] {
  return response.getRawHeaderNames?.() ?? response.getHeaderNames();
}

function textOf(value: number | string | string[] | undefined): string | string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
}

/** Whether nobody is there to receive the end; over HTTP/2 the stream knows. */
function isCut(response: ServerResponse & { readonly stream?: { readonly destroyed: boolean } }): boolean {
  return response.destroyed || response.stream?.destroyed === true;
}

/** Whoever ends a response while something is piped into it cuts it short, most likely after an error. */
function isReadToTheEnd(source: Readable): boolean {
  // Streams older than Node's do not tell.
  const { readableEnded = true } = source as Partial<Readable>;
  return readableEnded;
}

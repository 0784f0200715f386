import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { HeaderLine } from '../http/header-fields.js';

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
  /** Called once if the body was captured whole and the response ended well. */
  complete(captured: CapturedResponse): void;
}

/**
 * Watches a response at its last station, after every interceptor, filter and template engine: the bytes and headers given to Node.
 * What does not end well (an abort, an error half-way, a body that is longer than the limit or than it says) is not
 * captured, and nothing is held for it longer than needed.
 */
export class ResponseCapture {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #isCapturing = false;
  #headersSeen = false;
  #captured: Omit<CapturedResponse, 'body'> | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly bodyLimit: number,
    private readonly listener: CaptureListener,
  ) {
    this.#wrapWriteHead();
    this.#wrapWrite();
    this.#wrapEnd();
  }

  /** Gives up: what follows is not the answer of the handler. */
  abandon(): void {
    this.#isCapturing = false;
    this.#chunks.length = 0;
  }

  #wrapWriteHead(): void {
    const { response } = this;
    // Node calls it for every response, also when the application never does. Node's own overloads are wider than any type here.
    const original = response.writeHead as (...given: unknown[]) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
      if (this.#headersSeen) return original.call(response, status, ...rest);
      this.#headersSeen = true;
      response.statusCode = status;
      const message = typeof rest[0] === 'string' ? rest[0] : undefined;
      setAll(response, rest.at(-1));
      this.#begin();
      return message === undefined
        ? original.call(response, status)
        : original.call(response, status, message);
    };
  }

  #begin(): void {
    const { response } = this;
    this.#isCapturing = this.listener.headersReady(response);
    if (!this.#isCapturing) return this.abandon();
    const headers = { ...response.getHeaders() };
    const lines = namesOf(response).map((name): HeaderLine => [name, textOf(headers[name.toLowerCase()])]);
    this.#captured = { status: response.statusCode, headers, lines };
  }

  #wrapWrite(): void {
    const { response } = this;
    const original = response.write as (...given: unknown[]) => boolean;
    response.write = (...given: unknown[]): boolean => {
      this.#take(given[0], given[1]);
      return original.apply(response, given);
    };
  }

  #wrapEnd(): void {
    const { response } = this;
    const original = response.end as (...given: unknown[]) => ServerResponse;
    response.end = (...given: unknown[]): ServerResponse => {
      if (response.writableEnded) return original.apply(response, given);
      this.#take(given[0], given[1]);
      const wasCut = response.destroyed;
      original.apply(response, given);
      if (!wasCut) this.#finish();
      return response;
    };
  }

  #take(chunk: unknown, encoding: unknown): void {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
    // Before the headers are known every chunk counts; `begin` runs within the original call and drops them if need be.
    if (this.#headersSeen && !this.#isCapturing) return;
    // A copy: whoever writes may reuse the memory.
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : Buffer.from(chunk as Uint8Array);
    this.#size += bytes.length;
    if (this.#size > this.bodyLimit) this.#overflow();
    else this.#chunks.push(bytes);
  }

  #overflow(): void {
    this.abandon();
    // Also for chunks that come before the headers.
    this.#size = Number.POSITIVE_INFINITY;
  }

  #finish(): void {
    const captured = this.#captured;
    if (!this.#isCapturing || !captured || this.#size > this.bodyLimit) return;
    const stated = captured.headers['content-length'];
    if (stated !== undefined && Number(stated) !== this.#size) return;
    this.#isCapturing = false;
    this.listener.complete({
      ...captured,
      body: this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks),
    });
  }
}

/** The header names in the spelling of the application; HTTP/2 has lower case alone. */
function namesOf(response: ServerResponse & { getRawHeaderNames?(): string[] }): string[] {
  return response.getRawHeaderNames?.() ?? response.getHeaderNames();
}

/** Sets the headers given to `writeHead`: an object, or names and values by turns. */
function setAll(response: ServerResponse, given: unknown): void {
  if (Array.isArray(given)) {
    const flat: unknown[] = given.flat();
    for (let index = 0; index + 1 < flat.length; index += 2)
      response.appendHeader(String(flat[index]), String(flat[index + 1]));
  } else if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value);
    }
  }
}

function textOf(value: number | string | string[] | undefined): string | string[] {
  return Array.isArray(value) ? value : String(value);
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
}

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { HeaderLine } from '../../http/header-fields.js';
import { CapturedBody } from './captured-body.js';
import { bytesOf, callbackOf, isCut, isReadToTheEnd } from './response-parts.js';
import { isHeadOfWhole, setAll, writeHeadArguments } from './write-head.js';

/** A response as it left the application, whole. */
export interface CapturedResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** The headers in the spelling of the application. */
  readonly lines: readonly HeaderLine[];
  readonly body: Buffer;
}

/** What becomes of a response whose headers are known. */
export interface HeadDecision {
  /** Whether the body is worth capturing. */
  readonly isKept: boolean;
  /** Whether the client has what is about to be sent: it gets 304 in its place. */
  readonly isKnown: boolean;
}

export interface CaptureListener {
  /**
   * Asked once, when status and headers are known and before anything is sent. Returns what sends another answer in the place of this one, of
   * which nothing more is heard; undefined to let it go on.
   */
  instead(response: ServerResponse): (() => void) | undefined;
  /**
   * Called once, when status and headers are known and before they are sent; may still set headers.
   *
   * @param whole the body, if all of it is known already
   */
  headersReady(response: ServerResponse, whole: Buffer | undefined): HeadDecision;
  /**
   * Called once after that, when the headers have gone out with what middleware added at the last moment, such as the cookie of a
   * session. Returns whether the body is still worth capturing.
   */
  headersSent(status: number, headers: OutgoingHttpHeaders): boolean;
  /** All is said: what follows is the work of middleware. */
  ending(): void;
  /** The body comes in parts, of which the first is here. */
  began(): void;
  /** The client takes the body slower than it comes. */
  stalled(): void;
  /** The client has the whole response, but the handler has not settled. */
  isOverdue(): void;
  /** Called once if the body was captured whole, the response ended well and the handler has settled. */
  complete(captured: CapturedResponse): void;
  /** Called at most once, if `complete` will not be: for what was answered, since the handler failed, or since the client went away. */
  failed(cause: CaptureFailure): void;
}

export type CaptureFailure = 'answer' | 'error' | 'client';

const NOTHING = Buffer.alloc(0);
const NO_HEADERS_OF_BODY = [
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Language',
  'Content-Range',
  'Transfer-Encoding',
  'Trailer',
];

/**
 * Watches a response at its last station, after every interceptor, filter and template engine: the bytes and headers given to Node.
 * What does not end well (an abort, an error half-way, a body that is longer than the limit or than it says) is not
 * captured, and nothing is held for it longer than needed.
 */
export class ResponseCapture {
  #isAbandoned = false;
  #isEnding = false;
  #hasBegun = false;
  #headersSeen = false;
  /** Whether another answer may still take the place of this one. */
  #isOpen = true;
  #isSettled = false;
  /** The client gets no body: it has it. */
  #isMuted = false;
  #sendHead: (() => void) | undefined;
  #all: Buffer | undefined;
  #head: Omit<CapturedResponse, 'body'> | undefined;
  #whole: CapturedResponse | undefined;
  readonly #body: CapturedBody;
  readonly #sources = new Set<Readable>();

  constructor(
    private readonly response: ServerResponse,
    bodyLimit: number,
    private readonly listener: CaptureListener,
  ) {
    this.#body = new CapturedBody(bodyLimit);
    this.#wrapWriteHead();
    this.#wrapFlushHeaders();
    this.#wrapWrite();
    this.#wrapEnd();
    response.on('pipe', (source) => this.#sources.add(source));
    response.once('close', () => this.#close());
  }

  /** Gives up: what follows is not the answer of the handler. */
  abandon(cause: CaptureFailure = 'answer'): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#whole = undefined;
    this.#release();
    this.listener.failed(cause);
  }

  /** Tells that the handler came to its end without an error; it may have answered long before. */
  settle(): void {
    this.#isSettled = true;
    this.#deliver();
  }

  #release(): void {
    this.#body.clear();
    this.#head = undefined;
    this.#all = undefined;
    this.#sources.clear();
  }

  #close(): void {
    if (this.#whole) this.listener.isOverdue();
    else if (!this.#isEnding) this.abandon('client');
  }

  #wrapWriteHead(): void {
    const { response } = this;
    // Node calls it for every response, also when the application never does. Node's own overloads are wider than any type here.
    const original = response.writeHead as (...given: unknown[]) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
      this.#sendHeadNow();
      if (this.#headersSeen || this.#isAbandoned) return original.call(response, status, ...rest);
      this.#headersSeen = true;
      return this.#guarded(() => {
        const { headers, message } = writeHeadArguments(rest);
        response.statusCode = status;
        setAll(response, headers);
        if (this.#givesWay()) return response;
        const send = (): unknown => this.#writeHead(original, message);
        // Fastify tells the headers and then the body; knowing both at once, its validator can be sent along.
        if (isHeadOfWhole(status, headers, message)) this.#sendHeadLater(send);
        else send();
        return response;
      });
    };
  }

  /** Asks before anything is sent, since Node cannot send an answer while it is about to send another. */
  #givesWay(): boolean {
    const { listener, response } = this;
    if (!this.#isOpen || this.#isAbandoned) return false;
    this.#isOpen = false;
    const sendAnother = listener.instead(response);
    if (!sendAnother) return false;
    this.#isAbandoned = true;
    this.#isEnding = true;
    this.#release();
    sendAnother();
    return true;
  }

  #guarded<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      // Whoever catches that may answer something else.
      this.abandon();
      throw error;
    }
  }

  #sendHeadLater(send: () => unknown): void {
    const { response } = this;
    // As with a head that Node has made, but not yet sent.
    Object.defineProperty(response, 'headersSent', { configurable: true, get: () => true });
    this.#sendHead = () => {
      this.#sendHead = undefined;
      Reflect.deleteProperty(response, 'headersSent');
      this.#guarded(send);
    };
  }

  #sendHeadNow(): void {
    this.#sendHead?.();
  }

  #writeHead(original: (...given: unknown[]) => ServerResponse, message: string | undefined): void {
    const { listener, response } = this;
    const { statusCode } = response;
    const decision = this.#isAbandoned ? undefined : listener.headersReady(response, this.#all);
    if (decision?.isKept) this.#head = headOf(response);
    else this.abandon();
    if (decision?.isKnown) this.#mute();
    original.call(response, response.statusCode, ...(message === undefined ? [] : [message]));
    if (!this.#isAbandoned && !listener.headersSent(statusCode, response.getHeaders())) this.abandon();
  }

  #mute(): void {
    const { response } = this;
    this.#isMuted = true;
    response.statusCode = 304;
    for (const name of NO_HEADERS_OF_BODY) response.removeHeader(name);
  }

  #wrapFlushHeaders(): void {
    const { response } = this;
    const original = response.flushHeaders;
    response.flushHeaders = (): void => {
      if (this.#givesWay()) return;
      this.#sendHeadNow();
      original.call(response);
    };
  }

  #wrapWrite(): void {
    const { response } = this;
    const original = response.write as (...given: unknown[]) => boolean;
    response.write = (...given: unknown[]): boolean => {
      if (this.#givesWay()) return pretendToWrite(given);
      this.#sendHeadNow();
      // Some `end` call it themselves, with the chunk that they were given.
      if (this.#isEnding) return original.apply(response, given);
      const isKeptUp = this.#isMuted ? pretendToWrite(given) : original.apply(response, given);
      this.#take(bytesOf(given[0], given[1]));
      this.#watchPace(isKeptUp);
      return isKeptUp;
    };
  }

  #watchPace(isKeptUp: boolean): void {
    if (this.#isAbandoned) return;
    if (!this.#hasBegun) this.listener.began();
    this.#hasBegun = true;
    if (!isKeptUp) this.listener.stalled();
  }

  #wrapEnd(): void {
    const { response } = this;
    const original = response.end as (...given: unknown[]) => ServerResponse;
    response.end = (...given: unknown[]): ServerResponse => {
      if (this.#isEnding || response.writableEnded) return original.apply(response, given);
      if (this.#givesWay()) return response;
      if (this.#isAbandoned) {
        this.#sendHeadNow();
        return original.apply(response, this.#isMuted ? callbackOf(given) : given);
      }
      return this.#end(original, given);
    };
  }

  #end(original: (...given: unknown[]) => ServerResponse, given: unknown[]): ServerResponse {
    const last = bytesOf(given[0], given[1]);
    const isGone = isCut(this.response);
    const isWhole = !isGone && [...this.#sources].every(isReadToTheEnd);
    if (isWhole && !this.#hasBegun) this.#all = last ?? NOTHING;
    this.#isEnding = true;
    if (!this.#isAbandoned) this.listener.ending();
    try {
      const result = this.#sendEnd(original, given);
      this.#take(last);
      if (isWhole) this.#finish();
      else this.abandon(isGone ? 'client' : 'answer');
      this.#release();
      return result;
    } catch (error) {
      // Nothing was sent; whoever catches that may end it with something else.
      this.#isEnding = false;
      throw error;
    }
  }

  #sendEnd(original: (...given: unknown[]) => ServerResponse, given: unknown[]): ServerResponse {
    const { response } = this;
    this.#sendHeadNow();
    // Node writes the head, if nobody has, before the body, and leaves out the body of a 304 by itself.
    return original.apply(response, this.#isMuted ? callbackOf(given) : given);
  }

  #take(bytes: Buffer | undefined): void {
    if (this.#isAbandoned || !bytes) return;
    this.#body.add(bytes);
    if (this.#body.isTooLong) this.abandon();
  }

  #finish(): void {
    const head = this.#head;
    // Without a head, middleware holds the answer back and may change it.
    if (!head || this.#isAbandoned) return this.abandon();
    const stated = head.headers['content-length'];
    if (stated !== undefined && Number(stated) !== this.#body.size) return this.abandon();
    this.#whole = { ...head, body: this.#body.whole() };
    this.#deliver();
  }

  #deliver(): void {
    const whole = this.#whole;
    if (!whole || !this.#isSettled) return;
    this.#whole = undefined;
    this.listener.complete(whole);
  }
}

function pretendToWrite(given: readonly unknown[]): true {
  const [callback] = callbackOf(given);
  if (callback) process.nextTick(callback);
  return true;
}

function headOf(response: ServerResponse): Omit<CapturedResponse, 'body'> {
  return { status: response.statusCode, headers: { ...response.getHeaders() }, lines: linesOf(response) };
}

/** Returns the headers said so far, in the spelling of the application. */
export function linesOf(response: ServerResponse): HeaderLine[] {
  return namesOf(response).map((name) => [name, textOf(response.getHeader(name))]);
}

/** The header names in the spelling of the application; HTTP/2 has lower case alone. */
function namesOf(response: ServerResponse & { getRawHeaderNames?(): string[] }): string[] {
  return response.getRawHeaderNames?.() ?? response.getHeaderNames();
}

function textOf(value: number | string | string[] | undefined): string | string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}

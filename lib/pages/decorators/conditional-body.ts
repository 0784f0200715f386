import type { ServerResponse } from 'node:http';
import { parseCacheControl } from '../../http/cache-control.js';
import { evaluateConditions } from '../../http/conditions.js';
import { strongEntityTag } from '../../http/entity-tag.js';
import { fieldText } from '../../http/header-fields.js';
import type { PlatformRequest } from '../requests/page-request.js';
import { setAll, writeHeadArguments } from '../responses/write-head.js';
import { makeNotModified } from './conditions.js';

type Call = (...given: unknown[]) => unknown;

/**
 * Holds the head of a response back until its body is known. If that comes in one piece it gets an `ETag`, and a client that has it is
 * answered 304; if it comes in parts, head and body go their way as if nobody watched.
 */
export class ConditionalBody {
  readonly #writeHead: Call;
  #message: string | undefined;
  #isHeld = false;
  #isReleased = false;

  constructor(
    private readonly request: PlatformRequest,
    private readonly response: ServerResponse,
  ) {
    this.#writeHead = response.writeHead as Call;
  }

  hold(): void {
    this.#holdHead();
    this.#releaseOn('write');
    this.#releaseOn('flushHeaders');
    this.#decideAtEnd();
  }

  #holdHead(): void {
    const { response } = this;
    response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
      if (this.#isReleased) return this.#writeHead.call(response, status, ...rest) as ServerResponse;
      const { headers, message } = writeHeadArguments(rest);
      response.statusCode = status;
      setAll(response, headers);
      this.#message = message;
      this.#isHeld = true;
      return response;
    };
  }

  #releaseOn(method: 'write' | 'flushHeaders'): void {
    const { response } = this;
    const original = response[method] as Call;
    const released: Call = (...given) => {
      this.#release();
      return original.apply(response, given);
    };
    Object.assign(response, { [method]: released });
  }

  #decideAtEnd(): void {
    const { response } = this;
    const original = response.end as Call;
    response.end = ((...given: unknown[]) => {
      if (this.#isReleased || response.headersSent) return original.apply(response, given);
      const isKnown = this.#isKnownToClient(bytesOf(given));
      if (isKnown) makeNotModified(response);
      this.#release();
      return original.apply(response, isKnown ? given.filter((each) => typeof each === 'function') : given);
    }) as ServerResponse['end'];
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (!this.#isHeld) return;
    const message = this.response.statusCode === 304 ? undefined : this.#message;
    this.#writeHead.call(
      this.response,
      this.response.statusCode,
      ...(message === undefined ? [] : [message]),
    );
  }

  #isKnownToClient(body: Buffer | undefined): boolean {
    const { request, response } = this;
    if (response.statusCode !== 200 || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    if (body && body.length > 0 && !response.hasHeader('ETag') && !isUnstorable(response)) {
      // Weak, since what compresses responses on their way out leaves the tag as it is.
      response.setHeader('ETag', `W/${strongEntityTag(body)}`);
    }
    const outcome = evaluateConditions(request, {
      entityTag: fieldText(response.getHeader('ETag')),
      lastModified: fieldText(response.getHeader('Last-Modified')),
    });
    return outcome === 'not-modified';
  }
}

function isUnstorable(response: ServerResponse): boolean {
  return parseCacheControl(fieldText(response.getHeader('Cache-Control'))).has('no-store');
}

/** Returns the body that is given to `end`. */
function bytesOf([chunk, encoding]: readonly unknown[]): Buffer | undefined {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  if (!ArrayBuffer.isView(chunk)) return undefined;
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

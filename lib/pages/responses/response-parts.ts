import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { types } from 'node:util';

type Callback = () => void;

/**
 * Returns the bytes of what was given to `write` or `end`; undefined for no chunk, and for one that Node refuses. A copy: whoever writes
 * may reuse the memory.
 */
export function bytesOf(chunk: unknown, encoding: unknown): Buffer | undefined {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  return types.isUint8Array(chunk) ? Buffer.from(chunk) : undefined;
}

/** Returns the callback among what was given to `write` or `end`, as a list to hand on. */
export function callbackOf(given: readonly unknown[]): Callback[] {
  return given.filter((each): each is Callback => typeof each === 'function').slice(0, 1);
}

/** Whether nobody is there to receive the end; over HTTP/2 the stream knows. */
export function isCut(
  response: ServerResponse & { readonly stream?: { readonly destroyed: boolean } },
): boolean {
  return response.destroyed || response.stream?.destroyed === true;
}

/** Whoever ends a response while something is piped into it cuts it short, most likely after an error. */
export function isReadToTheEnd(source: Readable): boolean {
  // Streams older than Node's do not tell.
  const { readableEnded = true } = source as Partial<Readable>;
  return readableEnded;
}

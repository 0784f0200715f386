import { deltaSeconds, parseCacheControl } from './cache-control.js';
import { type HeaderFields, fieldText } from './header-fields.js';
import { parseVary } from './vary.js';

/** What the rules need of a request. */
export interface RequestFacts {
  readonly method: string;
  readonly headers: HeaderFields;
  /** Whether a guard or middleware found out who asks. */
  readonly hasUser: boolean;
}

/** What the rules need of a response. */
export interface ResponseFacts {
  readonly status: number;
  readonly headers: HeaderFields;
}

/** Whether a response says that it is for everybody, also for those who showed a credential. */
export function isPublic(headers: HeaderFields): boolean {
  return parseCacheControl(fieldText(headers['cache-control'])).has('public');
}

/** Whether a request shows who asks. Its answer may be meant for that person alone. */
export function isPersonal({ headers, hasUser }: RequestFacts): boolean {
  return hasUser || headers['authorization'] !== undefined;
}

/** Returns why a response is not stored, or undefined if it may be. Only the answer to GET has a body to store. */
export function refusalToStore(request: RequestFacts, response: ResponseFacts): string | undefined {
  if (request.method !== 'GET') return `the method is ${request.method}`;
  return refusalToShare(request, response);
}

/**
 * Returns why a response must not answer other requests, or undefined if it may. Stricter than RFC 9111 where that leaves a
 * doubt: an answer that sets a cookie, or answers a credential without saying `public`, is taken to be one person's.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3
 */
export function refusalToShare(request: RequestFacts, response: ResponseFacts): string | undefined {
  const { headers, status } = response;
  if (status !== 200) return `the status is ${status}`;
  if (headers['set-cookie'] !== undefined) return 'it sets a cookie';
  const directives = parseCacheControl(fieldText(headers['cache-control']));
  for (const name of ['private', 'no-store', 'no-cache']) {
    if (directives.has(name)) return `Cache-Control says ${name}`;
  }
  const lifetime = deltaSeconds(directives, 's-maxage') ?? deltaSeconds(directives, 'max-age');
  if (lifetime === 0) return 'Cache-Control gives it no lifetime';
  if (parseVary(fieldText(headers['vary'])) === '*') return 'it varies on everything';
  if (isPersonal(request) && !directives.has('public'))
    return 'the request shows who asks and Cache-Control does not say public';
  if (/^\s*text\/event-stream/i.test(fieldText(headers['content-type']) ?? ''))
    return 'it is a stream of events';
  return undefined;
}

/** Request headers that ask for more than the page: a part of it, or an error unless it is still the one that the client knows. */
const HEADERS_FOR_THE_HANDLER = ['range', 'if-match', 'if-unmodified-since'];

/** Returns why a request is not answered from the cache whatever is in it, or undefined if it may be. */
export function reasonToBypass({ method, headers }: RequestFacts): 'method' | 'request' | undefined {
  if (method !== 'GET' && method !== 'HEAD') return 'method';
  // The handler may read the body, which is no part of the address.
  const isForHandler =
    hasBody(headers) || HEADERS_FOR_THE_HANDLER.some((name) => headers[name] !== undefined);
  return isForHandler ? 'request' : undefined;
}

function hasBody(headers: HeaderFields): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

import type { EpochMs } from '../core/clock.js';
import { type CacheDirectives, deltaSeconds, isAllowed, parseCacheControl } from './cache-control.js';
import { type HeaderFields, fieldText } from './header-fields.js';
import { parseHttpDate } from './http-date.js';
import { parseVary } from './vary.js';

/** What the rules need of a request. */
export interface RequestFacts {
  readonly method: string;
  readonly headers: HeaderFields;
  /** Whether a guard or middleware found out who asks. */
  readonly hasUser: boolean;
  /** Whether a body came with it, where no header needs to say so. */
  readonly hasBody?: boolean;
}

/** What the rules need of a response. */
export interface ResponseFacts {
  readonly status: number;
  readonly headers: HeaderFields;
  /** When it came. */
  readonly respondedAt?: EpochMs;
}

/** Whether a response says that it is for everybody, also for those who showed a credential. */
export function isPublic(headers: HeaderFields): boolean {
  return isAllowed(parseCacheControl(fieldText(headers['cache-control'])), 'public');
}

/** Whether a request shows who asks. Its answer may be meant for that person alone. */
export function isPersonal({ headers, hasUser }: RequestFacts): boolean {
  return hasUser || headers['authorization'] !== undefined;
}

/** What is stored unless more is asked for. */
const STORED_BY_DEFAULT: ReadonlySet<number> = new Set([200]);

/**
 * The statuses whose answers may be stored at all: they are whole and final, and speak of the URL, not of the request or the hour.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.1
 */
export const STORABLE_STATUSES: ReadonlySet<number> = new Set([200, 203, 300, 301, 308, 404, 410]);

/** Returns why a response is not stored, or undefined if it may be. Only the answer to GET has a body to store. */
export function refusalToStore(
  request: RequestFacts,
  response: ResponseFacts,
  statuses: ReadonlySet<number> = STORED_BY_DEFAULT,
): string | undefined {
  if (request.method !== 'GET') return `the method is ${request.method}`;
  return refusalToShare(request, response, statuses);
}

/**
 * Returns why a response must not answer other requests, or undefined if it may. Stricter than RFC 9111 where that leaves a
 * doubt: an answer that sets a cookie, or answers a credential without saying `public`, is taken to be one person's.
 * The texts are stable; people read them in Cache-Status and in explanations.
 *
 * @param statuses those that are stored, of the ones that can be
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3
 */
export function refusalToShare(
  request: RequestFacts,
  response: ResponseFacts,
  statuses: ReadonlySet<number> = STORED_BY_DEFAULT,
): string | undefined {
  const { headers, status } = response;
  if (!statuses.has(status) || !STORABLE_STATUSES.has(status)) return `the status is ${status}`;
  if (headers['set-cookie'] !== undefined) return 'it sets a cookie';
  const directives = parseCacheControl(fieldText(headers['cache-control']));
  const refusal = refusalOf(directives) ?? oldRefusalOf(response, directives);
  if (refusal !== undefined) return refusal;
  if (parseVary(fieldText(headers['vary'])) === '*') return 'it varies on everything';
  if (isPersonal(request) && !isAllowed(directives, 'public'))
    return 'the request shows who asks and Cache-Control does not say public';
  if (/^\s*text\/event-stream/i.test(fieldText(headers['content-type']) ?? ''))
    return 'it is a stream of events';
  return undefined;
}

function refusalOf(directives: CacheDirectives): string | undefined {
  for (const name of ['private', 'no-store', 'no-cache']) {
    if (directives.has(name)) return `Cache-Control says ${name}`;
  }
  const lifetime = deltaSeconds(directives, 's-maxage') ?? deltaSeconds(directives, 'max-age');
  return lifetime === 0 ? 'Cache-Control gives it no lifetime' : undefined;
}

/** What is said in the words of HTTP/1.0 counts where those of today are absent. */
function oldRefusalOf(
  { headers, respondedAt = 0 }: ResponseFacts,
  directives: CacheDirectives,
): string | undefined {
  if (directives.has('max-age') || directives.has('s-maxage')) return undefined;
  if (/\bno-cache\b/i.test(fieldText(headers['pragma']) ?? '')) return 'Pragma says no-cache';
  const expires = fieldText(headers['expires']);
  if (expires === undefined) return undefined;
  const moment = parseHttpDate(expires);
  return moment === undefined || moment <= respondedAt ? 'Expires says that it is over' : undefined;
}

/** Request headers that ask for an error unless the page is still the one that the client knows. */
const CONDITIONS_TO_ACT = ['if-match', 'if-unmodified-since'];
/** Those that ask for more than the page: also a part of it. */
const HEADERS_FOR_THE_HANDLER = ['range', ...CONDITIONS_TO_ACT];

/** Returns why a request is not answered from the cache whatever is in it, in the words of RFC 9211, or undefined if it may be. */
export function reasonToBypass(request: RequestFacts): 'method' | 'request' | undefined {
  if (!isRead(request.method)) return 'method';
  return demandOf(request) === undefined ? undefined : 'request';
}

/** As `reasonToBypass`, for a cache that knows what to do with ranges. */
export function reasonToBypassShared(request: RequestFacts): 'method' | 'request' | undefined {
  if (!isRead(request.method)) return 'method';
  const { hasBody = false, headers } = request;
  const isForHandler =
    hasBody || announcesBody(headers) || CONDITIONS_TO_ACT.some((name) => headers[name] !== undefined);
  return isForHandler ? 'request' : undefined;
}

/** Returns the same as text for people. */
export function refusalToAnswer(request: RequestFacts): string | undefined {
  return isRead(request.method) ? demandOf(request) : `the method is ${request.method}`;
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Returns what a request has that is for the handler. */
function demandOf({ hasBody = false, headers }: RequestFacts): string | undefined {
  // The handler may read the body, which is no part of the address.
  if (hasBody || announcesBody(headers)) return 'the request has a body';
  const name = HEADERS_FOR_THE_HANDLER.find((each) => headers[each] !== undefined);
  return name === undefined ? undefined : `the request has the header ${name}`;
}

function announcesBody(headers: HeaderFields): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

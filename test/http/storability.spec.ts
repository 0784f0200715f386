import { describe, expect, it } from '@jest/globals';
import type { HeaderFields } from '../../lib/http/header-fields.js';
import {
  isPersonal,
  isPublic,
  reasonToBypass,
  refusalToShare,
  refusalToStore,
  refusalToAnswer,
  type RequestFacts,
  STORABLE_STATUSES,
} from '../../lib/http/storability.js';

const GET: RequestFacts = { method: 'GET', headers: {}, hasUser: false };
const authorized: RequestFacts = { ...GET, headers: { authorization: 'Bearer x' } };
const withUser: RequestFacts = { ...GET, hasUser: true };

describe('A response is not stored', () => {
  it.each<[string, RequestFacts, number, HeaderFields]>([
    ['HEAD', { ...GET, method: 'HEAD' }, 200, {}],
    ['POST', { ...GET, method: 'POST' }, 200, {}],
    ...[201, 202, 203, 204, 206, 301, 302, 304, 307, 308, 400, 401, 404, 410, 500, 503].map(
      (status): [string, RequestFacts, number, HeaderFields] => [`the status ${status}`, GET, status, {}],
    ),
    ['a cookie', GET, 200, { 'set-cookie': 'a=1' }],
    ['two cookies', GET, 200, { 'set-cookie': ['a=1', 'b=2'] }],
    ['a cookie although public', GET, 200, { 'set-cookie': 'a=1', 'cache-control': 'public' }],
    ['private', GET, 200, { 'cache-control': 'private' }],
    ['private in another case', GET, 200, { 'cache-control': 'PriVate' }],
    ['private for some fields', GET, 200, { 'cache-control': 'private="x-user, x-other"' }],
    ['private and public', GET, 200, { 'cache-control': 'public, private' }],
    ['private behind an empty member', GET, 200, { 'cache-control': 'max-age=60,, private' }],
    ['private behind an open quote', GET, 200, { 'cache-control': 'max-age=60, foo="bar, private' }],
    ['private behind a name in quotes', GET, 200, { 'cache-control': '"foo", private' }],
    ['private in a second line', GET, 200, { 'cache-control': ['public', 'private'] }],
    ['no-store', GET, 200, { 'cache-control': 'no-store' }],
    ['no-cache', GET, 200, { 'cache-control': 'no-cache' }],
    ['no-cache for a field', GET, 200, { 'cache-control': 'no-cache="set-cookie"' }],
    ['max-age=0', GET, 200, { 'cache-control': 'max-age=0' }],
    ['max-age that is no number', GET, 200, { 'cache-control': 'max-age=soon' }],
    ['s-maxage=0 beside a lifetime for browsers', GET, 200, { 'cache-control': 'max-age=60, s-maxage=0' }],
    ['Vary: *', GET, 200, { vary: '*' }],
    ['Vary: * in a list', GET, 200, { vary: 'Accept, *' }],
    ['Vary: * in a second line', GET, 200, { vary: ['Accept', '*'] }],
    ['Authorization', authorized, 200, {}],
    ['an empty Authorization', { ...GET, headers: { authorization: '' } }, 200, {}],
    ['Authorization and a lifetime', authorized, 200, { 'cache-control': 'max-age=60, s-maxage=60' }],
    ['a user', withUser, 200, {}],
    ['a stream of events', GET, 200, { 'content-type': 'text/event-stream' }],
    ['a stream of events in another case', GET, 200, { 'content-type': 'Text/Event-Stream; charset=utf-8' }],
  ])('for %s', (_name, request, status, headers) => {
    expect(refusalToStore(request, { status, headers })).toEqual(expect.any(String));
  });
});

describe('A response is stored', () => {
  it.each<[string, RequestFacts, HeaderFields]>([
    ['that says nothing', GET, {}],
    ['that is public', GET, { 'cache-control': 'public' }],
    ['with a lifetime', GET, { 'cache-control': 'max-age=1' }],
    ['with a lifetime for shared caches alone', GET, { 'cache-control': 'max-age=0, s-maxage=60' }],
    ['with directives that only look alike', GET, { 'cache-control': 'x-private, no-storey, foo="private"' }],
    ['that varies', GET, { vary: 'Accept, Cookie' }],
    ['to a request with a cookie', { ...GET, headers: { cookie: 'a=1' } }, {}],
    ['to Authorization that says public', authorized, { 'cache-control': 'Public' }],
    ['to a user that says public', withUser, { 'cache-control': 'public, max-age=5' }],
  ])('%s', (_name, request, headers) => {
    expect(refusalToStore(request, { status: 200, headers })).toBeUndefined();
  });
});

describe('A status other than 200', () => {
  const stored = (status: number, statuses?: ReadonlySet<number>): boolean =>
    refusalToStore(GET, { status, headers: {} }, statuses) === undefined;

  it('is stored where it is asked for', () => {
    expect([200, 404, 410].map((status) => stored(status, new Set([200, 404])))).toEqual([true, true, false]);
  });

  it('may be asked for instead of 200', () => {
    expect([200, 404].map((status) => stored(status, new Set([404])))).toEqual([false, true]);
  });

  it('can be one of seven; others are not stored even if asked for', () => {
    const all = Array.from({ length: 900 }, (_, index) => index + 100);
    expect(all.filter((status) => stored(status, new Set(all)))).toEqual([200, 203, 300, 301, 308, 404, 410]);
    expect([...STORABLE_STATUSES]).toEqual([200, 203, 300, 301, 308, 404, 410]);
  });

  it.each([404, 301])('is stored by the rules of all others: %d', (status) => {
    const refusal = (headers: HeaderFields, request = GET): string | undefined =>
      refusalToStore(request, { status, headers }, STORABLE_STATUSES);
    expect(refusal({ 'set-cookie': 'a=1' })).toBe('it sets a cookie');
    expect(refusal({ 'cache-control': 'no-store' })).toBe('Cache-Control says no-store');
    expect(refusal({}, authorized)).toBe('the request shows who asks and Cache-Control does not say public');
  });
});

describe('The reason that nothing is stored', () => {
  it.each<[string, RequestFacts, number, HeaderFields]>([
    ['the method is HEAD', { ...GET, method: 'HEAD' }, 200, {}],
    ['the status is 404', GET, 404, {}],
    ['it sets a cookie', GET, 200, { 'set-cookie': 'a=1' }],
    ['Cache-Control says private', GET, 200, { 'cache-control': 'no-cache, private' }],
    ['Cache-Control says no-store', GET, 200, { 'cache-control': 'no-store' }],
    ['Cache-Control says no-cache', GET, 200, { 'cache-control': 'no-cache' }],
    ['Cache-Control gives it no lifetime', GET, 200, { 'cache-control': 'max-age=0' }],
    ['it varies on everything', GET, 200, { vary: '*' }],
    ['the request shows who asks and Cache-Control does not say public', authorized, 200, {}],
    ['it is a stream of events', GET, 200, { 'content-type': 'text/event-stream' }],
  ])('is told in the same words always: %s', (reason, request, status, headers) => {
    expect(refusalToStore(request, { status, headers })).toBe(reason);
  });
});

describe('Who asks', () => {
  it('is shown by Authorization or a user, and by nothing else', () => {
    expect([authorized, withUser, GET, { ...GET, headers: { cookie: 'a' } }].map(isPersonal)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('does not matter to a response that says public', () => {
    expect(
      ['public', 'PUBLIC, max-age=1', 'x="public"', undefined].map((field) =>
        isPublic({ 'cache-control': field }),
      ),
    ).toEqual([true, true, false, false]);
  });
});

describe('The answer to HEAD', () => {
  it('is shared by the rules of GET although it is not stored', () => {
    const head = { ...GET, method: 'HEAD' };
    expect(refusalToShare(head, { status: 200, headers: {} })).toBeUndefined();
    expect(refusalToShare(head, { status: 404, headers: {} })).toBe('the status is 404');
  });
});

describe('The cache is passed by', () => {
  it.each<[string, string, HeaderFields, 'method' | 'request' | undefined]>([
    ['GET', 'GET', {}, undefined],
    ['HEAD', 'HEAD', {}, undefined],
    ['POST', 'POST', {}, 'method'],
    ['a method in lower case, which is another', 'get', {}, 'method'],
    ['an unknown method', 'PURGE', {}, 'method'],
    ['a range', 'GET', { range: 'bytes=0-1' }, 'request'],
    ['If-Match', 'GET', { 'if-match': '"a"' }, 'request'],
    ['If-Unmodified-Since', 'GET', { 'if-unmodified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 'request'],
    ['a body', 'GET', { 'content-length': '2' }, 'request'],
    ['a body in chunks', 'GET', { 'transfer-encoding': 'chunked' }, 'request'],
    ['an empty body', 'GET', { 'content-length': '0' }, undefined],
    ['If-None-Match', 'GET', { 'if-none-match': '"a"' }, undefined],
    ['Cache-Control of a client', 'GET', { 'cache-control': 'no-cache', pragma: 'no-cache' }, undefined],
  ])('for %s: %s %j gives %j', (_name, method, headers, expected) => {
    expect(reasonToBypass({ method, headers, hasUser: false })).toBe(expected);
    expect(refusalToAnswer({ method, headers, hasUser: false }) === undefined).toBe(expected === undefined);
  });

  it.each<[string, HeaderFields, string | undefined]>([
    ['POST', { range: 'bytes=0-1' }, 'the method is POST'],
    ['GET', { 'content-length': '2' }, 'the request has a body'],
    ['HEAD', { range: 'bytes=0-1' }, 'the request has the header range'],
    ['GET', { 'if-match': '"a"' }, 'the request has the header if-match'],
    ['GET', {}, undefined],
  ])('and people are told why: %s %j gives %j', (method, headers, reason) => {
    expect(refusalToAnswer({ method, headers, hasUser: false })).toBe(reason);
  });
});

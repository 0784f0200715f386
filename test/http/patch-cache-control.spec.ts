import { describe, expect, it } from '@jest/globals';
import type { CacheControlOptions } from '../../lib/http/cache-control-options.js';
import {
  getMaxAge,
  neverCache,
  patchCacheControl,
  patchResponseHeaders,
} from '../../lib/http/patch-cache-control.js';
import { ScriptedResponse } from './scripted-response.js';

type Field = string | string[] | undefined;

function responseWith(field: Field): ScriptedResponse {
  return new ScriptedResponse(field === undefined ? {} : { 'Cache-Control': field });
}

function patched(field: Field, options: CacheControlOptions): unknown {
  const response = responseWith(field);
  patchCacheControl(response, options);
  return response.getHeader('cache-control');
}

describe('patchCacheControl', () => {
  it.each<[string, Field, CacheControlOptions, string | undefined]>([
    ['writes flags', undefined, { public: true, noTransform: true }, 'public, no-transform'],
    [
      'knows every directive',
      undefined,
      {
        private: true,
        noCache: true,
        noStore: true,
        noTransform: true,
        mustRevalidate: true,
        proxyRevalidate: true,
        mustUnderstand: true,
        immutable: true,
        maxAge: 1,
        sMaxage: 2,
        staleWhileRevalidate: 3,
        staleIfError: 4,
      },
      'private, no-cache, no-store, no-transform, must-revalidate, proxy-revalidate, must-understand, immutable, ' +
        'max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4',
    ],
    ['leaves alone what is undefined', 'public', { private: undefined, maxAge: undefined }, 'public'],
    ['leaves a response alone that it has nothing to say of', undefined, {}, undefined],
    ['keeps the order', 'max-age=9, x=1', { immutable: true, maxAge: 5 }, 'max-age=5, x=1, immutable'],
    ['takes a directive away', 'public, max-age=9', { public: false, sMaxage: false }, 'max-age=9'],
    ['takes the header away with the last directive', 'no-store', { noStore: false }, undefined],
    ['keeps the smaller max-age that is there', 'max-age=5', { maxAge: 60 }, 'max-age=5'],
    ['takes the smaller max-age that is given', 'MAX-AGE="90"', { maxAge: 60 }, 'max-age=60'],
    ['takes a max-age that is no number for none left', 'max-age=oops', { maxAge: 60 }, 'max-age=0'],
    ['replaces other times', 's-maxage=5', { sMaxage: 60 }, 's-maxage=60'],
    ['lets public take the place of private', 'private, max-age=1', { public: true }, 'max-age=1, public'],
    ['and of header names that are private', 'private="x, y"', { public: true }, 'public'],
    ['lets private take the place of public', 'PUBLIC', { private: true }, 'private'],
    ['does not when it is not wanted', 'private', { public: false }, 'private'],
    [
      'may be told of private headers of a public response',
      undefined,
      { public: true, private: ['X-A'] },
      'public, private="X-A"',
    ],
    ['quotes one header name', undefined, { noCache: ['Set-Cookie'] }, 'no-cache="Set-Cookie"'],
    ['adds up header names', 'no-cache="a, B"', { noCache: ['b', 'C'] }, 'no-cache="a, B, C"'],
    ['leaves a whole response private', 'private', { private: ['x'] }, 'private'],
    ['makes a whole response private', 'private="x"', { private: true }, 'private'],
    [
      'keeps commas in quotes together',
      'foo="a, public", bar',
      { noStore: true },
      'foo="a, public", bar, no-store',
    ],
    [
      'is not misled by a directive in quotes',
      'foo="max-age=1"',
      { maxAge: 60 },
      'foo="max-age=1", max-age=60',
    ],
    ['is not misled by a longer name', 'x-private', { public: true }, 'x-private, public'],
    ['reads several lines', ['private', 'max-age=9'], { public: true }, 'max-age=9, public'],
    ['does not judge other pairs', 'no-store', { public: true }, 'no-store, public'],
  ])('%s: %j with %j gives %j', (_name, field, options, expected) => {
    expect(patched(field, options)).toBe(expected);
  });

  it.each<[CacheControlOptions['maxAge'], number]>([
    [60, 60],
    [1.9, 1],
    [0, 0],
    [-5, 0],
    ['90s', 90],
    ['15m', 900],
    ['1500ms', 1],
    [null, 31_536_000],
    [1e12, 2 ** 31],
  ])('takes %j for %d seconds', (maxAge, seconds) => {
    expect(patched(undefined, { maxAge })).toBe(`max-age=${seconds}`);
  });

  it.each<[string, unknown, string]>([
    [
      'an unknown option',
      { maxage: 5 },
      'patchCacheControl does not know the option \'maxage\'. Did you mean "maxAge"?',
    ],
    ['one that is far from all', { cookies: 5 }, 'It takes public, private, noCache'],
    [
      'a flag that is none',
      { noStore: 'yes' },
      "noStore of patchCacheControl must be true or false; got 'yes'.",
    ],
    ['no header names', { private: [] }, 'private of patchCacheControl must be true, false or a list'],
    [
      'a header name as text',
      { noCache: 'Set-Cookie' },
      "a list of at least one name of a header; got 'Set-Cookie'.",
    ],
    [
      'a header name with a line break',
      { private: ['a\r\nX: y'] },
      'private of patchCacheControl takes names of headers',
    ],
    ['a header name that ends the quotes', { private: ['a", public, b="'] }, 'takes names of headers'],
    ['a time that is none', { maxAge: '60' }, 'maxAge of patchCacheControl must be a number of seconds'],
    ['a time with a line break', { sMaxage: '5s\r\nX: y' }, 'sMaxage of patchCacheControl must be'],
    ['not a number', { staleIfError: NaN }, 'staleIfError of patchCacheControl must be'],
    ['true for a time', { maxAge: true }, 'maxAge of patchCacheControl must be'],
    [
      'public and private at once',
      { public: true, private: true },
      'patchCacheControl was told that the response is public and private',
    ],
  ])('refuses %s and leaves the response as it was', (_name, options, message) => {
    const response = responseWith('max-age=9');
    expect(() => patchCacheControl(response, options as CacheControlOptions)).toThrow(message);
    expect(response.headers).toEqual({ 'Cache-Control': 'max-age=9' });
  });

  it('does not take what every object has for an option', () => {
    expect(() =>
      patchCacheControl(responseWith(undefined), { constructor: true } as CacheControlOptions),
    ).toThrow("does not know the option 'constructor'");
  });

  it('gives the same however often it is said', () => {
    const response = responseWith('public, foo="a,b"');
    const options: CacheControlOptions = { private: ['x', 'y'], maxAge: 60, staleIfError: '1d' };
    patchCacheControl(response, options);
    const once = response.headers;
    patchCacheControl(response, options);
    expect(response.headers).toEqual(once);
  });
});

describe('neverCache', () => {
  it('forbids it to everybody, also to caches that go by other headers', () => {
    const response = new ScriptedResponse({
      'Cache-Control':
        'public, s-maxage=600, max-age=60, immutable, must-understand, no-transform, no-cache="a", stale-if-error=5',
      Expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
      'CDN-Cache-Control': 'max-age=600',
      'Surrogate-Control': 'max-age=600',
      ETag: '"a"',
    });
    neverCache(response);
    expect(response.headers).toEqual({
      'Cache-Control': 'max-age=0, no-transform, no-cache, no-store, must-revalidate, private',
      Expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      ETag: '"a"',
    });
  });

  it('says the same of a response that said nothing', () => {
    const response = new ScriptedResponse();
    neverCache(response);
    expect(response.getHeader('Cache-Control')).toBe(
      'max-age=0, no-cache, no-store, must-revalidate, private',
    );
  });
});

describe('getMaxAge', () => {
  it.each<[Field, number | undefined]>([
    [undefined, undefined],
    ['public, s-maxage=5', undefined],
    ['foo="max-age=5"', undefined],
    ['max-age=60', 60],
    ['Max-Age="60"', 60],
    ['max-age', 0],
    ['max-age=-1', 0],
    ['max-age=soon', 0],
    [['public', 'max-age=5'], 5],
  ])('of %j is %j', (field, seconds) => {
    expect(getMaxAge(responseWith(field))).toBe(seconds);
  });
});

describe('patchResponseHeaders', () => {
  const clock = { now: () => Date.UTC(2026, 0, 1, 0, 0, 0, 750) };

  it.each<[object, number | string | null, object]>([
    [{}, 60, { 'Cache-Control': 'max-age=60', Expires: 'Thu, 01 Jan 2026 00:01:00 GMT' }],
    [{}, '1h', { 'Cache-Control': 'max-age=3600', Expires: 'Thu, 01 Jan 2026 01:00:00 GMT' }],
    [{}, -1, { 'Cache-Control': 'max-age=0', Expires: 'Thu, 01 Jan 2026 00:00:00 GMT' }],
    [{}, null, { 'Cache-Control': 'max-age=31536000', Expires: 'Fri, 01 Jan 2027 00:00:00 GMT' }],
    [
      { 'Cache-Control': 'public, max-age=10' },
      60,
      { 'Cache-Control': 'public, max-age=10', Expires: 'Thu, 01 Jan 2026 00:00:10 GMT' },
    ],
    [{ Expires: '0' }, 60, { 'Cache-Control': 'max-age=60', Expires: '0' }],
  ])('makes of %j with %j: %j', (headers, timeout, expected) => {
    const response = new ScriptedResponse(headers as Record<string, string>);
    patchResponseHeaders(response, timeout, clock);
    expect(response.headers).toEqual(expected);
  });

  it('refuses what is no timeout', () => {
    expect(() => patchResponseHeaders(new ScriptedResponse(), '60')).toThrow(
      expect.objectContaining({ code: 'CACHE_INVALID_TIMEOUT' }),
    );
  });
});

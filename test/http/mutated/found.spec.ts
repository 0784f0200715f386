import { describe, expect, it } from '@jest/globals';
import type { HeaderFields } from '../../../lib/http/header-fields.js';
import { parseHttpDate } from '../../../lib/http/http-date.js';
import { parseContentRange, parseRange } from '../../../lib/http/ranges.js';
import { requestDirectivesOf, reuseOf } from '../../../lib/http/reuse.js';
import {
  refusalToStoreShared,
  reuseTermsOf,
  type SharedCacheChoices,
} from '../../../lib/http/shared-storability.js';
import { parseTargetedField } from '../../../lib/http/targeted-cache-control.js';

/** What the comparisons of this folder and of the oracle found, one by one. */
const choices: SharedCacheChoices = {
  targets: ['cdn-cache-control'],
  heuristics: undefined,
  storesSetCookie: false,
  obeysRequests: true,
};
const responseOf = (headers: HeaderFields, status = 200): Parameters<typeof refusalToStoreShared>[1] => ({
  headers,
  status,
  requestedAt: 0,
  respondedAt: 0,
});

function refusal(headers: HeaderFields, status = 200, request: HeaderFields = {}): string | undefined {
  const facts = { method: 'GET', hasUser: false, headers: request };
  return refusalToStoreShared(facts, responseOf(headers, status), choices);
}

const reuse = (control: string, age: number, wishes: string): string =>
  reuseOf(
    reuseTermsOf(responseOf({ 'cache-control': control }), choices),
    age,
    requestDirectivesOf({ 'cache-control': wishes }),
  );

describe('A shared cache does not store', () => {
  it.each([302, 303, 307, 400, 403, 500, 503])(
    'an answer with the status %d that has a validator and nothing else',
    (status) => {
      expect(refusal({ etag: '"a"' }, status)).toBe(
        `the status is ${status} and it does not say how long it is good`,
      );
      expect(refusal({ etag: '"a"', 'cache-control': 'max-age=0' }, status)).toBeUndefined();
      expect(refusal({ etag: '"a"', 'cache-control': 'public' }, status)).toBeUndefined();
      expect(refusal({ etag: '"a"', expires: '0' }, status)).toBeUndefined();
    },
  );

  it.each([200, 203, 204, 301, 308, 404, 410, 501])(
    'only such ones: an answer with the status %d and a validator is stored',
    (status) => {
      expect(refusal({ etag: '"a"' }, status)).toBeUndefined();
    },
  );

  it.each(['private=', 'private=""', 'private="set-cookie', 'private="a b"', 'private=(', 'private;x'])(
    'what says %s, which names no fields',
    (member) => {
      expect(refusal({ 'cache-control': `max-age=60, ${member}` })).toBe('Cache-Control says private');
    },
  );

  it.each(['private=1', 'private=?0', 'private=foo', 'private=(a b)', 'private=""'])(
    'what a targeted field says %s of',
    (member) => {
      expect(refusal({ 'cdn-cache-control': `max-age=60, ${member}` })).toBe('Cache-Control says private');
    },
  );

  it.each([
    'public;x',
    'public=1',
    'must-revalidate please',
    's-maxage=soon',
    'x="y, public',
    's-maxage = 60',
  ])('an answer to Authorization because of %s', (member) => {
    const headers = { etag: '"a"', 'cache-control': `max-age=60, ${member}` };
    expect(refusal(headers, 200, { authorization: 'Bearer x' })).toMatch(/does not allow to share/);
  });

  it.each(['must-understand=1', 'must-understand;x', 'x="y, must-understand'])(
    'what says no-store and %s',
    (member) => {
      expect(refusal({ 'cache-control': `no-store, max-age=60, ${member}` })).toBe(
        'Cache-Control says no-store',
      );
    },
  );

  it.each(['Accept Cookie', 'Accept;q=1', '"Accept"', 'Accept\u00a0', '*\u2003'])(
    'what varies on %j, which no header is called',
    (vary) => {
      expect(refusal({ 'cache-control': 'max-age=60', vary })).toBe('it varies on everything');
    },
  );
});

describe('A stored response', () => {
  it('that is immutable is validated for no-cache, and not for a reload', () => {
    const control = 'max-age=60, immutable';
    expect(reuse(control, 30, 'max-age=0')).toBe('fresh');
    expect(reuse(control, 30, 'no-cache')).toBe('validate');
    expect(reuse(control, 30, 'max-age=0, no-cache')).toBe('validate');
    expect(reuse(control, 30, 'min-fresh=40')).toBe('validate');
    expect(reuse('max-age=60, immutable=1', 30, 'max-age=0')).toBe('validate');
  });

  it.each(['max-stale=soon', 'max-stale=', 'max-stale;x', 'max-stale = 50'])(
    'is not used stale for %s',
    (wish) => {
      expect(reuse('max-age=60', 60, wish)).toBe('validate');
    },
  );

  it('is used stale for a max-stale that is just reached', () => {
    expect([reuse('max-age=60', 70, 'max-stale=10'), reuse('max-age=60', 70.5, 'max-stale=10')]).toEqual([
      'fresh',
      'validate',
    ]);
  });
});

describe('What is not written by the grammar is not read', () => {
  it.each(['\u00a0Mon, 15 Jun 2026 12:00:00 GMT', 'Mon, 15 Jun 2026 12:00:00 GMT\n'])(
    'as a date: %j',
    (text) => {
      expect(parseHttpDate(text)).toBeUndefined();
    },
  );

  it.each(['bytes  0-4/10', 'bytes\t0-4/10', '\u00a0bytes 0-4/10'])('as a Content-Range: %j', (text) => {
    expect(parseContentRange(text)).toBeUndefined();
  });

  it.each(['bytes=0-4\u00a0', 'bytes=\u20030-4', '\nbytes=0-4'])('as a Range: %j', (text) => {
    expect(parseRange(text, 10)).toBeUndefined();
  });

  it.each(['max-age=60, x=@1', 'max-age=60, x=%"a"', 'x=(@1), max-age=60'])(
    'as a targeted field, with what structured fields knew later: %s',
    (text) => {
      expect(parseTargetedField(text)).toBeUndefined();
    },
  );

  it('but may stand in the strings of a targeted field', () => {
    expect(parseTargetedField(String.raw`x="@1 \" %", max-age=60`)?.get('max-age')).toBe('60');
  });

  it.each([
    ['max-age=60.0', 'not a whole number'],
    ['a=1, max-age=60.5;q', 'not a whole number'],
    ['x="max-age=1.5", max-age=60', '60'],
  ])('in %s as a number of seconds that is none', (text, value) => {
    expect(parseTargetedField(text)?.get('max-age')).toBe(value);
  });
});

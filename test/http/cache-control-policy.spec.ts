import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCacheControl } from '../../lib/http/cache-control.js';
import { type CacheControlOptions, wantedDirectives } from '../../lib/http/cache-control-options.js';
import { withPolicy } from '../../lib/http/cache-control-policy.js';

describe('A rule for the Cache-Control of many answers', () => {
  it.each<[string, string | undefined, CacheControlOptions, string]>([
    ['speaks for an answer that says nothing', undefined, { public: true, maxAge: 60 }, 'public, max-age=60'],
    [
      'adds to what an answer says',
      'immutable',
      { public: true, maxAge: 60 },
      'immutable, public, max-age=60',
    ],
    ['makes a public answer private', 'public, max-age=5', { private: true }, 'max-age=5, private'],
    ['makes an answer stay out of caches', 'max-age=5', { noStore: true }, 'max-age=5, no-store'],
    ['leaves a private answer private', 'private', { public: true, maxAge: 60 }, 'private, max-age=60'],
    ['also one of which some headers are', 'private="x"', { public: true, sMaxage: 60 }, 'private="x"'],
    ['leaves an answer out of caches', 'no-store', { public: true, sMaxage: 60 }, 'no-store'],
    [
      'leaves it to be asked for',
      'no-cache',
      { public: true, mustRevalidate: true },
      'no-cache, must-revalidate',
    ],
    [
      'takes no restriction away',
      'private, no-store',
      { private: false, noStore: false, maxAge: false },
      'private, no-store',
    ],
    [
      'takes other things away',
      'public, immutable, max-age=5',
      { immutable: false, public: false },
      'max-age=5',
    ],
    [
      'never lengthens a time',
      's-maxage=5, stale-if-error=9',
      { sMaxage: 60, staleIfError: 60 },
      's-maxage=5, stale-if-error=9',
    ],
    ['shortens a time', 'max-age=90, s-maxage=90', { maxAge: 60, sMaxage: 60 }, 'max-age=60, s-maxage=60'],
    ['takes header names for names', 'private="5"', { private: ['7'] }, 'private="5, 7"'],
  ])('%s: %j with %j gives %j', (_name, field, options, expected) => {
    expect(withPolicy(field, wantedDirectives(options))).toBe(expected);
  });

  it('leaves every restriction that an answer says', () => {
    const restriction = fc.constantFrom('private', 'no-store', 'no-cache', 'must-revalidate', 'PRIVATE="x"');
    const other = fc.constantFrom('public', 'max-age=5', 's-maxage=9', 'immutable', 'foo="a, b"', '');
    const flags = fc.record(
      {
        public: fc.boolean(),
        noCache: fc.boolean(),
        noStore: fc.boolean(),
        mustRevalidate: fc.boolean(),
        sMaxage: fc.nat(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(other), restriction, fc.array(other), flags, (before, name, after, options) => {
        const field = withPolicy([...before, name, ...after].join(', '), wantedDirectives(options));
        expect([...parseCacheControl(field).keys()]).toContain(name.toLowerCase().replace(/=.*/, ''));
      }),
    );
  });
});

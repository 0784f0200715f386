import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalizedQuery, type QueryRule } from '../../lib/http/query-rule.js';
import { type ParsedQuery, queryParsers, querySplitters } from './query-parsers.js';

const SEED = 20_261_121;
const RUNS = 1000;

/** Names that matter, names that do not, and all that tells parsers apart. */
const pieces =
  'p=1 p=2 page=1& page=2& x=3 page p age utm_x utm_ _id x 1 2 é ' +
  '= = & & & ; [ ] [] . ? # + / % %zz %70 %5B %5d %26 %3D %3B %00 %ff %C3%A9 %5 %2E';
const query = fc
  .array(fc.constantFrom(...pieces.split(' ')), { maxLength: 24 })
  .map((parts) => parts.join(''));
/** Paths may hold a semicolon or an escaped question mark. */
const path = fc.constantFrom('/', '/p', '/p;x=1', '/%3Fpage=1');
const url = fc.tuple(path, query).map(([before, after]) => `${before}?${after}`);

const isIgnoredName = (name: string): boolean => /^utm_|_id$/.test(name);
const without = (parsed: ParsedQuery): ParsedQuery =>
  Object.fromEntries(Object.entries(parsed).filter(([name]) => !isIgnoredName(name)));
const onlyPage = (parsed: ParsedQuery): unknown =>
  Object.hasOwn(parsed, 'page') ? parsed['page'] : undefined;
const all = (parsed: ParsedQuery): ParsedQuery => ({ ...parsed });

const rules: [string, QueryRule, (parsed: ParsedQuery) => unknown][] = [
  ['ignores', { ignore: ['utm_*', '*_id'] }, without],
  ['ignores and sorts', { ignore: ['utm_*', '*_id'], sort: true }, without],
  ['takes only one', { only: ['page'] }, onlyPage],
  ['takes only one and sorts', { only: ['page'], sort: true }, onlyPage],
  ['sorts', { sort: true }, all],
];

/** Returns the parsers by which an application sees something else that matters in two URLs. */
function parsersApart(one: string, other: string, whatMatters: (parsed: ParsedQuery) => unknown): string[] {
  const ways = queryParsers.flatMap(([parser, parse]) =>
    querySplitters.map(([splitter, queryOf]) => ({
      name: `${parser}, ${splitter}`,
      seen: (url: string) => whatMatters(parse(queryOf(url))),
    })),
  );
  return ways.filter(({ seen }) => !isDeepStrictEqual(seen(one), seen(other))).map(({ name }) => name);
}

describe.each(rules)('A rule that %s', (_rule, rule, whatMatters) => {
  it('keeps apart what differs to an application, whichever parser it has', () => {
    fc.assert(
      fc.property(url, (url) => {
        expect(parsersApart(normalizedQuery(url, rule), url, whatMatters)).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('has nothing more to do on what it made', () => {
    fc.assert(
      fc.property(url, (url) => {
        const kept = normalizedQuery(url, rule);
        expect(normalizedQuery(kept, rule)).toBe(kept);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

describe('A simple URL', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'utm_a', 'utm_b');
  const value = fc.string({ unit: fc.constantFrom('x', 'y', '%20', '+'), maxLength: 3 });
  const written = (pairs: readonly (readonly [string, string])[]): string => {
    const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
    return query === '' ? '/p' : `/p?${query}`;
  };

  it('is kept as a list of pairs would be', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const left = pairs.filter(([name]) => !name.startsWith('utm_'));
        const inOrder = left.toSorted(([a], [b]) => a.localeCompare(b));
        const kept = (rule: QueryRule): string => normalizedQuery(written(pairs), rule);
        expect([
          kept({ ignore: ['utm_*'] }),
          kept({ only: ['a', 'b', 'c'] }),
          kept({ ignore: ['utm_*'], sort: true }),
        ]).toEqual([written(left), written(left), written(inOrder)]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

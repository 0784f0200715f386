import { evaluateConditions, matchesIfRange } from '../../../lib/http/conditions.js';
import { parseContentRange, parseRange } from '../../../lib/http/ranges.js';
import type { Random } from './random.js';
import { answerWith, excessOfResponse, isUsedMore, NOW, plainTerms } from './responses.js';
import { strictDate } from './strict-grammar.js';
import {
  blanksOff,
  strictContentRange,
  strictEntityTag,
  strictEntityTags,
  strictRanges,
} from './strict-lists.js';

/** A field that is damaged, and what to hold it against. */
export interface Reader {
  readonly field: string;
  /** Well-formed texts that become the damaged ones. */
  readonly seeds: readonly string[];
  /** Whether it can come in two lines. */
  readonly isList?: boolean;
  /**
   * Returns what is allowed because of a text that a strict reader does not allow.
   *
   * @param tally is told whether anything was allowed at all
   */
  excess(random: Random, value: string | string[], tally: (isUsed: boolean) => void): string[];
}

const dates = [
  'Mon, 15 Jun 2026 12:00:00 GMT',
  'Mon, 15 Jun 2026 13:00:00 GMT',
  'Sunday, 14-Jun-26 12:00:00 GMT',
  'Mon Jun  1 12:00:00 2026',
  'Fri, 01 Jan 2094 00:00:00 GMT',
];

const responseFields: readonly Omit<Reader, 'excess'>[] = [
  {
    field: 'cache-control',
    isList: true,
    seeds: [
      'max-age=60',
      'public, max-age=3600, immutable',
      's-maxage=60, max-age=10, must-revalidate',
      'max-age="60", stale-while-revalidate=30, stale-if-error=100',
      'no-store, must-understand, max-age=60',
      'private="x-a, x-b", max-age=60',
      'no-cache="set-cookie", max-age=60, ext="a, no-store"',
      'private, no-cache, no-store, max-age=0',
      'must-understand, no-store, public',
      'max-age=60, proxy-revalidate, no-transform',
    ],
  },
  {
    field: 'cdn-cache-control',
    isList: true,
    seeds: [
      'max-age=60',
      'max-age=3600, must-revalidate, ext="a, b"',
      'private="x-a", max-age=60;p=1, public',
      'no-store=?0, max-age=60.0',
      'no-cache, s-maxage=10, stale-while-revalidate=30',
      'no-store, must-understand, max-age=60, list=(a "b" 3);q',
    ],
  },
  { field: 'vary', isList: true, seeds: ['accept', 'Accept, Cookie', 'accept-language,x-other', '*'] },
  { field: 'age', isList: true, seeds: ['0', '60', '3600', '10, 20'] },
  { field: 'expires', seeds: [...dates, '0'] },
  { field: 'date', seeds: dates },
  { field: 'last-modified', seeds: dates },
  { field: 'content-range', seeds: ['bytes 0-4/10', 'bytes 5-9/*', 'bytes 0-0/1'] },
];

const tags = ['"a"', 'W/"a"', '"b"', '"a,b"', '"\u00e9"', '""'];
const tagLists = [...tags, '"x", "a"', 'W/"x" ,"b", "a"', '*', '"a,b","c"', 'junk, "a"'];

const wishes = [
  'max-age=10',
  'max-stale',
  'max-stale=100',
  'min-fresh=10, max-stale=60',
  'no-cache',
  'ext="a, no-cache", max-age=0',
];
const stored = [
  'max-age=60',
  'max-age=60, immutable',
  'max-age=60, stale-while-revalidate=30',
  's-maxage=60',
].map(plainTerms);

const ifNoneMatch = (entityTag: string, field: string): boolean =>
  evaluateConditions({ method: 'GET', headers: { 'if-none-match': field } }, { entityTag }) ===
  'not-modified';
const weak = (tag: string): string => tag.replace(/^W\//, '');
const lastModified = Date.UTC(2026, 5, 15, 11);

/** Reads one line: what is no list comes in one. */
const asText = (value: string | string[]): string => (typeof value === 'string' ? value : value.join(', '));

const requestFields: readonly Reader[] = [
  {
    field: 'cache-control of a request',
    seeds: wishes,
    isList: true,
    excess(random, value, tally) {
      const { strict, terms } = random.pick(stored);
      const age = random.pick([0, 5, 15, 30, 55, 59.5, 60, 61, 89, 100, 160, 200]);
      tally(true);
      return isUsedMore(terms, strict, age, { 'cache-control': value }) ? ['it is used'] : [];
    },
  },
  {
    field: 'if-none-match',
    seeds: tagLists,
    isList: true,
    excess(random, value, tally) {
      const entityTag = random.pick(tags);
      const isKnown = ifNoneMatch(entityTag, asText(value));
      tally(isKnown);
      const text = blanksOff(asText(value));
      const isNamed = strictEntityTags(text).some((each) => weak(each) === weak(entityTag));
      return isKnown && !isNamed && text !== '*' ? ['it is taken for known'] : [];
    },
  },
  {
    field: 'etag',
    seeds: tags,
    excess(random, value, tally) {
      const text = asText(value);
      const field = random.chance(0.7) ? text : random.pick(tagLists);
      const isKnown = ifNoneMatch(text, field);
      const isStrong = matchesIfRange(text, { entityTag: text }, NOW);
      tally(isKnown || isStrong);
      const strict = strictEntityTag(text);
      const isNamed =
        strict !== undefined && strictEntityTags(field).some((each) => weak(each) === weak(strict));
      return [
        ...(isKnown && !isNamed && blanksOff(field) !== '*' ? ['it is taken for known'] : []),
        ...(isStrong && strict?.startsWith('"') !== true ? ['it is taken for strong'] : []),
      ];
    },
  },
  {
    field: 'if-range',
    seeds: [...tags, ...dates, new Date(lastModified).toUTCString()],
    excess(random, value, tally) {
      const text = asText(value);
      const entityTag = random.pick(tags);
      const isMatch = matchesIfRange(text, { entityTag, lastModified }, NOW);
      tally(isMatch);
      const isTag = strictEntityTag(text) === entityTag && entityTag.startsWith('"');
      return isMatch && !isTag && strictDate(text, NOW) !== lastModified ? ['a part is sent'] : [];
    },
  },
  {
    field: 'if-modified-since',
    seeds: dates,
    excess(_random, value, tally) {
      const headers = { 'if-modified-since': asText(value) };
      const isKnown = evaluateConditions({ method: 'GET', headers }, { lastModified }) === 'not-modified';
      tally(isKnown);
      const since = strictDate(asText(value), Date.now());
      return isKnown && !(since !== undefined && since >= lastModified) ? ['it is taken for known'] : [];
    },
  },
  {
    field: 'range',
    seeds: ['bytes=0-4', 'bytes=2-', 'bytes=-3', 'bytes=0-1, 4-5,-2', 'bytes=0-0,9-9', 'bytes=50-60'],
    excess(_random, value, tally) {
      const text = asText(value);
      const ranges = parseRange(text, 10);
      tally(typeof ranges === 'object');
      const strict = strictRanges(text, 10);
      if (ranges === undefined) return [];
      if (ranges === 'unsatisfiable')
        return strict === undefined || strict.length === 0 ? [] : ['it is refused'];
      const pairs = ranges.map(({ first, last }) => [first, last]);
      return JSON.stringify(pairs) === JSON.stringify(strict) ? [] : ['other bytes are sent'];
    },
  },
  {
    field: 'content-range of a part',
    seeds: ['bytes 0-4/10', 'bytes 5-9/*', 'bytes 0-0/1', 'bytes 10-4/20'],
    excess(_random, value, tally) {
      const text = asText(value);
      const part = parseContentRange(text);
      tally(part !== undefined);
      if (!part) return [];
      const strict = strictContentRange(text)?.map(Number) ?? [];
      const { first, last, length } = part;
      return [first, last, length].every((each, index) => each === strict[index])
        ? []
        : ['it is put elsewhere'];
    },
  },
];

/** All fields that are damaged. */
export const readers: readonly Reader[] = [
  ...responseFields.map(({ field, isList = false, seeds }): Reader => ({
    field,
    isList,
    seeds,
    excess: (random, value, tally) => excessOfResponse(random, answerWith(random, field, value), tally),
  })),
  ...requestFields,
];

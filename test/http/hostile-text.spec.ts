import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addressingValues } from '../../lib/http/addressing.js';
import {
  deltaSeconds,
  formatCacheControl,
  parseCacheControl,
  withMaxAge,
} from '../../lib/http/cache-control.js';
import { withCacheStatus } from '../../lib/http/cache-status.js';
import { matchesIfNoneMatch } from '../../lib/http/entity-tag.js';
import { storedFields } from '../../lib/http/header-fields.js';
import { membersOf } from '../../lib/http/list-field.js';
import { reasonToBypass, refusalToStore } from '../../lib/http/storability.js';
import { parseVary, selectingValues } from '../../lib/http/vary.js';

/** Every rule that reads a header, fed with one text wherever it takes one. */
const readers: [string, (text: string) => unknown][] = [
  ['membersOf', membersOf],
  ['parseCacheControl', parseCacheControl],
  ['withMaxAge', (text) => withMaxAge(text, 60)],
  ['deltaSeconds', (text) => deltaSeconds(new Map([['max-age', text]]), 'max-age')],
  ['parseVary', parseVary],
  ['selectingValues', (text) => selectingValues([text], { [text]: text })],
  ['matchesIfNoneMatch of a field', (text) => matchesIfNoneMatch(text, '"a"')],
  ['matchesIfNoneMatch of a tag', (text) => matchesIfNoneMatch('"a"', text)],
  ['matchesIfNoneMatch of both', (text) => matchesIfNoneMatch(text, text)],
  ['withCacheStatus', (text) => withCacheStatus(text, { hit: true })],
  ['storedFields', (text) => storedFields([[text, text]], text)],
  ['addressingValues', (text) => addressingValues({ forwarded: text, 'x-forwarded-host': text })],
  [
    'reasonToBypass',
    (text) =>
      reasonToBypass({ method: text, hasUser: false, headers: { 'content-length': text, range: text } }),
  ],
  [
    'refusalToStore',
    (text) =>
      refusalToStore(
        { method: 'GET', hasUser: false, headers: {} },
        { status: 200, headers: { 'cache-control': text, vary: text, 'content-type': text } },
      ),
  ],
];

/** Text that is likely to hit the corners of the grammar, and text that is not. */
const headerText = fc.oneof(
  fc.string({
    unit: fc.constantFrom('"', '\\', ',', ';', '=', ' ', '\t', '*', 'W', '/', 'a', '1', '\u00ff'),
    maxLength: 60,
  }),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

/** One of these characters. */
const oneOf = (characters: string): fc.Arbitrary<string> => fc.constantFrom(...characters.split(''));

const LENGTH = 100_000;
const repeated = (part: string): string => part.repeat(Math.ceil(LENGTH / part.length)).slice(0, LENGTH);

const hostileTexts = [
  '"',
  '\\',
  ',',
  ' ',
  '\t',
  '=',
  ';',
  '*',
  '\\"',
  '"\\',
  '"\\"',
  '="',
  '="\\',
  '=" ',
  ', ',
  ' ,',
  'a=',
  'a ',
  'a="',
  'a="\\',
  'a="b\\",',
  'a="b",',
  'W/',
  'W/"',
  '"a" ',
  '"a',
  ',"a',
  '"a,',
  '", "',
  'host=',
  'for=";',
  '9',
  '\u00a0',
  '\n',
].flatMap((part) => [
  repeated(part),
  `"${repeated(part)}`,
  `a="${repeated(part)}`,
  `${repeated(part)}"`,
  `a=${repeated(part)}!`,
  `a${repeated(part)}=`,
]);

describe.each(readers)('%s', (_name, read) => {
  it('throws for no text', () => {
    fc.assert(
      fc.property(headerText, (text) => void read(text)),
      { numRuns: 500 },
    );
  });

  it('reads 100 kB of hostile text without ever going over it again and again', async () => {
    for (const text of hostileTexts) {
      read(text);
      // Lets the time limit of the test strike, which a square of the length oversteps by far.
      await new Promise(setImmediate);
    }
  });
});

describe('The members of a list', () => {
  it('are the parts between commas where nothing is quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', ' ', '\\', '='), maxLength: 40 }), (text) => {
        expect(membersOf(text)).toEqual(text.split(','));
      }),
    );
  });

  it('lose nothing but the commas between them', () => {
    fc.assert(fc.property(headerText, (text) => expect(membersOf(text).join(',')).toBe(text)));
  });
});

describe('Cache-Control', () => {
  const token = fc.string({ unit: oneOf('abcXYZ019-_'), minLength: 1, maxLength: 8 });
  const value = fc.oneof(
    fc.constant(true as const),
    fc.string({ unit: oneOf('ab,;="\\ \t*'), maxLength: 12 }),
  );

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(token, value)), (entries) => {
        const directives = new Map(entries.map(([name, value]) => [name.toLowerCase(), value]));
        expect(parseCacheControl(formatCacheControl(directives))).toEqual(directives);
      }),
    );
  });

  it('finds private wherever it stands between commas that no closed quote holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: oneOf('ab=; ,'), maxLength: 30 }), headerText, (before, after) => {
        expect(parseCacheControl(`${before},PRIVATE,${after}`).has('private')).toBe(true);
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  formatCacheGroups,
  formatTagHeader,
  parseCacheGroups,
  patchCacheGroups,
} from '../../lib/http/cache-groups.js';
import { ScriptedResponse } from './scripted-response.js';

describe('Cache-Groups', () => {
  it.each<[string[], string | undefined]>([
    [[], undefined],
    [['a'], '"a"'],
    [['film:1', 'films'], '"film:1", "films"'],
    [['a', 'b', 'a'], '"a", "b"'],
    [['a, b', ' '], '"a, b", " "'],
    [[''], '""'],
    [['say "hi"', String.raw`back\slash`], String.raw`"say \"hi\"", "back\\slash"`],
    [['\u00e9', '10%'], '"%C3%A9", "10%"'],
    [['a\r\nSet-Cookie: x'], '"a%0D%0ASet-Cookie%3A%20x"'],
    [['\ud800'], '"%EF%BF%BD"'],
  ])('of %j is %j', (names, field) => {
    expect(formatCacheGroups(names)).toBe(field);
  });

  it.each<[string | undefined, string[]]>([
    [undefined, []],
    ['', []],
    ['"a"', ['a']],
    ['"a","b"', ['a', 'b']],
    [' "a" ,\t"b" ', ['a', 'b']],
    ['"a";x=1;y;z="q, \\" r";t=tok/en, "b"', ['a', 'b']],
    ['"a, b"', ['a, b']],
    [String.raw`"a\"b\\c"`, [String.raw`a"b\c`]],
    ['"a", "a"', ['a', 'a']],
    ['""', ['']],
  ])('%j names %j', (field, names) => {
    expect(parseCacheGroups(field)).toEqual(names);
  });

  it.each([
    'a',
    '"a',
    '"a" "b"',
    '"a",',
    ',"a"',
    '"a",,"b"',
    '"\u00e9"',
    String.raw`"\a"`,
    '"a", b',
    '"a", 1',
    '("a")',
    '"a";',
    '"a"b',
    '"a\nb"',
    '?1',
  ])('%j names nothing, since one part of it is no string', (field) => {
    expect(parseCacheGroups(field)).toEqual([]);
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme-ascii' })), (names) => {
        expect(parseCacheGroups(formatCacheGroups(names))).toEqual(names);
      }),
    );
  });

  it('can always be read, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (names) => {
        const field = formatCacheGroups(names)!;
        expect(field).toMatch(/^[\x20-\x7e]+$/);
        expect(parseCacheGroups(field)).toHaveLength(new Set(names.map((name) => name.toWellFormed())).size);
      }),
    );
  });

  it('join those of the response, and take the place of what is none', () => {
    const response = new ScriptedResponse({ 'Cache-Groups': '"a", "b"', 'Cache-Group-Invalidation': 'a b' });
    patchCacheGroups(response, 'Cache-Groups', ['b', 'c']);
    patchCacheGroups(response, 'Cache-Group-Invalidation', ['d']);
    expect(response.headers).toEqual({ 'Cache-Groups': '"a", "b", "c"', 'Cache-Group-Invalidation': '"d"' });
  });

  it('are not written where there are none', () => {
    const response = new ScriptedResponse();
    patchCacheGroups(response, 'Cache-Groups', []);
    expect(response.headers).toEqual({});
  });
});

describe('The tag header of a CDN', () => {
  it.each<[string, string[], string | undefined, string | undefined]>([
    ['Cache-Tag', ['film:1', 'films'], undefined, 'film:1,films'],
    ['Surrogate-Key', ['film:1', 'films'], undefined, 'film:1 films'],
    ['surrogate-key', ['a', 'b', 'a'], undefined, 'a b'],
    ['xkey', ['a', 'b'], undefined, 'a b'],
    ['Edge-Cache-Tag', ['a', 'b'], undefined, 'a,b'],
    ['Cache-Tag', ['a,b', 'c d', '', '\u00e9', 'e\r\nX: y', 'f'], undefined, 'f'],
    ['Surrogate-Key', ['a,b', 'c d', '', '\u00e9', 'e\r\nX: y', 'f'], undefined, 'a,b f'],
    ['Cache-Tag', [], undefined, undefined],
    ['Cache-Tag', ['a b'], undefined, undefined],
    ['Cache-Tag', ['b', 'c'], 'a, b', 'a,b,c'],
    ['Surrogate-Key', ['b', 'c'], 'a  b', 'a b c'],
    ['Cache-Tag', [], 'a', 'a'],
  ])('%s of %j, beside %j, is %j', (header, names, present, expected) => {
    expect(formatTagHeader(header, names, present)).toBe(expected);
  });
});

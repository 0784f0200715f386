import { describe, expect, it } from '@jest/globals';
import {
  deltaSeconds,
  formatCacheControl,
  MAX_DELTA_SECONDS,
  parseCacheControl,
  withMaxAge,
} from '../../lib/http/cache-control.js';

const parsed = (field: string | undefined): object => Object.fromEntries(parseCacheControl(field));

describe('Cache-Control', () => {
  it.each<[string, string | undefined, object]>([
    ['an absent field', undefined, {}],
    ['an empty field', '', {}],
    ['one directive', 'no-store', { 'no-store': true }],
    ['several', 'public, max-age=60', { public: true, 'max-age': '60' }],
    ['any case', 'Public, MAX-AGE=60', { public: true, 'max-age': '60' }],
    ['no white space', 'public,max-age=60,immutable', { public: true, 'max-age': '60', immutable: true }],
    ['white space around members', ' \t public ,\t max-age=60 ', { public: true, 'max-age': '60' }],
    ['white space around the sign', 'max-age = 60, s-maxage= 60', { 'max-age': '', 's-maxage': '' }],
    ['white space of other scripts', 'max-age=60\u00a0, \u00a0no-store', { 'max-age': '', 'no-store': true }],
    ['a quoted value', 'max-age="60"', { 'max-age': '60' }],
    ['commas in quotes', 'private="x-a, no-store", foo', { private: 'x-a, no-store', foo: true }],
    [
      'escaped quotes',
      String.raw`foo="a\"b, no-store\\", bar`,
      { foo: String.raw`a"b, no-store\ `.trim(), bar: true },
    ],
    ['an empty quoted value', 'foo="", bar', { foo: '', bar: true }],
    ['an empty value', 'foo=, bar', { foo: '', bar: true }],
    ['the first of two', 'max-age=1, max-age=2', { 'max-age': '1' }],
    ['a list of headers said twice as all of them', 'private="a", private="b"', { private: true }],
    ['a list of headers and none as all of them', 'no-cache="a", no-cache', { 'no-cache': true }],
    ['the same list of headers twice', 'private="a", private="a"', { private: 'a' }],
    ['unknown ones', 'x-other=1, no-store', { 'x-other': '1', 'no-store': true }],
    ['empty members', ',, public,, , private,', { public: true, private: true }],
    ['a member without a name', '=1, "x", private', { private: true }],
    ['a quote that never closes', 'foo="bar, no-store', { foo: '', 'no-store': true }],
    [
      'a quote that never closes after one that does',
      'a="b,c", foo="bar, private',
      { a: 'b,c', foo: '', private: true },
    ],
    ['an escape at the end', String.raw`foo="bar\ `.trim(), { foo: '' }],
    ['words after a directive', 'no-store please, foo;bar', { 'no-store': true, foo: '' }],
    ['words after what allows something', 'public;x, max-age=60 s', { public: '', 'max-age': '' }],
    [
      'words after a quoted value',
      'foo="a" b, private, max-age=9',
      { foo: '', private: true, 'max-age': '' },
    ],
    [
      'a quote at no place for one',
      'a"b, no-store, public, c"d',
      { a: '', 'no-store': true, public: '', c: '' },
    ],
    ['a control character in quotes', 'a="\u0001", max-age=9', { a: '', 'max-age': '' }],
    ['a list of headers that is none', 'private=, no-cache="a b"', { private: true, 'no-cache': true }],
    ['an empty list of headers', 'private="", no-cache=" "', { private: true, 'no-cache': true }],
    ['a list of headers that never ends', 'private="set-cookie', { private: true }],
    ['a directive within quotes', 'foo="max-age=60"', { foo: 'max-age=60' }],
    ['the name of an object member', 'constructor, __proto__=1', parsed('constructor, __proto__=1')],
  ])('is read with %s', (_name, field, expected) => {
    expect(parsed(field)).toEqual(expected);
  });

  it('takes the name of an object member for a directive like any other', () => {
    expect([...parseCacheControl('constructor, __proto__=1')]).toEqual([
      ['constructor', true],
      ['__proto__', '1'],
    ]);
  });

  it.each<[string, number | undefined]>([
    ['public', undefined],
    ['max-age=0', 0],
    ['max-age=60', 60],
    ['max-age=060', 60],
    ['max-age="60"', 60],
    ['max-age=4294967296', MAX_DELTA_SECONDS],
    [`max-age=${'9'.repeat(400)}`, MAX_DELTA_SECONDS],
    ['max-age', 0],
    ['max-age=', 0],
    ['max-age=-1', 0],
    ['max-age=1.5', 0],
    ['max-age=1e3', 0],
    ['max-age=0x10', 0],
    ['max-age=60s', 0],
    ['max-age=6 0', 0],
    ['max-age=60"', 0],
    ['max-age="60"x', 0],
    ['x="y, max-age=60', 0],
    ['max-age=60, x="y', 60],
  ])('gives the seconds of %j, none for what is no whole number', (field, seconds) => {
    expect(deltaSeconds(parseCacheControl(field), 'max-age')).toBe(seconds);
  });

  it.each([
    [undefined, 60, 'max-age=60'],
    ['public', 60, 'public, max-age=60'],
    ['public, max-age=10', 60, 'public, max-age=10'],
    ['max-age=600, public', 60, 'max-age=60, public'],
    ['max-age=oops', 60, 'max-age=0'],
    ['s-maxage=5', 60, 's-maxage=5, max-age=60'],
    ['community="a, b"', 60, 'community="a, b", max-age=60'],
  ])('takes the smaller max-age: %j and %d give %j', (field, seconds, expected) => {
    expect(withMaxAge(field, seconds)).toBe(expected);
  });

  it.each(['public, max-age=60', String.raw`a="x \"y\" \\ z", b`, 'a="", b="1,2"'])(
    'is written as it was read: %j',
    (field) => {
      expect(formatCacheControl(parseCacheControl(field))).toBe(field);
    },
  );
});

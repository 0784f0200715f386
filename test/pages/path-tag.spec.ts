import { describe, expect, it } from '@jest/globals';
import { cookieValues } from '../../lib/pages/requests/cookie-values.js';
import { foldedPath, pathTag } from '../../lib/pages/requests/path-tag.js';

describe('The tag of a path', () => {
  it.each([
    ['/films/a b', '/films/a%20b'],
    ['/films/a b', '/Films/%61%20b/'],
    ['/films/a b', '//films///a%20b?x=1#y'],
    ['/films/a b', 'https://user@shop.example:8080/films/a%20b'],
    ['/', 'http://shop.example'],
    ['/', ''],
    ['/caf\u00e9', '/caf%C3%A9'],
    ['/%zz', '/%25zz'],
  ])('is one for all spellings: %s and %s', (one, other) => {
    expect(foldedPath(other)).toBe(foldedPath(one));
    expect(pathTag(other)).toBe(pathTag(one));
  });

  it('keeps apart what is not one path', () => {
    const paths = ['/a', '/b', '/a/b', '/a%2Fb', '/a%252Fb', '/a%3Fb', '/a;b', '/'];
    expect(new Set(paths.map(foldedPath)).size).toBe(paths.length);
  });

  it('takes any text, and comes in a bounded number', () => {
    const tags = Array.from({ length: 20_000 }, (_, index) => pathTag(`/made-up/${index}`));
    expect(new Set(tags).size).toBeGreaterThan(15_000);
    for (const tag of tags) expect(Number.parseInt(tag.slice('path:'.length), 36)).toBeLessThan(65_536);
    for (const text of ['\ud800', '%', '/%ff/%', '?', '#', 'x'.repeat(100_000)])
      expect(pathTag(text)).toMatch(/^path:[0-9a-z]+$/);
  });
});

describe('The values of a cookie', () => {
  it.each<[string | undefined, string[]]>([
    [undefined, []],
    ['', []],
    ['lang', []],
    ['lang=fr', ['fr']],
    ['a=1; lang=fr; lang=de', ['fr', 'de']],
    ['lang=', ['']],
    ['lang="a=b";lang=x', ['"a=b"', 'x']],
    ['Lang=fr; xlang=de', []],
  ])('are all that were sent: %j', (field, values) => {
    expect(cookieValues(field, 'lang')).toEqual(values);
  });
});

import { describe, expect, it } from '@jest/globals';
import { normalizedQuery, type QueryRule } from '../../lib/http/query-rule.js';

const tracking: QueryRule = { ignore: ['utm_*', 'gclid'] };
const paged: QueryRule = { only: ['page', 'q'] };

describe('The URL under which a page is kept', () => {
  it.each<[string, string, QueryRule, string]>([
    ['leaves out what is ignored', '/p?utm_source=x&a=1&gclid=2', tracking, '/p?a=1'],
    ['has no question mark when nothing is left', '/p?utm_source=x', tracking, '/p'],
    ['nor when there was nothing', '/p?', tracking, '/p'],
    ['leaves out what lies between two ampersands', '/p?&a=1&&b=2&', tracking, '/p?a=1&b=2'],
    ['does not look at the path', '/utm_a=1&gclid/utm_b', tracking, '/utm_a=1&gclid/utm_b'],
    ['keeps the order', '/p?b=1&a=2&b=0', tracking, '/p?b=1&a=2&b=0'],
    ['matches whole names', '/p?gclid2=1&xutm_=2&utm=3', tracking, '/p?gclid2=1&xutm_=2&utm=3'],
    ['matches the empty rest of a pattern', '/p?utm_=1&utm_', tracking, '/p'],
    ['minds the case', '/p?UTM_x=1', tracking, '/p?UTM_x=1'],
    ['decodes names', '/p?%75tm%5Fsource=1&g%63lid=2', tracking, '/p'],
    ['decodes a plus', '/p?my+id=1&my%20id=2&my%2Bid=3', { ignore: ['my id'] }, '/p?my%2Bid=3'],
    ['does not touch escapes', '/p?a=%c3%A9%20+&%61=1', tracking, '/p?a=%c3%A9%20+&%61=1'],
    ['keeps malformed escapes', '/p?%=1&a=%zz&%c3=2&%e2%82=3', tracking, '/p?%=1&a=%zz&%c3=2&%e2%82=3'],
    ['tells an empty value from none', '/p?a&b=', tracking, '/p?a&b='],
    ['takes the value up to the end', '/p?a=1=2?utm_x=3', tracking, '/p?a=1=2?utm_x=3'],
    ['takes a second question mark for a part of the value', '/p?a=?&utm_x=?', tracking, '/p?a=?'],
    ['has only what matters', '/p?page=2&made-up=1&q=x&also', paged, '/p?page=2&q=x'],
    ['has none when none matters', '/p?a=1', { only: [] }, '/p'],
    [
      'has of what matters what is not ignored',
      '/p?a1=1&a2=2&b=3',
      { only: ['a*'], ignore: ['a2'] },
      '/p?a1=1',
    ],
    ['is sorted by name', '/p?c=1&a=2&b=3', { sort: true }, '/p?a=2&b=3&c=1'],
    ['keeps the order within a name', '/p?b=2&a=z&b=1&a=y&%61=x', { sort: true }, '/p?a=z&a=y&%61=x&b=2&b=1'],
    [
      'keeps the order within what parsers put together',
      '/p?b=1&a[]=2&a=1&a.x=0',
      { sort: true },
      '/p?a[]=2&a=1&a.x=0&b=1',
    ],
    ['keeps the order where a bracket comes first', '/p?b=1&[b]=2&a=3', { sort: true }, '/p?b=1&[b]=2&a=3'],
    [
      'keeps the order where a semicolon may begin a parameter',
      '/p?b=1;a=2&a=1',
      { sort: true },
      '/p?b=1;a=2&a=1',
    ],
    ['is the one that came if there is no rule', '/p?&b=1&a', {}, '/p?&b=1&a'],
    ['also with an empty one', '/p?&b=1&a', { ignore: [], sort: false }, '/p?&b=1&a'],
  ])('%s: %s', (_name, url, rule, expected) => {
    expect(normalizedQuery(url, rule)).toBe(expected);
  });

  it.each<[string, string, QueryRule, string]>([
    ['behind a semicolon', '/p?utm_x=1;page=2&gclid=3', tracking, '/p?utm_x=1;page=2'],
    ['behind a semicolon in a name', '/p?made-up;page=2', paged, '/p?made-up;page=2'],
    ['behind a question mark, which some pass over', '/p?utm_x=1&?page=2', tracking, '/p?utm_x=1&?page=2'],
    ['behind an encoded ampersand, which is none', '/p?a=1&utm_a=2%26b=3', tracking, '/p?a=1'],
    ['behind an encoded equals sign, which is none', '/p?utm_a%3D1=2', tracking, '/p'],
    ['behind a #, where some end the query', '/p?utm_x=1#&page=2', tracking, '/p?utm_x=1#&page=2'],
    [
      'behind a semicolon in the path, where some begin it',
      '/p;page=2?utm_x=1',
      tracking,
      '/p;page=2?utm_x=1',
    ],
    [
      'in brackets',
      '/p?page[]=2&page%5Ba%5D=3&[page]=4&x[page]=5&x[y]=6',
      paged,
      '/p?page[]=2&page%5Ba%5D=3&[page]=4&x[page]=5',
    ],
    ['in points', '/p?page.a=2&x.y=3', paged, '/p?page.a=2'],
    ['under malformed escapes', '/p?page%5B%zz]=2&%70age[%]=3&x%zz=4', paged, '/p?page%5B%zz]=2&%70age[%]=3'],
    ['that ends like what is ignored', '/p?page[x]_id=2&x_id=3', { ignore: ['*_id'] }, '/p?page[x]_id=2'],
    ['whose malformed name some do not decode', '/p?utm%5Fx%zz=1&utm_x%zz=2', tracking, '/p?utm%5Fx%zz=1'],
    ['that begins like it', '/p?_id.[_id=2', { ignore: ['*_id'] }, '/p?_id.[_id=2'],
  ])('hides no parameter %s: %s', (_name, url, rule, expected) => {
    expect(normalizedQuery(url, rule)).toBe(expected);
  });

  it('is the one that came where parsers may stop reading', () => {
    const full = `/p?${'utm_x=1&'.repeat(499)}page=2`;
    expect(normalizedQuery(full, tracking)).toBe('/p?page=2');
    const over = `/p?${'utm_x=1&'.repeat(500)}page=2`;
    expect(normalizedQuery(over, tracking)).toBe(over);
  });

  it.each<[string, string, boolean]>([
    ['*', '', true],
    ['*', 'anything', true],
    ['a*', 'a', true],
    ['a*b', 'ab', true],
    ['a*b', 'a', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a**b', 'axb', true],
    ['*a*b*', 'xaybz', true],
    ['*a*b*', 'xbyaz', false],
    ['a*bc*c', 'abc', false],
    ['a*bc*c', 'abcc', true],
    ['a.c', 'abc', false],
    ['(a', '(a', true],
    ['a*', 'A', false],
  ])('ignores by the pattern %j the name %j: %j', (pattern, name, isIgnored) => {
    const url = `/p?${name}=1`;
    expect(normalizedQuery(url, { ignore: [pattern] })).toBe(isIgnored ? '/p' : url);
  });
});

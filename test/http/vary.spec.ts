import { describe, expect, it } from '@jest/globals';
import { parseVary, selectingValues } from '../../lib/http/vary.js';

describe('Vary', () => {
  it.each<[string | undefined, readonly string[] | '*']>([
    [undefined, []],
    ['', []],
    [' , ,', []],
    ['Accept-Language', ['accept-language']],
    ['Cookie, Accept', ['accept', 'cookie']],
    [' Cookie ,\tAccept ', ['accept', 'cookie']],
    ['accept,ACCEPT, Accept', ['accept']],
    ['*', '*'],
    [' * ', '*'],
    ['Accept, *', '*'],
    ['*, Accept', '*'],
    [',*,', '*'],
    ['A*', ['a*']],
    ['Accept Cookie', '*'],
    ['Accept, Cookie;q=1', '*'],
    ['"Accept"', '*'],
    ['Accept, \u0001', '*'],
  ])('%j is read as %j', (field, names) => {
    expect(parseVary(field)).toEqual(names);
  });

  it('is the same list in whatever order and case it was said', () => {
    expect(parseVary('b, A')).toEqual(parseVary('a,B'));
  });
});

describe('The values that select a variant', () => {
  it('follow the order of the names', () => {
    expect(selectingValues(['accept', 'cookie'], { cookie: 'c', accept: 'a' })).toEqual(['a', 'c']);
  });

  it('tell an absent header from an empty one', () => {
    expect(selectingValues(['accept'], {})).toEqual([null]);
    expect(selectingValues(['accept'], { accept: '' })).toEqual(['']);
  });

  it('do not run into each other', () => {
    const names = ['a', 'b'];
    expect(selectingValues(names, { a: 'x,', b: 'y' })).not.toEqual(
      selectingValues(names, { a: 'x', b: ',y' }),
    );
  });

  it('join the lines of a header that came in several', () => {
    expect(selectingValues(['x'], { x: ['1', '2'] })).toEqual(['1, 2']);
  });

  it.each(['constructor', '__proto__', 'tostring', 'hasownproperty'])(
    'are absent for %s, which no request has',
    (name) => {
      expect(selectingValues([name], {})).toEqual([null]);
    },
  );
});

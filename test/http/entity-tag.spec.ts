import { describe, expect, it } from '@jest/globals';
import { matchesIfNoneMatch } from '../../lib/http/entity-tag.js';

describe('If-None-Match', () => {
  it.each([
    ['"a"', '"a"'],
    ['W/"a"', '"a"'],
    ['"a"', 'W/"a"'],
    ['W/"a"', 'W/"a"'],
    ['"x", "a"', '"a"'],
    ['"x","a","y"', '"a"'],
    ['"x" , W/"a"', '"a"'],
    [', ,"a",', '"a"'],
    ['"a,b"', '"a,b"'],
    ['"x", "a,b"', '"a,b"'],
    ['""', '""'],
    ['"\u00e9"', '"\u00e9"'],
    ['junk, "a"', '"a"'],
    ['"open, "a"', '"a"'],
    ['*', '"a"'],
    [' * ', '"a"'],
    ['*', undefined],
  ])('%j names a response with the entity tag %j', (field, entityTag) => {
    expect(matchesIfNoneMatch(field, entityTag)).toBe(true);
  });

  it.each([
    [undefined, '"a"'],
    ['', '"a"'],
    ['"a"', undefined],
    ['"b"', '"a"'],
    ['"A"', '"a"'],
    ['"ab"', '"a"'],
    ['"x,"', '"x"'],
    ['a', '"a"'],
    ['a', 'a'],
    ['w/"a"', '"a"'],
    ['W /"a"', 'W/"b"'],
    ['"a', '"a"'],
    ['"a"b', '"a"'],
    ['x"a"', '"a"'],
    ['"b, a"', '"a"'],
    ['"*"', '"a"'],
    ['*, "b"', '"a"'],
  ])('%j does not name a response with the entity tag %j', (field, entityTag) => {
    expect(matchesIfNoneMatch(field, entityTag)).toBe(false);
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  isEntityTag,
  isStrongMatch,
  isWeakMatch,
  matchesIfNoneMatch,
  setEtag,
  strongEntityTag,
  toEntityTag,
} from '../../lib/http/entity-tag.js';
import { ScriptedResponse } from './scripted-response.js';

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
    ['"open, "a"', '"a"'],
    ['"x" "a"', '"a"'],
    ['"x,"a",y"', '"a"'],
    ['\u00a0"a"', '"a"'],
    ['*, "b"', '"a"'],
  ])('%j does not name a response with the entity tag %j', (field, entityTag) => {
    expect(matchesIfNoneMatch(field, entityTag)).toBe(false);
  });
});

describe('Two entity tags', () => {
  // The table of RFC 9110, section 8.8.3.2.
  it.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
  ])('%s and %s: strong comparison %j, weak comparison %j', (one, other, strong, weak) => {
    expect([isStrongMatch(one, other), isWeakMatch(one, other)]).toEqual([strong, weak]);
  });
});

describe('Text that is no entity tag', () => {
  it.each(['"a" "b"', 'a', '"a', '"a b"', '"a", "b"'])('does not stand for the very bytes: %s', (text) => {
    expect(isStrongMatch(text, text)).toBe(false);
  });
});

describe('The entity tag of a body', () => {
  it('is strong, and the same for the same bytes', () => {
    const tag = strongEntityTag(Buffer.from('body'));
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    expect(strongEntityTag('body')).toBe(tag);
    expect(strongEntityTag(new Uint8Array([98, 111, 100, 121]))).toBe(tag);
    expect(isEntityTag(tag)).toBe(true);
  });

  it('is another for other bytes', () => {
    const bodies = [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(2), Buffer.from([1])];
    expect(new Set(bodies.map(strongEntityTag)).size).toBe(bodies.length);
  });
});

describe('An entity tag of the application', () => {
  it.each([
    ['v1', '"v1"'],
    ['"v1"', '"v1"'],
    ['W/"v1"', 'W/"v1"'],
    ['W/v1', '"W/v1"'],
    ['', '""'],
    ['a,b', '"a,b"'],
    ['\u00e9', '"\u00e9"'],
  ])('%j is written as %s', (text, written) => {
    const response = new ScriptedResponse({ ETag: '"old"' });
    setEtag(response, text);
    expect(response.headers).toEqual({ ETag: written });
    expect(toEntityTag(text)).toBe(written);
  });

  it.each(['a b', 'a"b', '"a', 'a\r\nSet-Cookie: x=1', 'a\0', '\u20ac', 'W/"a" ', '"a", "b"'])(
    '%j is refused',
    (text) => {
      const response = new ScriptedResponse();
      expect(() => setEtag(response, text)).toThrow(/^The entity tag given to setEtag is made of printable/);
      expect(response.headers).toEqual({});
    },
  );
});

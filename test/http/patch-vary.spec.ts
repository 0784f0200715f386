import { describe, expect, it } from '@jest/globals';
import { hasVary, patchVary } from '../../lib/http/patch-vary.js';
import { ScriptedResponse } from './scripted-response.js';

describe('patchVary', () => {
  it.each<[string | string[] | undefined, string[], string]>([
    [undefined, ['Cookie'], 'Cookie'],
    ['', ['Cookie'], 'Cookie'],
    ['Accept', ['Cookie'], 'Accept, Cookie'],
    ['Accept-Encoding', ['Accept'], 'Accept-Encoding, Accept'],
    ['accept', ['ACCEPT'], 'accept'],
    [' b ,\ta,, ', ['C'], 'b, a, C'],
    ['b, a, B', ['A'], 'b, a'],
    [undefined, ['A', 'a', 'B'], 'A, B'],
    [['Accept', 'Origin'], ['Cookie'], 'Accept, Origin, Cookie'],
    ['*', ['Cookie'], '*'],
    ['Accept, *', ['Cookie'], '*'],
    ['Accept', ['Cookie', '*'], '*'],
  ])('makes of %j with %j: %j', (present, names, expected) => {
    const response = new ScriptedResponse(present === undefined ? {} : { Vary: present });
    patchVary(response, ...names);
    expect(response.getHeader('vary')).toBe(expected);
  });

  it('changes nothing without names', () => {
    const bare = new ScriptedResponse();
    patchVary(bare);
    expect(bare.headers).toEqual({});
    const varied = new ScriptedResponse({ Vary: 'b ,a' });
    patchVary(varied);
    expect(varied.headers).toEqual({ Vary: 'b ,a' });
  });

  it.each(['', 'Accept, Cookie', 'a\r\nSet-Cookie: sid=1', 'Acc\u00e9pt'])(
    'refuses %j and leaves the response as it was',
    (name) => {
      const response = new ScriptedResponse({ Vary: 'Accept' });
      expect(() => patchVary(response, 'Cookie', name)).toThrow(
        expect.objectContaining({ code: 'CACHE_INVALID_ARGUMENT' }),
      );
      expect(response.headers).toEqual({ Vary: 'Accept' });
    },
  );
});

describe('hasVary', () => {
  it.each<[string | string[] | undefined, string, boolean]>([
    [undefined, 'Cookie', false],
    ['', 'Cookie', false],
    ['Cookie', 'Cookie', true],
    ['accept , COOKIE', ' cookie ', true],
    ['Accept-Language', 'Accept', false],
    [['Accept', 'Cookie'], 'Cookie', true],
    ['*', 'Cookie', true],
    ['Accept', '*', false],
    ['Accept, *', '*', true],
  ])('of %j tells whether it varies on %j: %j', (field, name, expected) => {
    const response = new ScriptedResponse(field === undefined ? {} : { Vary: field });
    expect(hasVary(response, name)).toBe(expected);
  });
});

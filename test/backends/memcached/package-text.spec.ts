import { describe, expect, it } from '@jest/globals';
import { payloadOf, textOf } from '../../../lib/backends/memcached/package-text.js';

describe('A payload as the package "memcached" gets it', () => {
  it.each(['0', '-17', '9007199254740991'])('is the number %s itself', (digits) => {
    expect(textOf(Buffer.from(digits))).toBe(digits);
  });

  it('has no line end by itself, and is else a character for a byte', () => {
    expect(textOf(Buffer.from('a\r\n\\\xff', 'latin1'))).toBe('~a\\\r\\\n\\\xff');
  });

  it.each(['', '1e3', ' 7', '~', 'END'])(
    'is not taken for a number or a word of the protocol: %j',
    (text) => {
      expect(textOf(Buffer.from(text))).toBe(`~${text}`);
      expect(payloadOf(`~${text}`)).toEqual(Buffer.from(text));
    },
  );
});

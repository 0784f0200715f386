import { describe, expect, it } from '@jest/globals';
import {
  changedFields,
  fieldText,
  type HeaderLine,
  removedFields,
  storedFields,
} from '../../lib/http/header-fields.js';

describe('The text of a header', () => {
  it.each<[unknown, string | undefined]>([
    [undefined, undefined],
    ['', ''],
    ['a', 'a'],
    [5, '5'],
    [['a', 'b'], 'a, b'],
    [[], ''],
    [true, 'true'],
    [null, 'null'],
  ])('of %j is %j', (value, text) => {
    expect(fieldText(value as string)).toBe(text);
  });
});

describe('The stored fields of a response', () => {
  const names = (lines: readonly HeaderLine[], connection?: string): string[] =>
    storedFields(lines, connection).map(([name]) => name);

  it('leave out those of the connection and those that are written anew, in any case', () => {
    const lines: HeaderLine[] = [
      'Connection',
      'KEEP-ALIVE',
      'Proxy-Connection',
      'Proxy-Authenticate',
      'Proxy-Authentication-Info',
      'Proxy-Authorization',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'upgrade',
      'Age',
      'Cache-Status',
      'Content-Length',
      'Date',
    ].map((name) => [name, 'x']);
    expect(names(lines)).toEqual([]);
  });

  it('leave out those that Connection names', () => {
    const lines: HeaderLine[] = [
      ['X-A', '1'],
      ['x-b', '2'],
      ['X-C', '3'],
    ];
    expect(names(lines, 'close, X-B ,, x-a')).toEqual(['X-C']);
  });

  it('keep the others as they are, spelling, order and lines', () => {
    const lines: HeaderLine[] = [
      ['ETag', '"a"'],
      ['X-List', ['1', '2']],
      ['content-type', 'text/html'],
    ];
    expect(storedFields(lines, undefined)).toEqual(lines);
  });
});

describe('What a page says beyond what was said before', () => {
  it('is what is new or different', () => {
    const before = { 'x-request-id': '1', vary: 'Origin', 'x-list': ['a', 'b'], 'x-count': 5 };
    const lines: HeaderLine[] = [
      ['X-Request-Id', '1'],
      ['Vary', 'Origin, Accept'],
      ['X-List', ['a', 'b']],
      ['X-Count', '5'],
      ['X-New', 'n'],
    ];
    expect(changedFields(lines, before)).toEqual([
      ['Vary', 'Origin, Accept'],
      ['X-New', 'n'],
    ]);
  });

  it('includes what it took away', () => {
    expect(removedFields({ a: '1' }, { a: '0', b: '2', c: undefined })).toEqual(['b']);
  });
});

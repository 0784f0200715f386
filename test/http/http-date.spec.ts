import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatHttpDate, parseHttpDate } from '../../lib/http/http-date.js';

const NOW = Date.UTC(2026, 5, 15, 12);
const parsed = (text: string, now = NOW): string | undefined => {
  const moment = parseHttpDate(text, now);
  return moment === undefined ? undefined : new Date(moment).toISOString();
};

describe('The date in a header', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    ' Sun, 06 Nov 1994 08:49:37 GMT\t',
    'SUN, 06 NOV 1994 08:49:37 gmt',
  ])('is read as %j', (text) => {
    expect(parsed(text)).toBe('1994-11-06T08:49:37.000Z');
  });

  it.each([
    ['Thu, 29 Feb 2024 00:00:00 GMT', '2024-02-29T00:00:00.000Z'],
    ['Sat, 31 Dec 2016 23:59:60 GMT', '2017-01-01T00:00:00.000Z'],
    ['Tue Nov 16 08:49:37 1999', '1999-11-16T08:49:37.000Z'],
    ['Fri, 01 Jan 0094 00:00:00 GMT', '0094-01-01T00:00:00.000Z'],
  ])('may be %j', (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  it.each([
    ['Monday, 15-Jun-26 12:00:00 GMT', 2026],
    ['Monday, 15-Jun-70 12:00:00 GMT', 2070],
    ['Monday, 15-Jun-76 12:00:00 GMT', 2076],
    ['Monday, 15-Jun-76 12:00:01 GMT', 1976],
    ['Monday, 15-Jun-77 12:00:00 GMT', 1977],
    ['Monday, 15-Jun-99 12:00:00 GMT', 1999],
    ['Monday, 15-Jun-00 12:00:00 GMT', 2000],
  ])('with two digits for the year is never more than 50 years ahead: %j is in %d', (text, year) => {
    expect(new Date(parseHttpDate(text, NOW)!).getUTCFullYear()).toBe(year);
  });

  it('with two digits for the year is the nearest one at the end of a century', () => {
    const year = (digits: string): string =>
      parsed(`Monday, 15-Jun-${digits} 12:00:00 GMT`, Date.UTC(2090, 0, 1))!.slice(0, 4);
    expect([year('05'), year('39'), year('41'), year('89')]).toEqual(['2105', '2139', '2041', '2089']);
  });

  it.each([
    '',
    '0',
    '-1',
    'soon',
    '1994-11-06T08:49:37Z',
    '06 Nov 1994 08:49:37 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Xyz, 06 Nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Wed, 29 Feb 2023 00:00:00 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT; length=5',
  ])('is not %j', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });

  it('is absent where the header is', () => {
    expect(parseHttpDate(undefined)).toBeUndefined();
  });

  it('is read as it was written, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (moment) => {
        expect(parseHttpDate(formatHttpDate(moment))).toBe(Math.floor(moment / 1000) * 1000);
      }),
    );
  });
});

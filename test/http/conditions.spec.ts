import { describe, expect, it } from '@jest/globals';
import {
  type ConditionOutcome,
  evaluateConditions,
  matchesIfRange,
  type Validators,
} from '../../lib/http/conditions.js';
import type { HeaderFields } from '../../lib/http/header-fields.js';

const EARLIER = 'Thu, 01 Jan 2026 00:00:00 GMT';
const CHANGE = 'Fri, 02 Jan 2026 00:00:00 GMT';
const LATER = 'Sat, 03 Jan 2026 00:00:00 GMT';

const page: Validators = { entityTag: '"a"', lastModified: CHANGE };
const outcome = (
  headers: HeaderFields,
  resource: Validators | undefined = page,
  method = 'GET',
): ConditionOutcome => evaluateConditions({ method, headers }, resource);

describe('A condition on the entity tag', () => {
  it.each<[string, string | undefined, ConditionOutcome, ConditionOutcome]>([
    ['"a"', '"a"', 'not-modified', 'precondition-failed'],
    ['"x", W/"a"', '"a"', 'not-modified', 'precondition-failed'],
    ['"a"', 'W/"a"', 'not-modified', 'precondition-failed'],
    ['*', '"a"', 'not-modified', 'precondition-failed'],
    ['*', undefined, 'not-modified', 'precondition-failed'],
    ['"b"', '"a"', 'proceed', 'proceed'],
    ['"a"', undefined, 'proceed', 'proceed'],
    ['', '"a"', 'proceed', 'proceed'],
  ])('If-None-Match: %s on %j is %s for reading and %s for writing', (field, entityTag, reading, writing) => {
    const headers = { 'if-none-match': field };
    expect(['GET', 'HEAD', 'PUT', 'DELETE'].map((method) => outcome(headers, { entityTag }, method))).toEqual(
      [reading, reading, writing, writing],
    );
  });

  it.each<[string, string | undefined, ConditionOutcome]>([
    ['"a"', '"a"', 'proceed'],
    ['"x", "a"', '"a"', 'proceed'],
    ['*', '"a"', 'proceed'],
    ['*', 'W/"a"', 'proceed'],
    ['*', undefined, 'proceed'],
    ['W/"a"', '"a"', 'precondition-failed'],
    ['"a"', 'W/"a"', 'precondition-failed'],
    ['W/"a"', 'W/"a"', 'precondition-failed'],
    ['"b"', '"a"', 'precondition-failed'],
    ['"a"', undefined, 'precondition-failed'],
    ['a', 'a', 'precondition-failed'],
    ['', '"a"', 'precondition-failed'],
  ])('If-Match: %s on %j is %s, whatever the method', (field, entityTag, expected) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'])
      expect(outcome({ 'if-match': field }, { entityTag }, method)).toBe(expected);
  });
});

describe('A condition on the date', () => {
  it.each<[string, ConditionOutcome]>([
    [EARLIER, 'proceed'],
    [CHANGE, 'not-modified'],
    [LATER, 'not-modified'],
    ['Friday, 02-Jan-26 00:00:00 GMT', 'not-modified'],
    ['Fri Jan  2 00:00:00 2026', 'not-modified'],
    ['soon', 'proceed'],
    [`${LATER}, ${LATER}`, 'proceed'],
  ])('If-Modified-Since: %s is %s', (since, expected) => {
    expect(outcome({ 'if-modified-since': since })).toBe(expected);
    expect(outcome({ 'if-modified-since': since }, page, 'HEAD')).toBe(expected);
    expect(outcome({ 'if-modified-since': since }, page, 'PUT')).toBe('proceed');
  });

  it.each<[string, ConditionOutcome]>([
    [EARLIER, 'precondition-failed'],
    [CHANGE, 'proceed'],
    [LATER, 'proceed'],
    ['soon', 'proceed'],
  ])('If-Unmodified-Since: %s is %s, whatever the method', (since, expected) => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect(outcome({ 'if-unmodified-since': since }, page, method)).toBe(expected);
  });

  it.each([undefined, 'soon'])('is none on a resource whose last change is %j', (lastModified) => {
    for (const name of ['if-modified-since', 'if-unmodified-since'])
      expect(outcome({ [name]: EARLIER }, { lastModified })).toBe('proceed');
  });

  it('compares whole seconds', () => {
    const lastModified = Date.parse(CHANGE) + 999;
    expect(outcome({ 'if-modified-since': CHANGE }, { lastModified })).toBe('not-modified');
    expect(outcome({ 'if-unmodified-since': CHANGE }, { lastModified })).toBe('proceed');
  });
});

describe('Several conditions', () => {
  it.each<[string, HeaderFields, ConditionOutcome]>([
    [
      'If-Match counts, and not If-Unmodified-Since',
      { 'if-match': '"a"', 'if-unmodified-since': EARLIER },
      'proceed',
    ],
    [
      'If-Match comes before If-None-Match',
      { 'if-match': '"b"', 'if-none-match': '"a"' },
      'precondition-failed',
    ],
    ['If-None-Match is asked after If-Match', { 'if-match': '"a"', 'if-none-match': '"a"' }, 'not-modified'],
    [
      'If-None-Match is asked after If-Unmodified-Since',
      { 'if-unmodified-since': LATER, 'if-none-match': '"a"' },
      'not-modified',
    ],
    [
      'If-None-Match counts, and not If-Modified-Since',
      { 'if-none-match': '"b"', 'if-modified-since': LATER },
      'proceed',
    ],
    ['also one that names nothing', { 'if-none-match': '', 'if-modified-since': LATER }, 'proceed'],
    ['or that agrees', { 'if-none-match': '"a"', 'if-modified-since': EARLIER }, 'not-modified'],
    [
      'If-Modified-Since is asked after If-Match',
      { 'if-match': '*', 'if-modified-since': LATER },
      'not-modified',
    ],
    ['none is none', {}, 'proceed'],
  ])('are asked in the order of RFC 9110: %s', (_name, headers, expected) => {
    expect(outcome(headers)).toBe(expected);
  });

  it.each(['OPTIONS', 'TRACE', 'CONNECT'])('do not matter to %s', (method) => {
    expect(outcome({ 'if-match': '"b"', 'if-none-match': '*' }, page, method)).toBe('proceed');
  });
});

describe('Where there is nothing', () => {
  it.each<[HeaderFields, ConditionOutcome]>([
    [{ 'if-match': '*' }, 'precondition-failed'],
    [{ 'if-match': '"a"' }, 'precondition-failed'],
    [{ 'if-none-match': '*' }, 'proceed'],
    [{ 'if-none-match': '"a"' }, 'proceed'],
    [{ 'if-modified-since': LATER, 'if-unmodified-since': EARLIER }, 'proceed'],
  ])('%j is %s', (headers, expected) => {
    expect(evaluateConditions({ method: 'PUT', headers }, undefined)).toBe(expected);
  });
});

describe('If-Range', () => {
  const younger = Date.parse(CHANGE) + 1000;

  it.each<[string | undefined, Validators, number | undefined, boolean]>([
    [undefined, {}, undefined, true],
    ['"a"', page, undefined, true],
    [' "a" ', page, undefined, true],
    ['W/"a"', { entityTag: 'W/"a"' }, undefined, false],
    ['W/"a"', page, undefined, false],
    ['"a"', { entityTag: 'W/"a"' }, undefined, false],
    ['"b"', page, undefined, false],
    ['"a", "b"', page, undefined, false],
    ['"a"', {}, undefined, false],
    [CHANGE, page, younger, true],
    [CHANGE, page, younger - 1, false],
    [CHANGE, page, undefined, false],
    [LATER, page, younger, false],
    [EARLIER, page, younger, false],
    [CHANGE, { entityTag: '"a"' }, younger, false],
    ['soon', page, younger, false],
    ['', page, younger, false],
    ['*', page, younger, false],
  ])('%j on %j, answered at %j, allows a part: %j', (field, resource, date, expected) => {
    expect(matchesIfRange(field, resource, date)).toBe(expected);
  });
});

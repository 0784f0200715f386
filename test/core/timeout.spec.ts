import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidTimeoutError } from '../../lib/index.js';
import { expiryOf, parseTimeout } from '../../lib/core/timeout.js';

const clock = { now: () => 1000 };

describe('a timeout', () => {
  it('is the default when undefined, never when null, and counts from now', () => {
    expect(expiryOf(undefined, 5000, clock)).toBe(6000);
    expect(expiryOf(undefined, null, clock)).toBeNull();
    expect(expiryOf(null, 5000, clock)).toBeNull();
    expect(expiryOf(2, 5000, clock)).toBe(3000);
  });

  it('ends at a whole millisecond, and not before it was asked to', () => {
    expect(expiryOf(0.0001, null, clock)).toBe(1001);
    expect(expiryOf(0.5, null, clock)).toBe(1500);
    expect(expiryOf(-0.0001, null, clock)).toBe(1000);
  });

  it('says what it takes when it is malformed', () => {
    expect(() => parseTimeout('5 min')).toThrow(
      "timeout must be a number of seconds, text with a unit such as '500ms', '90s', '15m', '2h' or '7d', " +
        "or null for an entry that never expires; got '5 min'.",
    );
  });

  it('is refused beyond the end of time, with null for what was probably meant', () => {
    expect(() => expiryOf(Number.MAX_SAFE_INTEGER, null, clock)).toThrow(
      'For an entry that never expires give null.',
    );
  });

  it('reads every number of every unit', () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
    fc.assert(
      fc.property(fc.nat(), unit, (amount, name) => {
        expect(parseTimeout(`${amount}${name}`)).toBe(amount * units[name]);
      }),
    );
  });

  it('throws nothing but its own error for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseTimeout(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidTimeoutError);
        }
      }),
    );
  });
});

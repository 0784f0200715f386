import { describe, expect, it, jest } from '@jest/globals';
import { exptimeIn, exptimeOf } from '../../../lib/backends/memcached/exptime.js';
import { FakeClock } from '../../support/fake-clock.js';

const DAY = 86_400;

describe('The lifetime that memcached is told', () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const inSeconds = (seconds: number): number => exptimeOf(clock.now() + seconds * 1000, clock);

  it.each([
    [0.001, 1],
    [1, 1],
    [1.2, 2],
    [60, 60],
    [30 * DAY, 30 * DAY],
  ])('is, for %d seconds, %d: seconds rounded up', (seconds, exptime) => {
    expect(inSeconds(seconds)).toBe(exptime);
  });

  it('is zero for no end, and only then', () => {
    expect(exptimeOf(null, clock)).toBe(0);
    expect(exptimeIn(null)).toBe(0);
    expect(exptimeIn(0)).toBe(1);
  });

  it('is a date of the real clock above 30 days', () => {
    const realNow = jest.spyOn(Date, 'now').mockReturnValue(Date.UTC(2027, 5, 1));
    try {
      expect(inSeconds(30 * DAY + 1)).toBe(Date.UTC(2027, 5, 1) / 1000 + 30 * DAY + 1);
      expect(exptimeIn(31 * DAY)).toBe(Date.UTC(2027, 5, 1) / 1000 + 31 * DAY);
    } finally {
      realNow.mockRestore();
    }
  });

  it('is no end for a date that the server has no number for', () => {
    expect(inSeconds(50 * 365 * DAY)).toBe(0);
  });

  it('is a date in the past for an entry that is over', () => {
    expect(inSeconds(0)).toBe(30 * DAY + 1);
    expect(inSeconds(-5)).toBe(30 * DAY + 1);
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../lib/index.js';

const hasPassed = (moment: number): boolean => systemClock.hasPassed!(moment);

describe('the clock of the system', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('tells moments that have come from those that have not', () => {
    const now = Date.now();
    for (let asked = 0; asked < 200; asked++) {
      expect(hasPassed(now - 1)).toBe(true);
      expect(hasPassed(now + 60_000)).toBe(false);
    }
    expect(hasPassed(now)).toBe(true);
  });

  it('is exact about moments that are near', () => {
    const soon = Date.now() + 5;
    hasPassed(soon + 60_000);
    while (Date.now() < soon);
    expect(hasPassed(soon)).toBe(true);
  });

  it('notices at once when fake timers set the time forward', () => {
    const moment = Date.now() + 3_600_000;
    expect(hasPassed(moment)).toBe(false);
    jest.useFakeTimers();
    jest.setSystemTime(moment);
    expect(hasPassed(moment)).toBe(true);
    jest.setSystemTime(moment - 1);
    expect(hasPassed(moment)).toBe(false);
  });

  it('notices at once when a spy sets the time forward', () => {
    const moment = Date.now() + 3_600_000;
    expect(hasPassed(moment)).toBe(false);
    jest.spyOn(Date, 'now').mockReturnValue(moment);
    expect(hasPassed(moment)).toBe(true);
  });
});

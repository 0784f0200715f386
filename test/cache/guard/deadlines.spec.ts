import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadlines } from '../../../lib/cache/guard/deadlines.js';

describe('deadlines', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const late = new Error('late');
  const make = (limitMs = 100): Deadlines => new Deadlines(limitMs, () => late);

  it('end each waiting when its time has come, in order, and not before', () => {
    const deadlines = make();
    const told: string[] = [];
    deadlines.add(() => told.push('first'));
    jest.advanceTimersByTime(50);
    deadlines.add(() => told.push('second'));
    jest.advanceTimersByTime(49);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual(['first']);
    jest.advanceTimersByTime(50);
    expect(told).toEqual(['first', 'second']);
    expect(deadlines.size).toBe(0);
  });

  it('say nothing of a waiting that has ended, and tell who ends it whether it was in time', () => {
    const deadlines = make();
    const told: string[] = [];
    const inTime = deadlines.add(() => told.push('in time'));
    const tooLate = deadlines.add(() => told.push('too late'));
    expect(inTime.end()).toBe(true);
    expect(inTime.end()).toBe(false);
    jest.advanceTimersByTime(100);
    expect(told).toEqual(['too late']);
    expect(tooLate.end()).toBe(false);
  });

  it('leave no timer behind when nobody waits', () => {
    const deadlines = make();
    for (let count = 0; count < 1000; count++) deadlines.add(() => {}).end();
    // One for the deadline, and one for the end of this turn.
    expect(jest.getTimerCount()).toBe(2);
    jest.advanceTimersByTime(100);
    expect(jest.getTimerCount()).toBe(0);
    deadlines.add(() => {});
    expect(jest.getTimerCount()).toBe(2);
    jest.advanceTimersByTime(100);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('do not count the time in which the event loop was blocked', () => {
    let time = 0;
    const deadlines = new Deadlines(
      100,
      () => late,
      () => time,
    );
    let hasExpired = false;
    deadlines.add(() => {
      hasExpired = true;
    });
    // The timer was due after 25 ms, and the loop came to it after 600.
    time = 600;
    jest.advanceTimersByTime(25);
    expect(hasExpired).toBe(false);
    const letPass = (until: number): void => {
      for (; time < until; time++) jest.advanceTimersByTime(1);
    };
    letPass(695);
    expect(hasExpired).toBe(false);
    letPass(710);
    expect(hasExpired).toBe(true);
  });

  it('do not count that time before the timer comes to tell of it, as answers are heard first', () => {
    let time = 0;
    const deadlines = new Deadlines(
      100,
      () => late,
      () => time,
    );
    const { since } = deadlines.add(() => {});
    time = 20;
    expect(deadlines.now() - since).toBe(20);
    // The timer was due after 25 ms.
    time = 600;
    expect(deadlines.now() - since).toBe(25);
    jest.advanceTimersByTime(25);
    expect(deadlines.now() - since).toBe(25);
    time = 610;
    expect(deadlines.now() - since).toBe(35);
  });

  it('can all be ended at once', () => {
    const deadlines = make();
    const told: unknown[] = [];
    for (let count = 0; count < 3; count++) deadlines.add((error) => told.push(error));
    deadlines.expireAll(late);
    expect(told).toEqual([late, late, late]);
    expect(deadlines.size).toBe(0);
  });
});

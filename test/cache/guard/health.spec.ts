import { describe, expect, it } from '@jest/globals';
import { Health } from '../../../lib/cache/guard/health.js';

describe('the health of a server', () => {
  const note = (health: Health, outcomes: string): boolean[] =>
    Array.from(outcomes, (outcome) => health.note(outcome === '+'));

  it('is good while less than half of the last operations went wrong', () => {
    expect(note(new Health(), '+-+-+'.repeat(20)).every(Boolean)).toBe(true);
  });

  it('is bad when half of them did, but not before there were enough to judge', () => {
    expect(note(new Health(), '---------')).not.toContain(false);
    expect(note(new Health(), '----------').at(-1)).toBe(false);
    expect(note(new Health(), '+-+-+-+-+-').at(-1)).toBe(false);
  });

  it('looks at the last operations alone', () => {
    const health = new Health();
    note(health, '+'.repeat(1000));
    expect(note(health, '-'.repeat(9))).not.toContain(false);
    expect(health.note(false)).toBe(false);
    expect(note(health, '+'.repeat(20)).at(-1)).toBe(true);
  });

  it('can be forgotten', () => {
    const health = new Health();
    note(health, '-'.repeat(20));
    health.forget();
    expect(note(health, '---------')).not.toContain(false);
  });
});

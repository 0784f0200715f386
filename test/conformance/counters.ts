import { expect, it } from '@jest/globals';
import { CacheKeyNotFoundError, InvalidCacheArgumentError, NotANumberError } from '../../lib/index.js';
import type { Subject } from './describe-cache-backend.js';
import { expectSeconds } from './lifetimes.js';

export function counterCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  it('counts up and down, by any whole number', async () => {
    await cache().set('n', 5);
    expect(await cache().incr('n')).toBe(6);
    expect(await cache().incr('n', 994)).toBe(1000);
    expect(await cache().get('n')).toBe(1000);
    expect(await cache().decr('n', 991)).toBe(9);
    expect(await cache().get('n')).toBe(9);
    expect(await cache().incr('n', -7)).toBe(2);
    expect(await cache().decr('n', -8)).toBe(10);
    expect(await cache().decr('n', 10)).toBe(0);
    expect(await cache().incr('n', 0)).toBe(0);
    expect(await cache().get('n')).toBe(0);
    expect((await cache().getMany(['n'])).get('n')).toBe(0);
  });

  if (subject.harness.countsBelowZero ?? true) {
    it('counts below zero and back', async () => {
      await cache().set('n', 9);
      expect(await cache().decr('n', 12)).toBe(-3);
      expect(await cache().incr('n', -7)).toBe(-10);
      expect(await cache().get('n')).toBe(-10);
      expect(await cache().decr('n', -10)).toBe(0);
      expect(await cache().decr('n')).toBe(-1);
      expect(await cache().incr('n', 6)).toBe(5);
      expect(await cache().get('n')).toBe(5);
    });
  } else {
    it('stops at zero, and does not count with negative numbers', async () => {
      await cache().set('n', 9);
      expect(await cache().decr('n', 12)).toBe(0);
      expect(await cache().incr('n', -1)).toBe(0);
      expect(await cache().get('n')).toBe(0);
      await cache().set('n', -5);
      await expect(cache().incr('n', 10)).rejects.toThrow(NotANumberError);
      expect(await cache().get('n')).toBe(-5);
    });
  }

  it('keeps the lifetime', async () => {
    await cache().set('n', 1, 1000);
    await cache().set('forever', 1, null);
    await subject.bench.advance(400);
    await cache().incr('n', 99);
    await cache().incr('forever');
    expectSeconds(subject.bench, await cache().ttl('n'), 600);
    expect(await cache().ttl('forever')).toBeNull();
    await subject.bench.advance(600);
    expect(await cache().get('n')).toBeUndefined();
  });

  it('rejects for a missing or expired key', async () => {
    await expect(cache().incr('n')).rejects.toThrow(CacheKeyNotFoundError);
    await expect(cache().decr('n')).rejects.toThrow(CacheKeyNotFoundError);
    await cache().set('n', 1, 10);
    await subject.bench.advance(10);
    await expect(cache().incr('n')).rejects.toThrow(CacheKeyNotFoundError);
    expect(await cache().has('n')).toBe(false);
  });

  it.each<[string, unknown]>([
    ['text', 'five'],
    ['text of digits', '5'],
    ['a fraction', 1.5],
    ['true', true],
    ['null', null],
    ['an object', { n: 1 }],
    ['a bigint', 5n],
  ])('rejects for %s and leaves it as it is', async (_kind, value) => {
    await cache().set('n', value);
    await expect(cache().incr('n')).rejects.toThrow(NotANumberError);
    expect(await cache().get('n')).toEqual(value);
  });

  it('rejects a sum beyond the safe integers and leaves the number as it is', async () => {
    await cache().set('n', Number.MAX_SAFE_INTEGER);
    await expect(cache().incr('n')).rejects.toThrow(NotANumberError);
    await cache().set('low', Number.MIN_SAFE_INTEGER);
    await expect(cache().decr('low')).rejects.toThrow(NotANumberError);
    expect(await cache().get('n')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null])('refuses the delta %p', async (delta) => {
    await cache().set('n', 1);
    await expect(cache().incr('n', delta as number)).rejects.toThrow(InvalidCacheArgumentError);
  });

  if (!subject.harness.capabilities.hasAtomicIncrement) return;

  it('loses none of many concurrent counts', async () => {
    await cache().set('n', 0);
    const sums = await Promise.all(Array.from({ length: 50 }, () => cache().incr('n')));
    expect(new Set(sums).size).toBe(50);
    expect(await cache().get('n')).toBe(50);
  });

  it('does not bring back a counter that is deleted meanwhile', async () => {
    await cache().set('n', 0);
    await Promise.allSettled([cache().incr('n'), cache().incr('n'), cache().delete('n'), cache().incr('n')]);
    expect(await cache().has('n')).toBe(false);
  });
}

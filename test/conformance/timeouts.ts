import { expect, it } from '@jest/globals';
import { InvalidTimeoutError } from '../../lib/index.js';
import type { Subject } from './describe-cache-backend.js';
import { passEnd } from './lifetimes.js';

const DAY = 86_400;

export function timeoutCases(subject: Subject): void {
  const cache = () => subject.bench.cache(subject.variant);

  it('keeps entries for 300 seconds by default', async () => {
    await cache().set('key', 1);
    await cache().add('added', 1);
    await cache().setMany({ many: 1 });
    await cache().getOrSet('computed', () => 1);
    const keys = ['key', 'added', 'many', 'computed'];
    await passEnd(subject.bench, 300, {
      before: async () => expect((await cache().getMany(keys)).size).toBe(4),
      after: async () => expect((await cache().getMany(keys)).size).toBe(0),
    });
  });

  it.each<[string, number | string | null, number]>([
    ['a number of seconds', 90, 90],
    ['a fraction of a second', 0.25, 0.25],
    ['milliseconds as text', '500ms', 0.5],
    ['seconds as text', '90s', 90],
    ['minutes as text', '15m', 900],
    ['hours as text', '1.5h', 5400],
    ['days as text', '7d', 7 * DAY],
    ['30 days and a second', 30 * DAY + 1, 30 * DAY + 1],
    ['100 years', 100 * 365 * DAY, 100 * 365 * DAY],
  ])('keeps an entry for %s, and no longer', async (_name, timeout, seconds) => {
    await cache().set('set', 1, timeout);
    await cache().add('added', 1, { timeout });
    await cache().setMany([['many', 1]], timeout);
    await cache().getOrSet('computed', () => 1, { timeout });
    await cache().set('touched', 1);
    await cache().touch('touched', timeout);
    const keys = ['set', 'added', 'many', 'computed', 'touched'];
    await passEnd(subject.bench, seconds, {
      before: async () =>
        expect([...(await cache().getMany(keys)).keys()].toSorted()).toEqual(keys.toSorted()),
      after: async () => expect((await cache().getMany(keys)).size).toBe(0),
    });
  });

  it('keeps an entry for ever with null', async () => {
    await cache().set('key', 1, null);
    await cache().add('added', 1, { timeout: null });
    await subject.bench.advance(1000 * 365 * DAY);
    expect((await cache().getMany(['key', 'added'])).size).toBe(2);
  });

  it.each([0, -0, -1, -1e9])(
    'does not keep an entry with %d, and removes the one that was there',
    async (timeout) => {
      await cache().setMany({ key: 'old', many: 'old' });
      await cache().set('key', 'new', timeout);
      expect(await cache().setMany({ many: 'new' }, timeout)).toEqual([]);
      expect(await cache().getMany(['key', 'many'])).toEqual(new Map());
      expect(await cache().add('absent', 1, timeout)).toBe(true);
      expect(await cache().has('absent')).toBe(false);
      expect(await cache().getOrSet('computed', () => 5, timeout)).toBe(5);
      expect(await cache().has('computed')).toBe(false);
    },
  );

  it('tells with an add of 0 whether something is there', async () => {
    await cache().set('present', 1);
    expect(await cache().add('present', 2, 0)).toBe(false);
    expect(await cache().get('present')).toBe(1);
  });

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['empty text', ''],
    ['text without a unit', '90'],
    ['text with an unknown unit', '5 weeks'],
    ['negative text', '-5s'],
    ['text with spaces', ' 5s'],
    ['a boolean', true],
    ['a date', { timeout: new Date() }],
    ['more than time has', 1e300],
  ])('refuses %s and changes nothing', async (_name, timeout) => {
    await cache().set('key', 'old');
    const bad = timeout as number;
    await expect(cache().set('key', 'new', bad)).rejects.toThrow(InvalidTimeoutError);
    await expect(cache().add('other', 'new', bad)).rejects.toThrow(InvalidTimeoutError);
    await expect(cache().setMany({ key: 'new' }, bad)).rejects.toThrow(InvalidTimeoutError);
    await expect(cache().touch('key', bad)).rejects.toThrow(InvalidTimeoutError);
    let runs = 0;
    await expect(cache().getOrSet('third', () => ++runs, bad)).rejects.toThrow(InvalidTimeoutError);
    expect(runs).toBe(0);
    expect(await cache().get('key')).toBe('old');
  });
}

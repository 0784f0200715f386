import { describe, expect, it } from '@jest/globals';
import { CountsInTurn } from '../../../lib/backends/memcached/counting.js';

describe('counts of one key in turn', () => {
  /** A number in a store that answers later, and how often it was changed. */
  const numberFrom = (start: number) => {
    const store = { value: start, changes: 0 };
    const count = async (delta: number): Promise<number> => {
      store.changes++;
      await Promise.resolve();
      if (store.value + delta < -1000) throw new RangeError('too low');
      store.value += delta;
      return store.value;
    };
    return { store, count };
  };

  it('go together while one is under way, and each is told its own sum', async () => {
    const { store, count } = numberFrom(100);
    const counts = new CountsInTurn();
    const sums = await Promise.all(Array.from({ length: 50 }, () => counts.add('n', -1, count)));
    expect(sums).toEqual(Array.from({ length: 50 }, (_, index) => 99 - index));
    expect(store).toEqual({ value: 50, changes: 2 });
    expect(await counts.add('n', -5, count)).toBe(45);
  });

  it('tell all that there is no such key', async () => {
    const counts = new CountsInTurn();
    const none = async (): Promise<undefined> => undefined;
    const sums = await Promise.all([1, 2, 3].map((delta) => counts.add('n', -delta, none)));
    expect(sums).toEqual([undefined, undefined, undefined]);
  });

  it('fail apart: one that goes too far does not take the others along', async () => {
    const { store, count } = numberFrom(0);
    const counts = new CountsInTurn();
    const outcomes = await Promise.allSettled(
      [-1, -2, -5000, -3].map((delta) => counts.add('n', delta, count)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(store.value).toBe(-6);
  });
});

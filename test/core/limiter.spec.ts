import { describe, expect, it } from '@jest/globals';
import { Limiter } from '../../lib/core/limiter.js';

describe('a limiter', () => {
  it('runs no more tasks at once than it may, in order, and all of them', async () => {
    const limiter = new Limiter(3);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        limiter.run(async () => {
          most = Math.max(most, ++running);
          order.push(index);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
        }),
      ),
    );
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('goes on after a task that fails', async () => {
    const limiter = new Limiter(1);
    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limiter.run(async () => 5)).toBe(5);
  });
});

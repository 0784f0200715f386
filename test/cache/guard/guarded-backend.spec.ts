import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newStatistics } from '../../../lib/cache/cache-events.js';
import { ValueTooLargeError } from '../../../lib/index.js';
import { after, openGuarded as open } from './open-guarded.js';

const payload = Buffer.from('1');
const entry = { payload, expiresAt: null };

describe('a guarded backend', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('passes on what a well server says', async () => {
    const { backend, cache, statistics } = open();
    await cache.write('a1', payload, null);
    expect(await cache.read('a1')).toEqual(entry);
    expect(await cache.insert('a1', payload, null)).toBe(false);
    expect(await cache.touch('a1', null)).toBe(true);
    expect(await cache.remove('a1')).toBe(true);
    expect(backend.asked).toEqual(['write a1', 'read a1', 'insert a1', 'touch a1', 'remove a1']);
    expect(statistics).toEqual(newStatistics());
  });

  it('waits for a silent server once, for the deadline, and then asks it nothing', async () => {
    const { backend, cache, lines, statistics } = open();
    backend.behaviour['a'] = 'silent';
    const first = cache.read('a1');
    await jest.advanceTimersByTimeAsync(199);
    const second = cache.read('a2');
    expect(statistics.timeouts).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    // Who began later does not wait for a deadline of its own.
    expect(await first).toBeUndefined();
    expect(await second).toBeUndefined();
    backend.asked.length = 0;
    expect(await cache.read('a3')).toBeUndefined();
    expect(backend.asked).toEqual([]);
    expect(statistics).toMatchObject({ timeouts: 1, outages: 1 });
    expect(lines).toEqual(['a is not in use: a did not answer within 200 ms (operationTimeoutMs)']);
  });

  it('passes on at once what a store in this process answers at once, however long that takes', async () => {
    const { backend, cache, statistics } = open();
    backend.read = () => entry;
    expect(cache.read('a1')).toBe(entry);
    backend.read = () => {
      jest.advanceTimersByTime(150);
      return entry;
    };
    for (let count = 0; count < 20; count++) expect(await cache.read('a1')).toBe(entry);
    expect(statistics).toMatchObject({ outages: 0, timeouts: 0 });
  });

  it('leaves the other servers alone', async () => {
    const { backend, cache } = open();
    backend.stores['b']!.set('b1', entry);
    backend.behaviour['a'] = 'silent';
    await after(200, cache.read('a1'));
    expect(await cache.read('b1')).toEqual(entry);
    const found = await cache.readMany!(['a1', 'b1']);
    expect([...found.keys()]).toEqual(['b1']);
  });

  it('probes until the server answers, with pauses that grow, and then uses it again', async () => {
    const { backend, cache, lines } = open();
    backend.stores['a']!.set('a1', entry);
    backend.behaviour['a'] = 'refusing';
    cache.lost('a', new Error('ECONNRESET'));
    await jest.advanceTimersByTimeAsync(10_000);
    const probes = backend.asked.length;
    expect(new Set(backend.asked)).toEqual(new Set(['probe a']));
    expect(probes).toBeGreaterThanOrEqual(15);
    expect(probes).toBeLessThanOrEqual(40);
    backend.behaviour['a'] = 'well';
    await jest.advanceTimersByTimeAsync(700);
    expect(await cache.read('a1')).toEqual(entry);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe('a is not in use: ECONNRESET');
    expect(lines[1]).toMatch(/^a is in use again after 10\.\d s$/);
  });

  it('opens when half of the operations fail', async () => {
    const { backend, cache, statistics } = open();
    for (let count = 0; count < 10; count++) {
      backend.behaviour['a'] = count % 2 === 0 ? 'well' : 'refusing';
      await cache.read('a1');
    }
    expect(statistics).toMatchObject({ outages: 1, timeouts: 0 });
  });

  it('opens when half of the operations are slow, and stays so while probes are slow', async () => {
    const { backend, cache, lines, statistics } = open();
    const answerAfter = (ms: number) => async () =>
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
    backend.read = answerAfter(150);
    backend.servers.probe = answerAfter(150);
    for (let count = 0; count < 10; count++) await after(150, cache.read('a1'));
    expect(statistics).toMatchObject({ outages: 1, timeouts: 0 });
    await jest.advanceTimersByTimeAsync(5000);
    expect(lines).toHaveLength(1);
    backend.servers.probe = answerAfter(5);
    await jest.advanceTimersByTimeAsync(1000);
    expect(lines).toHaveLength(2);
  });

  it('drops and counts writes that fail, and removes what they would have replaced before it trusts the server', async () => {
    const { backend, cache, degraded, statistics } = open();
    backend.stores['a']!.set('a1', entry);
    backend.behaviour['a'] = 'silent';
    await after(200, cache.write('a1', payload, null));
    expect(await cache.insert('a2', payload, null)).toBe(false);
    expect(await cache.touch('a3', null)).toBe(false);
    expect(degraded).toEqual(['a1', 'a2', 'a3']);
    expect(statistics).toMatchObject({ dropped: 3 });
    backend.behaviour['a'] = 'well';
    await jest.advanceTimersByTimeAsync(1000);
    expect(backend.asked).toContain('recover a [a1]');
    expect(await cache.read('a1')).toBeUndefined();
  });

  it('removes at once what a refused write would have replaced, if the server takes that', async () => {
    const { backend, cache, statistics } = open();
    backend.stores['a']!.set('a1', entry);
    backend.write = async () => Promise.reject(new Error('OOM command not allowed'));
    await cache.write('a1', payload, null);
    expect(statistics).toMatchObject({ dropped: 1, outages: 0 });
    expect(await cache.read('a1')).toBeUndefined();
    expect(backend.stores['a']!.size).toBe(0);
  });

  it('rejects removals that are not confirmed, and does them before it trusts the server', async () => {
    const { backend, cache, lines, statistics } = open();
    for (const key of ['a1', 'a2', 'a3']) backend.stores['a']!.set(key, entry);
    backend.behaviour['a'] = 'silent';
    await expect(after(200, cache.remove('a1'))).rejects.toThrow('not confirmed');
    await expect(cache.remove('a2')).rejects.toThrow('not confirmed');
    backend.behaviour['a'] = 'well';
    // A server that answers is not one that is trusted.
    expect(await cache.read('a1')).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1000);
    expect(backend.asked).toContain('recover a [a1 a2]');
    expect(await cache.read('a1')).toBeUndefined();
    expect(await cache.read('a3')).toEqual(entry);
    expect(statistics).toMatchObject({ replayed: 2 });
    expect(lines.at(-1)).toContain('2 unconfirmed removals were done');
  });

  it('does not trust a server as long as a removal cannot be done', async () => {
    const { backend, cache, lines } = open();
    backend.stores['a']!.set('a1', entry);
    backend.behaviour['a'] = 'refusing';
    await expect(cache.remove('a1')).rejects.toThrow('not confirmed');
    const { recover } = backend.servers;
    backend.servers.recover = async () => Promise.reject(new Error('READONLY'));
    backend.behaviour['a'] = 'well';
    await jest.advanceTimersByTimeAsync(3000);
    expect(await cache.read('a1')).toBeUndefined();
    expect(lines).toHaveLength(1);
    backend.servers.recover = recover;
    await jest.advanceTimersByTimeAsync(1000);
    expect(lines).toHaveLength(2);
    expect(backend.stores['a']!.size).toBe(0);
  });

  it('rejects a clear that one of the servers did not confirm, and does it there later', async () => {
    const { backend, cache } = open();
    backend.stores['a']!.set('a1', entry);
    backend.stores['b']!.set('b1', entry);
    backend.behaviour['b'] = 'refusing';
    await expect(cache.clear()).rejects.toThrow('not confirmed');
    expect(backend.stores['a']!.size).toBe(0);
    expect(await cache.read('b1')).toBeUndefined();
    backend.behaviour['b'] = 'well';
    await jest.advanceTimersByTimeAsync(1000);
    expect(backend.asked).toContain('recover b all');
    expect(await cache.read('b1')).toBeUndefined();
  });

  it('empties the cache on a server when too many removals are outstanding', async () => {
    const { backend, cache } = open();
    backend.behaviour['a'] = 'refusing';
    cache.lost('a', new Error('gone'));
    const removals = Array.from({ length: 10_001 }, async (_, index) => cache.remove(`a${index}`));
    await Promise.allSettled(removals);
    backend.stores['a']!.set('a-never-named', entry);
    backend.behaviour['a'] = 'well';
    await jest.advanceTimersByTimeAsync(1000);
    expect(backend.asked).toContain('recover a all');
    expect(await cache.read('a-never-named')).toBeUndefined();
  });

  it('rejects in place of degrading when it is told to', async () => {
    const { backend, cache, statistics } = open('throw');
    backend.stores['a']!.set('a1', entry);
    backend.behaviour['a'] = 'refusing';
    await expect(cache.read('a1')).rejects.toThrow('refused');
    await expect(cache.write('a1', payload, null)).rejects.toThrow('refused');
    await expect(cache.read('a1')).rejects.toThrow('a is not in use: refused');
    await expect(cache.readMany!(['a1', 'b1'])).rejects.toThrow('not in use');
    expect(statistics).toMatchObject({ dropped: 1, outages: 1 });
    backend.behaviour['a'] = 'well';
    await jest.advanceTimersByTimeAsync(1000);
    expect(await cache.read('a1')).toBeUndefined();
  });

  it('takes errors of the library for answers, and passes them on', async () => {
    const { backend, cache, statistics } = open();
    backend.write = async () => Promise.reject(new ValueTooLargeError('a1', 2, 1, 'the limit'));
    for (let count = 0; count < 20; count++) {
      await expect(cache.write('a1', payload, null)).rejects.toThrow(ValueTooLargeError);
    }
    expect(statistics).toEqual(newStatistics());
  });

  it('leaves no timer behind when it is closed during an outage', async () => {
    const { backend, cache } = open();
    backend.behaviour['a'] = 'silent';
    await after(200, cache.read('a1'));
    await cache.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends nothing more once it is closed, not even for what was under way', async () => {
    const { backend, cache } = open();
    backend.behaviour['a'] = 'silent';
    const write = cache.write('a1', payload, null);
    await cache.close();
    await write;
    expect(await cache.read('a2')).toBeUndefined();
    await expect(cache.remove('a3')).rejects.toThrow('the cache is closed');
    expect(backend.asked).toEqual(['write a1']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says in one line why a server is not in use, whatever the server said', async () => {
    const { cache, lines } = open();
    cache.lost('a', new Error('Unknown type \u001b[31m\r\nWARN forged'));
    expect(lines).toEqual(['a is not in use: Unknown type  [31m WARN forged']);
    await cache.close();
  });

  it('leaves nobody waiting when it is closed', async () => {
    const { backend, cache, lines } = open();
    backend.behaviour['a'] = 'silent';
    const read = cache.read('a1');
    await cache.close();
    expect(await read).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
    expect(lines).toEqual([]);
  });

  it('ignores an answer that comes after the deadline', async () => {
    const { backend, cache } = open();
    backend.read = async () => new Promise((resolve) => setTimeout(() => resolve(entry), 300));
    expect(await after(200, cache.read('a1'))).toBeUndefined();
    await jest.advanceTimersByTimeAsync(200);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { after, openGuarded as open, openGuardedOn } from './open-guarded.js';

const payload = Buffer.from('1');
const entry = { payload, expiresAt: null };

describe('a guarded backend with much to do', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('splits a batch that is too large for one deadline, and runs the parts one after the other', async () => {
    const { backend, cache } = open();
    const keys = Array.from({ length: 2500 }, (_, index) => `a${index}`);
    for (const key of keys) backend.stores['a']!.set(key, entry);
    expect((await cache.readMany!(keys)).size).toBe(2500);
    expect(backend.asked.map((asked) => asked.split(' ').length - 1)).toEqual([1000, 1000, 500]);
  });

  it('lets a clear take its time as long as the server answers probes', async () => {
    const { backend, cache, statistics } = open();
    const { clear } = backend.servers;
    backend.servers.clear = async (name) => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      return clear(name);
    };
    backend.stores['a']!.set('a1', entry);
    await after(5000, cache.clear());
    expect(backend.stores['a']!.size).toBe(0);
    expect(statistics).toMatchObject({ outages: 0 });

    backend.stores['a']!.set('a1', entry);
    const cleared = cache.clear();
    backend.behaviour['a'] = 'silent';
    await expect(after(6000, cleared)).rejects.toThrow('not confirmed');
    expect(statistics).toMatchObject({ outages: 1 });
  });

  it('lets a burst go to the server piece by piece, in order, and answers all of it', async () => {
    const { backend, cache, statistics } = open('throw', 100_000);
    let onTheirWay = 0;
    let most = 0;
    const seen: string[] = [];
    backend.read = async (key) => {
      most = Math.max(most, ++onTheirWay);
      seen.push(key);
      await new Promise((resolve) => setTimeout(resolve, 60));
      onTheirWay--;
      return entry;
    };
    const keys = Array.from({ length: 5000 }, (_, index) => `a${index}`);
    // The last is answered after more than the deadline, of which it waited for the server but a part.
    const found = await after(2000, Promise.all(keys.map(async (key) => cache.read(key))));
    expect(found).toHaveLength(5000);
    expect(seen).toEqual(keys);
    expect(most).toBe(1024);
    expect(statistics).toMatchObject({ timeouts: 0, outages: 0 });
  });

  it('lets no more operations go to a server than that carries out at once, a batch being one', async () => {
    const { backend } = open();
    Object.assign(backend.servers, { operationsAtOnce: 2 });
    const { cache, statistics } = openGuardedOn(backend, 'throw', 100_000);
    let onTheirWay = 0;
    let most = 0;
    const work = async <T>(answer: T): Promise<T> => {
      most = Math.max(most, ++onTheirWay);
      await new Promise((resolve) => setTimeout(resolve, 60));
      onTheirWay--;
      return answer;
    };
    backend.read = async () => work(entry);
    backend.readMany = async () => work(new Map());
    const batch = Array.from({ length: 500 }, (_, index) => `a${index}`);
    const reads = Array.from({ length: 20 }, async () => [
      await cache.read('a1'),
      await cache.readMany!(batch),
    ]);
    expect(await after(4000, Promise.all(reads))).toHaveLength(20);
    expect(most).toBe(2);
    expect(statistics).toMatchObject({ timeouts: 0, outages: 0 });
  });

  it('sends away who waits for a turn when the server falls silent', async () => {
    const { backend, cache, statistics } = open('degrade', 100_000);
    backend.behaviour['a'] = 'silent';
    const reads = Array.from({ length: 3000 }, async (_, index) => cache.read(`a${index}`));
    await after(200, Promise.all(reads));
    expect(backend.asked).toHaveLength(1024);
    expect(statistics).toMatchObject({ outages: 1 });
  });

  it('lets others in when operations fail at once', async () => {
    const { backend, cache, degraded } = open('degrade', 100_000);
    backend.read = () => {
      throw new Error('not connected');
    };
    await Promise.all(Array.from({ length: 3000 }, async (_, index) => cache.read(`a${index}`)));
    expect(degraded).toHaveLength(3000);
  });

  it('does not let more operations wait than it may', async () => {
    const { backend, cache, statistics } = open('degrade', 3);
    backend.behaviour['a'] = 'silent';
    const waiting = [1, 2, 3].map(async (n) => cache.read(`a${n}`));
    expect(await cache.read('a4')).toBeUndefined();
    expect(backend.asked).toHaveLength(3);
    await jest.advanceTimersByTimeAsync(200);
    await Promise.all(waiting);
    expect(statistics).toMatchObject({ outages: 1 });
  });

  it('goes on using a server that only has too much to do, and makes up for what it could not send', async () => {
    const { backend, cache, lines, statistics } = open('degrade', 2);
    for (const key of ['a3', 'a4', 'a5']) backend.stores['a']!.set(key, entry);
    const first = ['a1', 'a2'].map(async (key) => cache.read(key));
    const removal = cache.remove('a3');
    const write = cache.write('a4', payload, null);
    await expect(removal).rejects.toThrow('2 operations wait for a already');
    await write;
    await Promise.all(first);
    await jest.advanceTimersByTimeAsync(100);
    expect([...backend.stores['a']!.keys()]).toEqual(['a5']);
    expect(await cache.read('a5')).toEqual(entry);
    expect(statistics).toMatchObject({ outages: 0, dropped: 1 });
    expect(lines).toEqual([]);
  });
});

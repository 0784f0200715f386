import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MemcachedClientName } from '../../../lib/backends/memcached/memcached-definition.js';
import { onMemcached, type ServerProcess, startMemcached } from '../../support/servers/index.mjs';
import { type Opened, openOn, store, textAt } from './on-servers.js';

const clients: readonly MemcachedClientName[] = ['meta', 'memcached', 'memjs'];
const MAX = Number.MAX_SAFE_INTEGER;

describe.each(clients)('An entry on memcached, through %s', (client) => {
  let memcached: ServerProcess;
  let one: Opened;
  const isExact = client === 'meta';

  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached.stop());
  beforeEach(async () => {
    await onMemcached(memcached, (wire) => wire.ask('flush_all\r\n'));
    one = await openOn({ host: memcached.host, port: memcached.port }, { client });
  });
  afterEach(() => one.backend.close());

  it('over the item limit is refused with its size and the limit, and the old value is gone', async () => {
    const { backend } = one;
    await store(backend, 'k', 'old');
    await expect(backend.write('k', Buffer.alloc(2_000_000), null)).rejects.toMatchObject({
      code: 'CACHE_VALUE_TOO_LARGE',
      key: 'k',
      bytes: 2_000_000,
      limit: 1024 ** 2,
      message: expect.stringContaining('the item limit of memcached (-I)'),
    });
    expect(await textAt(backend, 'k')).toBeUndefined();
  });

  it('over the item limit fails alone in a batch', async () => {
    const { backend } = one;
    const entries = ['a', 'b', 'c'].map((key) => ({
      key,
      payload: Buffer.alloc(key === 'b' ? 2_000_000 : 10, key),
      expiresAt: null,
    }));
    expect(await backend.writeMany(entries)).toEqual(['b']);
    expect([...(await backend.readMany(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c']);
  });

  it('tells its end to the second, also when that was moved', async () => {
    const { backend, clock } = one;
    const ends = async (key: string): Promise<number | null | undefined> => {
      const end = await backend.expiry(key);
      return typeof end === 'number' ? (end - clock.now()) / 1000 : end;
    };
    await store(backend, 'k', 'v', clock.now() + 100_000);
    expect(Math.abs((await ends('k'))! - 100)).toBeLessThan(5);
    await backend.touch('k', clock.now() + 1_000_000);
    expect(Math.abs((await ends('k'))! - 1000)).toBeLessThan(5);
    await backend.touch('k', null);
    expect(await ends('k')).toBeNull();
    expect(await backend.insert('n', Buffer.from('1'), clock.now() + 100_000)).toBe(true);
    await backend.increment('n', 5);
    expect(Math.abs((await ends('n'))! - 100)).toBeLessThan(5);
    await backend.remove('k');
    expect(await ends('k')).toBeUndefined();
  });

  it('with a lifetime over 30 days is there, and tells it', async () => {
    const { backend, clock } = one;
    const days = 40;
    await store(backend, 'k', 'v', clock.now() + days * 86_400_000);
    expect(await textAt(backend, 'k')).toBe('v');
    expect(Math.abs((await backend.expiry('k'))! - clock.now() - days * 86_400_000)).toBeLessThan(5000);
  });

  it('that is over when it is written or touched is absent', async () => {
    const { backend, clock } = one;
    await store(backend, 'k', 'v');
    await backend.touch('k', clock.now());
    expect(await textAt(backend, 'k')).toBeUndefined();
    await store(backend, 'k', 'v', clock.now() - 1);
    expect(await textAt(backend, 'k')).toBeUndefined();
  });

  it('is counted without losing one of fifty', async () => {
    const { backend } = one;
    await store(backend, 'n', '100');
    await Promise.all(Array.from({ length: 50 }, () => backend.increment('n', 3)));
    expect(await textAt(backend, 'n')).toBe('250');
    await Promise.all(Array.from({ length: 50 }, () => backend.increment('n', -2)));
    expect(await backend.increment('n', 0)).toBe(150);
  });

  it('that is no integer cannot be counted, and stays', async () => {
    const { backend } = one;
    await store(backend, 'k', 'abc');
    for (const delta of [1, -1])
      await expect(backend.increment('k', delta)).rejects.toMatchObject({ code: 'CACHE_NOT_A_NUMBER' });
    expect(await textAt(backend, 'k')).toBe('abc');
    expect(await backend.increment('absent', 1)).toBeUndefined();
    expect(await backend.increment('absent', -1)).toBeUndefined();
  });

  it('stays as it was where the sum leaves the safe integers', async () => {
    const { backend } = one;
    await store(backend, 'n', String(MAX - 1));
    expect(await backend.increment('n', 1)).toBe(MAX);
    await expect(backend.increment('n', 1)).rejects.toMatchObject({ code: 'CACHE_NOT_A_NUMBER' });
    expect(await textAt(backend, 'n')).toBe(String(MAX));
  });

  if (isExact) {
    it('is counted below zero and back, and keeps its end', async () => {
      const { backend, clock } = one;
      await store(backend, 'n', '1', clock.now() + 100_000);
      expect(await backend.increment('n', -3)).toBe(-2);
      expect(await backend.increment('n', -3)).toBe(-5);
      expect(await backend.increment('n', 7)).toBe(2);
      expect(Math.abs((await backend.expiry('n'))! - clock.now() - 100_000)).toBeLessThan(5000);
    });

    it('is counted across zero by many at once without losing one', async () => {
      const { backend } = one;
      await store(backend, 'n', '20');
      await Promise.all(Array.from({ length: 50 }, (_, index) => backend.increment('n', index % 2 ? -3 : 1)));
      expect(await textAt(backend, 'n')).toBe('-30');
    });

    it('stays as it was where the sum falls below the safe integers', async () => {
      const { backend } = one;
      await store(backend, 'n', String(-MAX));
      await expect(backend.increment('n', -1)).rejects.toMatchObject({ code: 'CACHE_NOT_A_NUMBER' });
      expect(await textAt(backend, 'n')).toBe(String(-MAX));
    });
  } else {
    it('stops at zero where it is counted down, and is not counted below', async () => {
      const { backend } = one;
      await store(backend, 'n', '1');
      expect(await backend.increment('n', -3)).toBe(0);
      await store(backend, 'n', '-5');
      await expect(backend.increment('n', 1)).rejects.toMatchObject({
        code: 'CACHE_NOT_A_NUMBER',
        message: expect.stringContaining('below zero'),
      });
    });
  }

  it('may have a key of any text, told apart byte by byte', async () => {
    const { backend } = one;
    const keys = ['a$$b', 'a$b', "a$'b", 'é', 'e\u0301', '日本', 'x'.repeat(250), `${'x'.repeat(249)}y`];
    for (const key of keys) await store(backend, key, `value of ${key.length} ${key.codePointAt(1)}`);
    const found = await backend.readMany(keys);
    for (const key of keys)
      expect(found.get(key)?.payload.toString('latin1')).toBe(`value of ${key.length} ${key.codePointAt(1)}`);
    expect(await backend.removeMany(keys)).toBe(keys.length);
  });
});

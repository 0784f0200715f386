import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../support/fake-clock.js';
import { RedisWire, type ServerProcess, startRedis } from '../../support/servers/index.mjs';
import { bytes, closeAll, keysOf, openRedis, ownKeysOf } from './open-redis.js';

let server: ServerProcess;
let wire: RedisWire;
beforeAll(async () => {
  server = await startRedis();
  wire = new RedisWire(server);
});
afterAll(async () => {
  wire.close();
  await server.stop();
});
beforeEach(async () => void (await wire.command('FLUSHALL')));
afterEach(closeAll);

const open = async (of: ReturnType<typeof keysOf>) =>
  (await openRedis(`127.0.0.1:${server.port}`, of)).backend;
type Backend = Awaited<ReturnType<typeof open>>;
const put = (backend: Backend, ...keys: string[]) =>
  backend.writeMany(keys.map((key) => ({ key, payload: bytes('x'), expiresAt: null })));
const has = async (backend: Backend, key: string) => (await backend.read(key)) !== undefined;
const left = async () =>
  ((await wire.command('KEYS', '*')) as string[]).filter((key) => !key.includes('\uFFFD')).toSorted();

describe('clearing a cache on Redis', () => {
  it('removes all its entries, however many, and no key of somebody else', async () => {
    const shop = await open(keysOf('shop'));
    const other = await open(keysOf('other'));
    await put(shop, ...Array.from({ length: 3500 }, (_, index) => `shop:1:${index}`));
    await put(other, ...Array.from({ length: 1500 }, (_, index) => `other:1:${index}`));
    await wire.command('MSET', 'shop', '1', 'shop:', '1', 'shop:1', '1', 'shop:11:a', '1', 'xshop:1:a', '1');
    await wire.command('HSET', 'shop:1:hash of another program', 'a', '1');
    await shop.clear();
    expect((await left()).filter((key) => !key.startsWith('other:'))).toEqual(
      ['shop', 'shop:', 'shop:1', 'shop:11:a', 'shop:1:hash of another program', 'xshop:1:a'].toSorted(),
    );
    expect(await wire.command('DBSIZE')).toBe(1506);
  });

  it('removes entries of versions that were given in a call, and not those of a cache with that version', async () => {
    const first = await open(keysOf('shop', 1));
    const second = await open(keysOf('shop', 2));
    await put(first, 'shop:1:a', 'shop:9:a', 'shop:2:of first', 'shop:-3:a');
    expect(await first.insert('shop:8:a', bytes('x'), 1e15)).toBe(true);
    await put(second, 'shop:2:a', 'shop:9:b');
    expect(await first.insert('shop:9:b', bytes('x'), null)).toBe(false);
    await first.clear();
    expect(await left()).toEqual(['shop:2:a', 'shop:9:b']);
    await second.clear();
    expect(await left()).toEqual([]);
  });

  it('leaves nothing behind, not even what it noted', async () => {
    const backend = await open(keysOf('shop'));
    await put(backend, 'shop:1:a', 'shop:2:a');
    await backend.clear();
    await backend.clear();
    expect(await wire.command('DBSIZE')).toBe(0);
  });

  it.each(['*', '?', '[a-z]', 'a\\', '', ':', 'a:', '{x}', 'ä b', '\u0000', ']', '^', '\\*'])(
    'takes the prefix %j by the letter',
    async (prefix) => {
      const backend = await open(keysOf(prefix));
      const others = new Set(['b', 'xy', 'A', `${prefix}x`, `x${prefix}`, 'a', '*x']);
      others.delete(prefix);
      const neighbours = [...others];
      for (const each of neighbours) await put(await open(keysOf(each)), `${each}:1:key`);
      await put(backend, `${prefix}:1:a`, `${prefix}:1:*`, `${prefix}:1:[b]?\\`, `${prefix}:7:a`);
      await backend.clear();
      expect(await left()).toEqual(neighbours.map((each) => `${each}:1:key`).toSorted());
    },
  );

  it('leaves the entries of a neighbour whose prefix reads like its own prefix and version', async () => {
    const outer = await open(keysOf('a', 1));
    const inner = await open(keysOf('a:1', 1));
    await put(inner, 'a:1:1:of inner');
    // Now it knows of its neighbour.
    await outer.clear();
    await put(outer, 'a:1:key', 'a:1:1:of outer');
    await outer.clear();
    expect(await has(inner, 'a:1:1:of inner')).toBe(true);
    expect(await left()).toEqual(['a:1:1:of inner']);
    await put(outer, 'a:1:key');
    await inner.clear();
    expect(await left()).toEqual(['a:1:key']);
  });

  it('knows of such a neighbour when another process opens it later', async () => {
    const outer = await open(keysOf('', 1));
    await put(outer, ':1:key');
    const inner = await open(keysOf(':1:x', 5));
    await put(inner, ':1:x:5:key');
    await outer.clear();
    expect(await left()).toEqual([':1:x:5:key']);
  });

  it('removes the entries of a cache with a key function of its own, wherever they are', async () => {
    const own = await open(ownKeysOf('own'));
    const other = await open(ownKeysOf('other'));
    const plain = await open(keysOf(''));
    await put(own, 'anything', ':1:own', 'other|1');
    await put(other, 'something', ':1:other');
    await put(plain, ':1:plain');
    await wire.command('SET', 'foreign', '1');
    await plain.clear();
    expect(await left()).toEqual([':1:other', ':1:own', 'anything', 'foreign', 'other|1', 'something']);
    await own.clear();
    expect(await left()).toEqual([':1:other', 'foreign', 'something']);
  });

  it('forgets what it noted of entries that have ended, and keeps what it noted of the others', async () => {
    const clock = new FakeClock();
    const { backend } = await openRedis(`127.0.0.1:${server.port}`, { ...keysOf('shop'), clock });
    await backend.write('shop:2:kept', bytes('x'), null);
    for (let index = 0; index < 600; index++) {
      await backend.write(`shop:2:${index}`, bytes('x'), clock.now() + 60_000);
      clock.advance(60);
    }
    const index = ((await wire.command('KEYS', '*')) as string[]).find((key) => key.includes('\uFFFD'));
    expect(index).toContain('shop:1:');
    const lines = await wire.command('EVAL', `return redis.call('ZCARD', 'shop:1:\\255["shop",1]')`, 0);
    expect(lines).toBeGreaterThanOrEqual(61);
    expect(lines).toBeLessThan(400);
    await backend.clear();
    expect(await has(backend, 'shop:2:kept')).toBe(false);
    expect(await has(backend, 'shop:2:599')).toBe(false);
  });

  it('costs a write of an ordinary key no further command', async () => {
    const backend = await open(keysOf('shop'));
    const calls = async () =>
      String(await wire.command('INFO', 'commandstats')).match(/cmdstat_(set|zadd|sadd):calls=\d+/g);
    await wire.command('CONFIG', 'RESETSTAT');
    await put(backend, 'shop:1:a', 'shop:1:b', 'shop:1:c');
    expect(await calls()).toEqual(['cmdstat_set:calls=3']);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotANumberError } from '../../../lib/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { RedisWire, type ServerProcess, startRedis } from '../../support/servers/index.mjs';
import { bytes, closeAll, keysOf, openRedis } from './open-redis.js';

const HEX = `return (redis.call('GET', KEYS[1]):gsub('.', function(c) return string.format('%02x', c:byte()) end))`;

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

const url = () => `redis://127.0.0.1:${server.port}`;

describe.each([2, 3] as const)('the commands of the Redis backend, with RESP %d', (protocol) => {
  const open = (location: unknown = url(), given = {}) =>
    openRedis(location, { options: { protocol }, ...given });

  it('stores keys and bytes exactly as they are, and nothing besides', async () => {
    const { backend } = await open();
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await backend.write(':1:ä b\r\n*', every, null);
    await backend.write(':1:empty', Buffer.alloc(0), null);
    await backend.write(':1:number', bytes('-42'), null);
    expect((await wire.command('KEYS', '*')) as string[]).toHaveLength(3);
    expect(await wire.command('EVAL', HEX, 1, ':1:ä b\r\n*')).toBe(every.toString('hex'));
    expect(await wire.command('INCR', ':1:number')).toBe(-41);
    expect((await backend.read(':1:ä b\r\n*'))?.payload).toEqual(every);
    expect((await backend.read(':1:empty'))?.payload).toEqual(Buffer.alloc(0));
    expect(
      (await backend.readMany([':1:ä b\r\n*', ':1:absent', ':1:number'])).get(':1:number')?.payload,
    ).toEqual(bytes('-41'));
  });

  it('sends what remains of a lifetime, whatever time the application takes it to be', async () => {
    const clock = new FakeClock(Date.UTC(1999, 0, 1));
    const { backend } = await open(url(), { clock });
    await backend.write(':1:a', bytes('x'), clock.now() + 100_000);
    await backend.write(':1:b', bytes('x'), clock.now() + 0.2);
    await backend.write(':1:c', bytes('x'), null);
    expect(await wire.command('PTTL', ':1:a')).toBeGreaterThan(90_000);
    expect(await wire.command('PTTL', ':1:a')).toBeLessThanOrEqual(100_000);
    expect(await wire.command('PTTL', ':1:c')).toBe(-1);
    const end = (await backend.expiry(':1:a'))!;
    expect(end - clock.now()).toBeGreaterThan(90_000);
    expect(end - clock.now()).toBeLessThanOrEqual(100_000);
    expect(await backend.expiry(':1:c')).toBeNull();
    expect(await backend.expiry(':1:absent')).toBeUndefined();
    expect(await backend.read(':1:c')).toEqual({ payload: bytes('x'), expiresAt: undefined });
  });

  it('keeps an entry for a hundred thousand years', async () => {
    const { backend } = await open();
    await backend.write(':1:a', bytes('x'), 100_000 * 365 * 86_400_000);
    expect(await backend.read(':1:a')).toBeDefined();
  });

  it('inserts, touches and removes, and says whether there was something', async () => {
    const { backend } = await open();
    expect(await backend.insert(':1:a', bytes('1'), 1e15)).toBe(true);
    expect(await backend.insert(':1:a', bytes('2'), null)).toBe(false);
    expect(await backend.touch(':1:a', null)).toBe(true);
    expect(await wire.command('PTTL', ':1:a')).toBe(-1);
    expect(await backend.touch(':1:a', null)).toBe(true);
    expect(await backend.touch(':1:a', 1e15)).toBe(true);
    expect(await wire.command('PTTL', ':1:a')).toBeGreaterThan(1e9);
    expect(await backend.touch(':1:absent', null)).toBe(false);
    expect(await backend.touch(':1:absent', 1e15)).toBe(false);
    expect(await backend.remove(':1:a')).toBe(true);
    expect(await backend.remove(':1:a')).toBe(false);
  });

  it('counts on the server, and leaves the lifetime as it is', async () => {
    const { backend } = await open();
    await wire.command('SCRIPT', 'FLUSH');
    await backend.write(':1:n', bytes('5'), 1e15);
    expect(await backend.increment(':1:n', -7)).toBe(-2);
    expect(await wire.command('PTTL', ':1:n')).toBeGreaterThan(1e9);
    expect(await backend.increment(':1:absent', 1)).toBeUndefined();
    expect(await wire.command('EXISTS', ':1:absent')).toBe(0);
    const sums = await Promise.all(Array.from({ length: 50 }, () => backend.increment(':1:n', 1)));
    expect(new Set(sums).size).toBe(50);
    expect(Math.max(...(sums as number[]))).toBe(48);
  });

  it.each([
    ['text', 'film'],
    ['a fraction', '1.5'],
    ['an exponent', '1e3'],
    ['a leading zero', '07'],
    ['minus zero', '-0'],
    ['a plus sign', '+1'],
    ['a blank', ' 1'],
    ['nothing', ''],
    ['hexadecimal digits', '0x10'],
    ['an integer beyond the safe range', '9007199254740992'],
    ['a very long integer', '12345678901234567890'],
    ['the largest safe integer', '9007199254740991'],
  ])('refuses to count %s, and leaves it as it is', async (_, payload) => {
    const { backend } = await open();
    await wire.command('SET', ':1:n', payload);
    await expect(backend.increment(':1:n', 1)).rejects.toThrow(NotANumberError);
    expect(await wire.command('GET', ':1:n')).toBe(payload);
  });

  it('counts exactly up to both ends of the safe range', async () => {
    const { backend } = await open();
    await backend.write(':1:n', bytes('9007199254740990'), null);
    expect(await backend.increment(':1:n', 1)).toBe(Number.MAX_SAFE_INTEGER);
    expect(await backend.increment(':1:n', -Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(await backend.increment(':1:n', -Number.MAX_SAFE_INTEGER)).toBe(Number.MIN_SAFE_INTEGER);
    await expect(backend.increment(':1:n', -1)).rejects.toThrow('leaves the range of safe integers');
    expect(await wire.command('GET', ':1:n')).toBe('-9007199254740991');
  });

  it('reads, writes and removes more keys at once than fit one command', async () => {
    const { backend } = await open();
    const keys = Array.from({ length: 2500 }, (_, index) => `:1:${index}`);
    const entries = keys.map((key) => ({ key, payload: bytes(key), expiresAt: null }));
    expect(await backend.writeMany(entries)).toEqual([]);
    const found = await backend.readMany([...keys, ':1:absent']);
    expect(found.size).toBe(2500);
    expect([...found].every(([key, { payload }]) => payload.equals(bytes(key)))).toBe(true);
    expect(await backend.removeMany([...keys, ':1:absent'])).toBe(2500);
    expect((await backend.readMany(keys)).size).toBe(0);
    expect((await backend.readMany([])).size).toBe(0);
    expect(await backend.removeMany([])).toBe(0);
  });

  it("takes another program's list for an absent entry, tells of it and leaves it, until a write replaces it", async () => {
    const { backend, lost, unreadable } = await open();
    await wire.command('LPUSH', ':1:list', 'film');
    expect(await backend.read(':1:list')).toBeUndefined();
    expect(await backend.increment(':1:list', 1)).toBeUndefined();
    expect((await backend.readMany([':1:list', ':1:x'])).size).toBe(0);
    expect(unreadable).toEqual([':1:list', ':1:list']);
    expect(await wire.command('LLEN', ':1:list')).toBe(1);
    await backend.write(':1:list', bytes('entry'), null);
    expect((await backend.read(':1:list'))?.payload).toEqual(bytes('entry'));
    expect(lost).toEqual([]);
  });
});

describe('the access of the Redis backend', () => {
  it('keeps databases apart', async () => {
    const one = await openRedis(`${url()}/1`);
    const two = await openRedis(`${url()}/2`);
    await one.backend.write(':1:a', bytes('x'), null);
    expect(await two.backend.read(':1:a')).toBeUndefined();
    await two.backend.clear();
    expect(await one.backend.read(':1:a')).toBeDefined();
  });

  it('works for a user whose rights end at the prefix, with the credentials of the options', async () => {
    const rights = ['on', '>pw d', '~shop:*', '+@all', '-@dangerous', '-client'];
    await wire.command('ACL', 'SETUSER', 'ann', ...rights);
    const { backend, lost } = await openRedis(url(), {
      ...keysOf('shop'),
      options: { username: 'ann', password: 'pw d' },
    });
    await backend.write('shop:1:a', bytes('x'), null);
    await backend.write('shop:7:a', bytes('x'), null);
    expect(await backend.read('shop:1:a')).toBeDefined();
    await backend.servers.probe(backend.servers.names('write')[0]!);
    await backend.servers.recover(backend.servers.names('write')[0]!, ['shop:1:b']);
    await backend.clear();
    expect(await wire.command('KEYS', '*')).toEqual([]);
    expect(lost).toEqual([]);
  });

  it.each([2, 3] as const)('never shows a password that is refused, with RESP %d', async (protocol) => {
    await wire.command('ACL', 'SETUSER', 'bob', 'on', '>right', '~*', '+@all');
    const { backend, lost } = await openRedis(`redis://bob:hush@127.0.0.1:${server.port}`, {
      options: { protocol },
    });
    const failures: unknown[] = lost.map(({ reason }) => reason);
    const name = backend.servers.names('write')[0]!;
    await backend.read(':1:a').catch((error: unknown) => failures.push(error));
    await backend.servers.probe(name).catch((error: unknown) => failures.push(error));
    expect(failures.length).toBeGreaterThanOrEqual(3);
    expect(failures.map(String).join()).toContain('WRONGPASS');
    expect(failures.map((error) => deepText(error)).join()).not.toContain('hush');
    expect(name).toBe(`127.0.0.1:${server.port}`);
  });
});

function deepText(error: unknown): string {
  const { cause, message, stack } = error as Error;
  return [message, stack, cause === undefined ? '' : deepText(cause)].join('\n');
}

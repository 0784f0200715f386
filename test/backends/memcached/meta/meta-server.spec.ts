import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ItemTooLargeError, NotCountableError } from '../../../../lib/backends/memcached/memcached-server.js';
import { MetaServer } from '../../../../lib/backends/memcached/meta/meta-server.js';
import { type ServerProcess, startMemcached, startProxy } from '../../../support/servers/index.mjs';
import { until } from '../../../support/servers/server-process.mjs';

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe.each([
  ['a port', false],
  ['a Unix socket', true],
])('The meta client at %s', (_place, unixSocket) => {
  let memcached: ServerProcess;
  let server: MetaServer;

  beforeAll(async () => {
    memcached = await startMemcached({ unixSocket });
  });
  afterAll(() => memcached.stop());

  beforeEach(async () => {
    const { host, port, path } = memcached;
    server = new MetaServer({ name: path ?? `${host}:${port}`, host, port, path });
    await server.probe();
    await server.flushAll();
  });
  afterEach(() => server.close());

  it('stores and reads payloads of any bytes and sizes', async () => {
    const payloads = [Buffer.alloc(0), EVERY_BYTE, Buffer.from('\r\nEN\r\n'), Buffer.alloc(900_000, '\r\n')];
    await Promise.all(payloads.map((payload, index) => server.set(`k${index}`, payload, 60)));
    const items = await Promise.all(payloads.map((_, index) => server.get(`k${index}`)));
    const isEqual = items.map((item, index) => item?.payload.equals(payloads[index]!));
    expect(isEqual).toEqual(payloads.map(() => true));
    expect(await server.get('absent')).toBeUndefined();
  });

  it('takes any key of 250 bytes as sent, and keeps them apart', async () => {
    const keys = ['x'.repeat(250), 'Grüße', 'a b', 'a\r\nb', '\0', '$$&', 'R3LDvMOfZQ==', 'ü'.repeat(93)];
    for (const key of keys) await server.set(key, Buffer.from(key), 60);
    const items = await server.getMany([...keys, 'absent']);
    const found = Array.from(items, ([key, { payload }]) => [key, payload.toString()] as const);
    expect(new Map(found)).toEqual(new Map(keys.map((key) => [key, key])));
    expect(await Promise.all(keys.map((key) => server.touch(key, 90)))).toEqual(keys.map(() => true));
    expect(await Promise.all(keys.map((key) => server.exact.secondsLeft(key)))).not.toContain(undefined);
    expect((await server.exact.inspect('a b'))?.payload.toString()).toBe('a b');
    expect(await Promise.all(keys.map((key) => server.remove(key)))).toEqual(keys.map(() => true));
  });

  it('adds what is absent, and touches and removes what is there', async () => {
    expect(await server.touch('k', 60)).toBe(false);
    expect(await server.remove('k')).toBe(false);
    expect(await server.add('k', EVERY_BYTE, 60)).toBe(true);
    expect(await server.add('k', EVERY_BYTE, 60)).toBe(false);
    expect(await server.exact.secondsLeft('k')).toBeGreaterThan(55);
    expect(await server.touch('k', 0)).toBe(true);
    expect(await server.exact.secondsLeft('k')).toBeNull();
    expect(await server.remove('k')).toBe(true);
    expect(await server.exact.secondsLeft('k')).toBeUndefined();
  });

  it('takes lifetimes beyond thirty days as moments', async () => {
    await server.set('k', EVERY_BYTE, Math.floor(Date.now() / 1000) + 40 * 86_400);
    expect(await server.exact.secondsLeft('k')).toBeGreaterThan(39 * 86_400);
    await server.set('past', EVERY_BYTE, 31 * 86_400);
    expect(await server.get('past')).toBeUndefined();
  });

  it('counts, keeps the end, and stops at zero', async () => {
    expect(await server.count('n', 1)).toBeUndefined();
    await server.set('n', Buffer.from('40'), 60);
    expect(await server.count('n', 2)).toBe(42);
    expect(await server.count('n', -40)).toBe(2);
    expect(await server.count('n', -40)).toBe(0);
    expect(await server.exact.secondsLeft('n')).toBeGreaterThan(50);
    await server.set('text', Buffer.from('forty'), 60);
    await expect(server.count('text', 1)).rejects.toBeInstanceOf(NotCountableError);
    expect((await server.get('text'))?.payload.toString()).toBe('forty');
  });

  it('loses none of many counts at once', async () => {
    await server.set('n', Buffer.from('0'), 60);
    await Promise.all(Array.from({ length: 200 }, () => server.count('n', 1)));
    expect(await server.count('n', 0)).toBe(200);
  });

  it('changes by comparison only what nobody else changed', async () => {
    const { exact } = server;
    await server.set('n', Buffer.from('5'), 60);
    const before = (await exact.inspect('n'))!;
    expect(before.payload.toString()).toBe('5');
    expect(before.secondsLeft).toBeGreaterThan(50);
    expect(await exact.compareAndCount('n', -3, before.cas!)).toBe(2);
    expect(await exact.compareAndCount('n', -1, before.cas!)).toBe(false);
    expect(await exact.compareAndSet('n', Buffer.from('-1'), 60, before.cas!)).toBe(false);
    const after = (await exact.inspect('n'))!;
    expect(await exact.compareAndSet('n', Buffer.from('-1'), 0, after.cas!)).toBe(true);
    expect(await exact.inspect('n')).toMatchObject({ payload: Buffer.from('-1'), secondsLeft: null });
    await server.remove('n');
    expect(await exact.compareAndSet('n', Buffer.from('1'), 0, after.cas!)).toBe(false);
    expect(await exact.compareAndCount('n', 1, after.cas!)).toBe(false);
    expect(await exact.inspect('n')).toBeUndefined();
  });

  it('tells a payload over the limit by its size, and keeps nothing of the key', async () => {
    const limit = await server.itemLimit();
    expect(limit).toBe(1024 ** 2);
    const { cas } = await server
      .set('k', EVERY_BYTE, 60)
      .then(() => server.exact.inspect('k'))
      .then((item) => item!);
    const large = Buffer.alloc(limit);
    await expect(server.set('k', large, 60)).rejects.toThrow('1048576 bytes');
    expect(await server.get('k')).toBeUndefined();
    await expect(server.add('k', large, 60)).rejects.toBeInstanceOf(ItemTooLargeError);
    await expect(server.exact.compareAndSet('k', large, 60, cas!)).rejects.toBeInstanceOf(ItemTooLargeError);
    await server.probe();
  });

  it('refuses a payload that nobody could read again, and keeps nothing of the key', async () => {
    await server.set('k', EVERY_BYTE, 60);
    await expect(server.set('k', Buffer.alloc(128 * 1024 ** 2 + 1), 60)).rejects.toBeInstanceOf(
      ItemTooLargeError,
    );
    expect(await server.get('k')).toBeUndefined();
  });

  it('reads many keys at once, in any mix', async () => {
    const keys = Array.from({ length: 1100 }, (_, index) => `many:${index}`);
    await Promise.all(
      keys.filter((_, index) => index % 3 > 0).map((key) => server.set(key, Buffer.from(key), 60)),
    );
    const items = await server.getMany([...keys, 'many:1']);
    expect(items.size).toBe(733);
    expect([...items].every(([key, { payload }]) => payload.toString() === key)).toBe(true);
    expect(await server.getMany([])).toEqual(new Map());
  });
});

describe('The meta client of a server that comes and goes', () => {
  let memcached: ServerProcess;
  let server: MetaServer;
  let losses: string[];

  beforeEach(async () => {
    losses = [];
    memcached = await startMemcached();
  });
  afterEach(async () => {
    await server.close();
    await memcached.stop();
  });

  const to = (port: number): MetaServer =>
    new MetaServer(
      { name: `127.0.0.1:${port}`, host: '127.0.0.1', port },
      { onLost: (reason) => losses.push(String(reason)), silenceLimitMs: 200 },
    );

  const untilItAnswers = (): Promise<void> =>
    until('the server is found', () =>
      server.get('k').then(
        () => true,
        () => false,
      ),
    );

  it('rejects at once while the server is away, and finds it when it is back', async () => {
    server = to(memcached.port);
    await server.connect();
    await server.probe();
    await memcached.kill('SIGKILL');
    await until('the connection is lost', () => Promise.resolve(losses.length === 1));
    await expect(server.get('k')).rejects.toThrow(/no connection to memcached at 127.0.0.1:\d+: /);
    await expect(server.probe()).rejects.toThrow('ECONNREFUSED');
    await memcached.restart();
    await untilItAnswers();
    await server.probe();
    expect(losses).toHaveLength(1);
  });

  it('rejects the first attempt without a server, and goes on trying', async () => {
    await memcached.kill('SIGKILL');
    server = to(memcached.port);
    await expect(server.connect()).rejects.toThrow('ECONNREFUSED');
    await memcached.restart();
    await untilItAnswers();
    expect(losses).toEqual([]);
  });

  it('gives up a server that hangs, knows of the doubt, and connects anew when it goes on', async () => {
    server = to(memcached.port);
    await server.probe();
    memcached.pause();
    const hanging = server.set('k', EVERY_BYTE, 60);
    await expect(hanging).rejects.toThrow('said nothing for 200 ms');
    expect([server.takeDoubt(), server.takeDoubt()]).toEqual([true, false]);
    memcached.resume();
    await server.probe();
  });

  it('survives a network that stalls, resets and babbles', async () => {
    const proxy = await startProxy(memcached);
    server = to(proxy.port);
    await server.probe();
    await server.set('k', EVERY_BYTE, 60);
    for (const mode of ['reset', 'garbage', 'blackhole'] as const) {
      await proxy.set(mode);
      await expect(server.probe()).rejects.toThrow();
      await proxy.set('pass');
      await untilItAnswers();
      expect((await server.get('k'))?.payload.equals(EVERY_BYTE)).toBe(true);
    }
    await server.close();
    await proxy.stop();
  });
});

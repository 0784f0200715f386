import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  locationFromOption,
  type MemcachedAddress,
} from '../../../lib/backends/memcached/memcached-location.js';
import {
  ItemTooLargeError,
  type MemcachedServer,
  NotCountableError,
} from '../../../lib/backends/memcached/memcached-server.js';
import { MemjsServer } from '../../../lib/backends/memcached/memjs-server.js';
import { PackageServer } from '../../../lib/backends/memcached/package-server.js';
import { onMemcached, type ServerProcess, startMemcached, startProxy } from '../../support/servers/index.mjs';
import { until } from '../../support/servers/server-process.mjs';

type Made = new (address: MemcachedAddress, options: { onLost: (reason: Error) => void }) => MemcachedServer;

const addressOf = ({ host, port }: { host: string; port: number }): MemcachedAddress =>
  locationFromOption({ host, port })[0]!;

const bindings: readonly [string, Made][] = [
  ['memcached', PackageServer],
  ['memjs', MemjsServer],
];

describe.each(bindings)('A server through the package "%s"', (_name, Server) => {
  let memcached: ServerProcess;
  let server: MemcachedServer;
  let losses: string[];

  const connectTo = (place: { host: string; port: number }): MemcachedServer =>
    new Server(addressOf(place), { onLost: (reason) => losses.push(reason.message) });

  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached.stop());

  beforeEach(async () => {
    losses = [];
    await onMemcached(memcached, (wire) => wire.ask('flush_all\r\n'));
    server = connectTo(memcached);
    await server.connect();
  });
  afterEach(() => server.close());

  const textAt = async (key: string): Promise<string | undefined> =>
    (await server.get(key))?.payload.toString('latin1');
  const store = (key: string, text: string): Promise<void> => server.set(key, Buffer.from(text, 'latin1'), 0);

  it('keeps payloads byte by byte', async () => {
    const everyByte = Buffer.from(Array.from({ length: 2048 }, (_, index) => index % 256));
    const payloads = [
      everyByte,
      Buffer.alloc(0),
      Buffer.from('END'),
      Buffer.from('a\r\nEND\r\n'),
      Buffer.from('\\\r\n\\'),
      Buffer.from('\\\\\r'),
      Buffer.from('\n'),
      Buffer.from('é日本'),
    ];
    for (const [index, payload] of payloads.entries()) await server.set(`k${index}`, payload, 0);
    for (const [index, payload] of payloads.entries())
      expect((await server.get(`k${index}`))?.payload).toEqual(payload);
  });

  it('keeps a payload of nearly a megabyte', async () => {
    const large = Buffer.alloc(900_000, Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
    await server.set('large', large, 0);
    expect((await server.get('large'))?.payload.equals(large)).toBe(true);
  });

  it('refuses what is over the item limit, and goes on with the same connection', async () => {
    await expect(server.set('k', Buffer.alloc(1024 ** 2), 0)).rejects.toThrow(ItemTooLargeError);
    await expect(server.add('k', Buffer.alloc(1024 ** 2), 0)).rejects.toThrow(ItemTooLargeError);
    await store('k', 'v');
    expect(await textAt('k')).toBe('v');
    expect(losses).toEqual([]);
  });

  it('tells the item limit of the server', async () => {
    expect(await server.itemLimit()).toBe(1024 ** 2);
  });

  it('reads several keys, and only those that are there', async () => {
    const keys = Array.from({ length: 250 }, (_, index) => `k${index}`);
    await Promise.all(keys.filter((_, index) => index % 2 === 0).map((key) => store(key, `value of ${key}`)));
    const found = await server.getMany(keys);
    expect(found.size).toBe(125);
    for (const [key, { payload }] of found) expect(payload.toString('latin1')).toBe(`value of ${key}`);
    expect((await server.getMany([])).size).toBe(0);
  });

  it('gives each of many callers at once their own answer', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    await Promise.all(numbers.map((number) => store(`k${number}`, `v${number}`)));
    const answers = await Promise.all(
      numbers.map((number) => (number % 3 === 0 ? textAt(`absent${number}`) : textAt(`k${number}`))),
    );
    expect(answers).toEqual(numbers.map((number) => (number % 3 === 0 ? undefined : `v${number}`)));
  });

  it('adds, touches and removes as the server says', async () => {
    expect(await server.add('k', Buffer.from('1'), 0)).toBe(true);
    expect(await server.add('k', Buffer.from('2'), 0)).toBe(false);
    expect(await server.touch('k', 100)).toBe(true);
    expect(await server.touch('absent', 100)).toBe(false);
    expect(await server.remove('k')).toBe(true);
    expect(await server.remove('k')).toBe(false);
  });

  it('stores what is over already as if it were not there', async () => {
    await server.set('k', Buffer.from('v'), 30 * 86_400 + 1);
    expect(await textAt('k')).toBeUndefined();
  });

  it('counts with all safe integers, and creates nothing', async () => {
    await store('n', '9007199254740000');
    expect(await server.count('n', 991)).toBe(9_007_199_254_740_991);
    expect(await server.count('n', -9_007_199_254_740_990)).toBe(1);
    expect(await server.count('n', -5)).toBe(0);
    expect(await server.count('absent', 1)).toBeUndefined();
    expect(await textAt('absent')).toBeUndefined();
  });

  it('says of what is no number that it cannot be counted with', async () => {
    await store('text', 'abc');
    await store('negative', '-5');
    await expect(server.count('text', 1)).rejects.toThrow(NotCountableError);
    await expect(server.count('negative', 1)).rejects.toThrow(NotCountableError);
    expect(losses).toEqual([]);
  });

  it('empties the server when it is told to', async () => {
    await store('k', 'v');
    await server.flushAll();
    expect(await textAt('k')).toBeUndefined();
  });

  it('rejects at once where nobody listens, and finds the server when it is there', async () => {
    const other = await startMemcached();
    const late = connectTo(other);
    try {
      await other.kill('SIGKILL');
      await expect(late.connect()).rejects.toThrow(/ECONNREFUSED|closed/);
      await expect(late.get('k')).rejects.toThrow(late.name);
      await expect(late.probe()).rejects.toThrow();
      await other.restart();
      await late.probe();
      expect(await late.get('k')).toBeUndefined();
    } finally {
      await late.close();
      await other.stop();
    }
  });

  it('settles what is pending when the connection ends, tells of it, and is in doubt of the changes', async () => {
    const proxy = await startProxy(memcached);
    const proxied = connectTo(proxy);
    try {
      await proxied.connect();
      await proxied.itemLimit();
      await proxied.set('k', Buffer.from('1'), 0);
      await proxy.set('stall');
      const pending = [proxied.get('k'), proxied.set('k', Buffer.from('2'), 0)];
      const outcomes = Promise.allSettled(pending);
      await proxy.set('reset');
      expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(losses).toHaveLength(1);
      expect(proxied.takeDoubt()).toBe(true);
      expect(proxied.takeDoubt()).toBe(false);
      await proxy.set('pass');
      await proxied.probe();
      await proxied.set('k', Buffer.from('3'), 0);
      expect((await proxied.get('k'))?.payload.toString()).toBe('3');
    } finally {
      await proxied.close();
      await proxy.stop();
    }
  });

  it('is in no doubt when only reads were pending', async () => {
    const proxy = await startProxy(memcached);
    const proxied = connectTo(proxy);
    try {
      await proxied.connect();
      await proxy.set('stall');
      const outcome = proxied.get('k').catch((error: unknown) => error);
      await proxy.set('reset');
      await outcome;
      expect(proxied.takeDoubt()).toBe(false);
    } finally {
      await proxied.close();
      await proxy.stop();
    }
  });

  it('survives answers that make no sense', async () => {
    const proxy = await startProxy(memcached);
    const proxied = connectTo(proxy);
    try {
      await proxied.connect();
      await proxy.set('garbage');
      const outcomes = Promise.allSettled([proxied.get('a'), proxied.remove('b')]);
      await proxy.set('pass');
      await outcomes;
      await until('it works again', () =>
        proxied.probe().then(
          () => true,
          () => false,
        ),
      );
      expect(await proxied.get('k')).toBeUndefined();
    } finally {
      await proxied.close();
      await proxy.stop();
    }
  });

  it('rejects what is pending when it is closed, and everything after', async () => {
    memcached.pause();
    const outcome = Promise.allSettled([server.get('k'), server.remove('k')]);
    await server.close();
    await server.close();
    expect((await outcome).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    memcached.resume();
    await expect(server.get('k')).rejects.toThrow('closed');
    await expect(server.probe()).rejects.toThrow('closed');
    expect(losses).toEqual([]);
  });
});

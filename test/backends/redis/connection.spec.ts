import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, createClientPool } from 'redis';
import { RedisWire, type ServerProcess, startProxy, startRedis } from '../../support/servers/index.mjs';
import { eventually } from './eventually.js';
import { bytes, closeAll, makeRedis, openRedis } from './open-redis.js';

let server: ServerProcess;
let wire: RedisWire;
const cleanUps: (() => unknown)[] = [];
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  wire = new RedisWire(server);
  await wire.command('FLUSHALL');
});
afterEach(async () => {
  await closeAll();
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  wire.close();
});

const at = (port: number) => `redis://127.0.0.1:${port}`;
async function proxied() {
  const proxy = await startProxy(server);
  cleanUps.push(() => proxy.stop());
  const opened = await openRedis(at(proxy.port));
  return { proxy, name: `127.0.0.1:${proxy.port}`, ...opened };
}
const othersConnected = async () =>
  String(await wire.command('CLIENT', 'LIST'))
    .trim()
    .split('\n')
    .filter((line) => !line.includes('cmd=client|list')).length;

/** Like a network that swallows the way back of its first connection, and may deliver later what was sent there. */
async function holdFirst() {
  let isHolding = false;
  let held = Buffer.alloc(0);
  let upstream: Socket | undefined;
  const clients = new Set<Socket>();
  const listener = createServer((client) => {
    clients.add(client.on('error', () => {}));
    const up = connect(server.port, '127.0.0.1').on('error', () => {});
    clients.add(up);
    if (upstream) {
      client.pipe(up).pipe(client);
      return;
    }
    upstream = up;
    client.on('data', (data) => {
      if (isHolding) held = Buffer.concat([held, data]);
      else up.write(data);
    });
    up.on('data', (data) => client.write(data));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of clients) socket.destroy();
    listener.close();
  });
  return {
    port: (listener.address() as AddressInfo).port,
    hold: () => (isHolding = true),
    deliver: () => upstream!.write(held),
    isCut: () => upstream!.closed || upstream!.readableEnded,
  };
}

describe('the connection to Redis', () => {
  it('is found later if the server was not there at the start', async () => {
    const late = await startRedis();
    cleanUps.push(() => late.stop());
    await late.kill();
    const { backend, lost } = await openRedis(at(late.port));
    expect(lost.length).toBeGreaterThan(0);
    await expect(backend.read(':1:a')).rejects.toThrow('ECONNREFUSED');
    await expect(backend.servers.probe('')).rejects.toThrow('ECONNREFUSED');
    await late.restart();
    await eventually(() => backend.servers.probe(''));
    await backend.write(':1:a', bytes('x'), null);
    expect(await backend.read(':1:a')).toBeDefined();
  });

  it('tells at once that the server is gone, fails what is under way, and comes back with the server', async () => {
    const mortal = await startRedis();
    cleanUps.push(() => mortal.stop());
    const { backend, lost } = await openRedis(at(mortal.port));
    mortal.pause();
    const pending = expect(backend.read(':1:a')).rejects.toThrow();
    await mortal.kill('SIGKILL');
    await pending;
    await eventually(() => expect(lost).toHaveLength(1));
    expect(lost[0]!.server).toBe(`127.0.0.1:${mortal.port}`);
    await mortal.restart();
    await eventually(() => backend.servers.probe(''));
    expect(await backend.read(':1:a')).toBeUndefined();
  });

  it('is given up when it swallows what is sent, so that the server is reached once there is a way again', async () => {
    const { backend, lost, name, proxy } = await proxied();
    await proxy.set('blackhole');
    const swallowed = expect(backend.write(':1:a', bytes('x'), null)).rejects.toThrow();
    await expect(backend.servers.probe(name)).rejects.toThrow();
    await swallowed;
    expect(lost.map((each) => each.server)).toEqual([name]);
    await proxy.set('pass');
    await eventually(() => backend.servers.probe(name), 3000);
  });

  it('is made anew after an answer that makes no sense, and nobody gets the answer of another', async () => {
    const { backend, lost, name, proxy } = await proxied();
    const keys = Array.from({ length: 100 }, (_, index) => `:1:${index}`);
    await backend.writeMany(keys.map((key) => ({ key, payload: bytes(key), expiresAt: null })));
    const expectOwnAnswers = (outcomes: PromiseSettledResult<{ payload: Buffer } | undefined>[]): void => {
      const payloads = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value?.payload : 'failed',
      );
      // Random bytes that begin with "_" say that there is nothing, which is nobody else's answer; what follows makes no sense.
      expect(payloads.filter((payload) => payload === undefined).length).toBeLessThanOrEqual(1);
      expect(payloads).toEqual(
        payloads.map((payload, index) =>
          payload === 'failed' || payload === undefined ? payload : bytes(keys[index]!),
        ),
      );
    };
    for (let round = 0; round < 5; round++) {
      await eventually(() => backend.servers.probe(name));
      const reads = Promise.allSettled(keys.map((key) => backend.read(key)));
      await proxy.set('garbage');
      const later = Promise.allSettled(keys.map((key) => backend.read(key)));
      await Promise.race([later, backend.servers.probe(name).catch(() => undefined)]);
      await proxy.set('pass');
      expectOwnAnswers(await reads);
      expectOwnAnswers(await later);
    }
    await eventually(() => backend.servers.probe(name));
    expect(lost.length).toBeGreaterThan(0);
  });

  it.each([
    ['+OK\r\n+OK\r\n', 'more answers than questions'],
    ['+PONG\r\n', 'a text in place of bytes'],
    [':1\r\n', 'a number in place of bytes'],
    ['*1\r\n$1\r\nx\r\n', 'a list in place of bytes'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'another protocol'],
  ])('is given up after %j, which is %s', async (nonsense) => {
    const sockets = new Set<Socket>();
    let answer = '';
    const listener = createServer((client) => {
      sockets.add(client.on('error', () => {}));
      client.on('data', (data) => {
        if (answer !== '') client.write(answer);
        else
          client.write(
            '+OK\r\n'.repeat(
              String(data)
                .split('\r\n')
                .filter((line) => line.startsWith('*')).length,
            ),
          );
      });
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    });
    const { backend, lost } = await openRedis(at((listener.address() as AddressInfo).port));
    answer = nonsense;
    await expect(backend.read(':1:a')).rejects.toThrow();
    await eventually(() => expect(lost).toHaveLength(1));
  });

  it('lets nothing take effect, after a recovery, that was sent over one that was given up', async () => {
    const network = await holdFirst();
    const { backend } = await openRedis(at(network.port));
    const name = backend.servers.names('write')[0]!;
    await backend.write(':1:a', bytes('old'), null);
    network.hold();
    const lateWrite = expect(backend.write(':1:a', bytes('late'), null)).rejects.toThrow();
    await expect(backend.servers.probe(name)).rejects.toThrow();
    await lateWrite;
    await eventually(() => backend.servers.probe(name));
    expect(network.isCut()).toBe(false);
    await backend.servers.recover(name, [':1:a']);
    await eventually(() => expect(network.isCut()).toBe(true));
    network.deliver();
    await backend.servers.probe(name);
    expect(await backend.read(':1:a')).toBeUndefined();
  });

  it('removes what is doubtful when the server is back, or all of the cache', async () => {
    const { backend } = await openRedis(at(server.port));
    const name = backend.servers.names('write')[0]!;
    await wire.command('MSET', ':1:a', '1', ':1:b', '1', 'foreign', '1');
    await backend.servers.recover(name, [':1:a', ':1:absent']);
    expect(await wire.command('EXISTS', ':1:a', ':1:b')).toBe(1);
    await backend.servers.recover(name, []);
    await backend.servers.recover(name, 'all');
    expect(await wire.command('KEYS', '*')).toEqual(['foreign']);
  });

  it('is one for all caches at the same place, until the last of them closes', async () => {
    const shared = new Map<string, unknown>();
    const before = await othersConnected();
    const one = (await openRedis(at(server.port), { shared })).backend;
    const two = (await openRedis(at(server.port), { shared })).backend;
    const apart = (await openRedis(`${at(server.port)}/1`, { shared })).backend;
    expect(await othersConnected()).toBe(before + 2);
    await one.close();
    await one.close();
    await apart.close();
    await two.write(':1:a', bytes('x'), null);
    await two.close();
    await eventually(async () => expect(await othersConnected()).toBe(before));
    expect(shared.size).toBe(0);
    await expect(two.read(':1:a')).rejects.toThrow();
  });

  it.each(['listening', 'silent', 'absent'])(
    'leaves nothing behind when it is closed early, the server being %s',
    async (kind) => {
      const sockets = new Set<Socket>();
      const listener = createServer((client) => sockets.add(client.on('error', () => {})));
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const { port } = listener.address() as AddressInfo;
      if (kind === 'absent') listener.close();
      const { backend } = makeRedis(at(kind === 'listening' ? server.port : port));
      const opening = backend.open();
      await new Promise(setImmediate);
      await backend.close();
      await opening;
      await eventually(() => expect([...sockets].filter((socket) => !socket.destroyed)).toEqual([]), 500);
      listener.close();
    },
  );
});

describe("the application's own client", () => {
  it.each([2, 3] as const)('is used as it is and left open, with RESP %d', async (RESP) => {
    // Without a listener for its errors.
    const client = createClient({ url: `${at(server.port)}/3`, RESP });
    await client.connect();
    cleanUps.push(() => client.destroy());
    const { backend, lost } = await openRedis(client);
    await backend.write(':1:a', Buffer.of(0, 255), null);
    expect((await backend.read(':1:a'))?.payload).toEqual(Buffer.of(0, 255));
    await backend.write(':1:n', bytes('1'), null);
    expect(await backend.increment(':1:n', 1)).toBe(2);
    expect((await backend.readMany([':1:a', ':1:n'])).size).toBe(2);
    await backend.clear();
    expect(await backend.read(':1:a')).toBeUndefined();
    await backend.close();
    expect(await client.set('text', 'stays')).toBe('OK');
    expect(await client.get('text')).toBe('stays');
    expect(lost).toEqual([]);
  });

  it('is reported lost with its server, and used again when it has come back by itself', async () => {
    const mortal = await startRedis();
    cleanUps.push(() => mortal.stop());
    const client = createClient({ url: at(mortal.port), socket: { reconnectStrategy: 20 } });
    await client.connect();
    cleanUps.push(() => client.destroy());
    const { backend, lost } = await openRedis(client);
    await mortal.kill();
    await eventually(() => expect(lost.length).toBeGreaterThan(0));
    await expect(backend.write(':1:a', bytes('x'), null)).rejects.toThrow('is not connected');
    await mortal.restart();
    await eventually(() => backend.servers.probe(lost[0]!.server));
    expect(await backend.read(':1:a')).toBeUndefined();
  });

  it('may be a pool', async () => {
    const pool = createClientPool({ url: at(server.port) }, { minimum: 2, maximum: 4 });
    await pool.connect();
    cleanUps.push(() => pool.destroy());
    const { backend } = await openRedis(pool);
    await backend.write(':1:a', Buffer.of(255), null);
    expect((await backend.read(':1:a'))?.payload).toEqual(Buffer.of(255));
    await backend.clear();
    await backend.close();
    expect(await pool.get(':1:a')).toBeNull();
  });
});

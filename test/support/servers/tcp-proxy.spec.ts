import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startProxy } from './tcp-proxy.mjs';
import type { TcpProxy } from './tcp-proxy.mjs';

/** A server that says again what it hears. */
async function startEcho(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

async function open({ host, port }: { host: string; port: number }): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function says(socket: Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

/** Resolves with the code of the error that ends a connection. */
async function failure(socket: Socket): Promise<string | undefined> {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code;
}

describe('TcpProxy', () => {
  let echo: Awaited<ReturnType<typeof startEcho>>;
  let proxy: TcpProxy;
  const sockets: Socket[] = [];

  const opened = async (): Promise<Socket> => {
    const socket = await open(proxy);
    sockets.push(socket);
    return socket;
  };

  beforeEach(async () => {
    echo = await startEcho();
    proxy = await startProxy({ host: '127.0.0.1', port: echo.port });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.on('error', () => {}).destroy();
    await proxy.stop();
    echo.server.close();
  });

  it('passes bytes both ways', async () => {
    const socket = await opened();
    socket.write('hello');
    expect(await says(socket)).toBe('hello');
  });

  it('passes the end of a connection', async () => {
    const socket = await opened();
    socket.end('bye');
    expect(await says(socket)).toBe('bye');
    await once(socket, 'end');
  });

  it('holds everything in a stall, and delivers it after', async () => {
    const old = await opened();
    old.write('1');
    expect(await says(old)).toBe('1');
    await proxy.set('stall');
    const late = await opened();
    const heard: string[] = [];
    for (const socket of [old, late]) socket.on('data', (bytes: Buffer) => heard.push(bytes.toString()));
    old.write('held');
    late.write('too');
    // What is sent to another server now is answered; what went to this one has had its time.
    const other = await open({ host: '127.0.0.1', port: echo.port });
    other.write('elsewhere');
    expect(await says(other)).toBe('elsewhere');
    other.destroy();
    expect(heard).toEqual([]);
    const both = Promise.all([says(old), says(late)]);
    await proxy.set('pass');
    expect(await both).toEqual(['held', 'too']);
  });

  it('loses everything in a black hole, and leaves connections of that time dead', async () => {
    const old = await opened();
    await proxy.set('blackhole');
    old.write('lost');
    await proxy.set('pass');
    const heard: string[] = [];
    old.on('data', (bytes: Buffer) => heard.push(bytes.toString()));
    old.write('lost as well');
    const fresh = await opened();
    fresh.write('fresh');
    expect(await says(fresh)).toBe('fresh');
    expect(heard).toEqual([]);
    expect(old.destroyed).toBe(false);
  });

  it('resets connections, old and new', async () => {
    const old = await opened();
    old.write('1');
    await says(old);
    const ended = failure(old);
    await proxy.set('reset');
    expect(await ended).toBe('ECONNRESET');
    expect(await failure(connect({ host: proxy.host, port: proxy.port }))).toBe('ECONNRESET');
    await proxy.set('pass');
    const fresh = await opened();
    fresh.write('fresh');
    expect(await says(fresh)).toBe('fresh');
  });

  it('refuses connections, and listens on the same port after', async () => {
    const { port } = proxy;
    await proxy.set('refuse');
    expect(await failure(connect({ host: proxy.host, port }))).toBe('ECONNREFUSED');
    await proxy.set('pass');
    expect(proxy.port).toBe(port);
    const fresh = await opened();
    fresh.write('fresh');
    expect(await says(fresh)).toBe('fresh');
  });

  it('answers garbage, and ends connections of that time', async () => {
    const socket = await opened();
    await proxy.set('garbage');
    const question = 'what is it that you have to say to me';
    socket.write(question);
    expect(await says(socket)).not.toBe(question);
    const ended = failure(socket);
    await proxy.set('pass');
    expect(await ended).toBe('ECONNRESET');
    expect(proxy.connections).toBe(0);
  });

  it('keeps the order of what it delays', async () => {
    const socket = await opened();
    proxy.delay(20);
    let heard = '';
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString();
    });
    for (const letter of 'abcdef') socket.write(letter);
    proxy.delay(0);
    socket.end('g');
    await once(socket, 'end');
    expect(heard).toBe('abcdefg');
  });
});

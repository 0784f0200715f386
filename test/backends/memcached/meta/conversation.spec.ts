import { describe, expect, it } from '@jest/globals';
import { ItemTooLargeError, NotCountableError } from '../../../../lib/backends/memcached/memcached-server.js';
import { MetaServer } from '../../../../lib/backends/memcached/meta/meta-server.js';
import { GREETING, scripted, ScriptedSocket, turn } from './scripted-server.js';

const abc = Buffer.from('abc');

describe('A conversation with the server', () => {
  it('sends all questions of one turn in one write', async () => {
    const { server, socket } = await scripted();
    const answers = Promise.all([server.get('a'), server.set('b', abc, 60), server.remove('c')]);
    await turn();
    const [first, second, third] = socket.marks;
    expect(socket.writes).toEqual([`mg a v ${first}\r\nms b 3 T60 ${second}\r\nabc\r\nmd c ${third}\r\n`]);
    socket.answer(`VA 1 ${first}\r\nx\r\nHD ${second}\r\nNF ${third}\r\n`);
    expect(await answers).toEqual([{ payload: Buffer.from('x') }, undefined, false]);
    await server.close();
  });

  it('sends large payloads between their commands', async () => {
    const { server, socket } = await scripted();
    const large = Buffer.alloc(100_000, 'x');
    const answers = Promise.all([server.set('a', large, 0), server.set('b', abc, 0)]);
    await turn();
    const [first, second] = socket.marks;
    expect(socket.writes.join('')).toBe(
      `ms a 100000 T0 ${first}\r\n${large.toString()}\r\nms b 3 T0 ${second}\r\nabc\r\n`,
    );
    socket.answer(`HD ${first}\r\nHD ${second}\r\n`);
    await answers;
    await server.close();
  });

  it('sends keys that are not visible ASCII in base64, and refuses what cannot be sent', async () => {
    const { server, socket } = await scripted();
    const pending = [server.get('a b\r\nflush_all'), server.get('Grüße')];
    await turn();
    expect(socket.writes.join('').replaceAll(/O\d+/g, 'O')).toBe(
      'mg YSBiDQpmbHVzaF9hbGw= b v O\r\nmg R3LDvMOfZQ== b v O\r\n',
    );
    await expect(server.get('x'.repeat(251))).rejects.toThrow('251 bytes');
    await expect(server.get('ü'.repeat(100))).rejects.toThrow('268 bytes in base64');
    await expect(server.get('')).rejects.toThrow('1 to 250');
    await expect(server.get('\uD800')).rejects.toThrow('well-formed');
    await expect(server.getMany(['a', ''])).rejects.toThrow('1 to 250');
    await expect(server.set('a', abc, 1.5)).rejects.toThrow(RangeError);
    await expect(server.touch('a', -1)).rejects.toThrow(RangeError);
    await expect(server.touch('a', 2 ** 31)).rejects.toThrow(RangeError);
    await expect(server.count('a', Number.NaN)).rejects.toThrow(RangeError);
    await expect(server.exact.compareAndSet('a', abc, 0, '1 I')).rejects.toThrow(RangeError);
    const ended = Promise.allSettled(pending);
    await server.close();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('rejects with the words of the server, and goes on', async () => {
    const { server, socket } = await scripted();
    const refused = [
      server.get('a'),
      server.set('b', abc, 0),
      server.set('c', abc, 0),
      server.count('d', 1),
      server.getMany(['e', 'f']),
    ].map((answer) => answer.catch((error: unknown) => error as Error));
    await turn();
    socket.answer(
      'SERVER_ERROR busy\r\nSERVER_ERROR object too large for cache\r\nSERVER_ERROR out of memory\r\n',
    );
    socket.answer('CLIENT_ERROR cannot increment or decrement non-numeric value\r\n');
    socket.answer(`SERVER_ERROR busy\r\nEN ${socket.marks[5]}\r\n`);
    const [get, tooLarge, memory, count, many] = await Promise.all(refused);
    expect(get).toMatchObject({ message: 'SERVER_ERROR busy' });
    expect(tooLarge).toBeInstanceOf(ItemTooLargeError);
    expect(tooLarge).toMatchObject({ message: expect.stringContaining('3 bytes') });
    expect(memory).toMatchObject({ message: 'SERVER_ERROR out of memory' });
    expect(count).toBeInstanceOf(NotCountableError);
    expect(many).toMatchObject({ message: 'SERVER_ERROR busy' });
    const next = server.remove('g');
    await turn();
    socket.answer(`HD ${socket.marks.at(-1)}\r\n`);
    expect(await next).toBe(true);
    expect(server.takeDoubt()).toBe(false);
    await server.close();
  });

  it.each([
    ['a reply to another command', (mark: string) => `HD ${mark}0\r\n`],
    ['a reply without mark', () => 'EN\r\n'],
    ['a code that the command does not have', (mark: string) => `NS ${mark}\r\n`],
    ['a value that was not asked for', (mark: string) => `VA 1 ${mark}\r\nx\r\n`],
    ['a flag that was not asked for', (mark: string) => `HD t5 ${mark}\r\n`],
    ['what is no reply at all', () => 'hello\r\n'],
    ['more than was asked', (mark: string) => `EN ${mark}\r\nEN ${mark}\r\n`],
    ['the end of the connection', () => undefined],
  ])('gives the connection up upon %s', async (_what, reply) => {
    const losses: unknown[] = [];
    const { server, socket } = await scripted({ onLost: (reason) => losses.push(reason) });
    const touched = server.touch('a', 60).catch(() => 'rejected');
    await turn();
    const text = reply(socket.marks[0]!);
    if (text === undefined) socket.push(null);
    else socket.answer(text);
    expect(await touched).toBe(text?.startsWith('EN O') ? false : 'rejected');
    await turn();
    expect(socket.destroyed).toBe(true);
    expect(losses).toHaveLength(1);
    await expect(server.get('a')).rejects.toThrow('no connection to memcached at scripted:1');
    await server.close();
  });

  it('gives the connection up if the server takes a payload for a command', async () => {
    const { server, socket } = await scripted();
    const stored = server.set('a', Buffer.from('flush_all'), 0);
    await turn();
    socket.answer('CLIENT_ERROR bad data chunk\r\nOK\r\n');
    await expect(stored).rejects.toThrow('bad data chunk');
    expect(socket.destroyed).toBe(true);
    await server.close();
  });

  it('tells once that a change may still be executed, and says so of changes alone', async () => {
    const reads = await scripted();
    const read = reads.server.get('a').catch(() => undefined);
    await turn();
    reads.socket.destroy();
    await read;
    expect(reads.server.takeDoubt()).toBe(false);
    await reads.server.close();

    const changes = await scripted();
    const change = changes.server.remove('a').catch(() => undefined);
    await turn();
    changes.socket.destroy();
    await change;
    expect([changes.server.takeDoubt(), changes.server.takeDoubt()]).toEqual([true, false]);
    await changes.server.close();
  });

  it('has no doubt about a change that was never handed to the socket', async () => {
    const { server, socket } = await scripted();
    const change = server.remove('a');
    socket.emit('error', new Error('gone'));
    await expect(change).rejects.toThrow('gone');
    expect(server.takeDoubt()).toBe(false);
    await server.close();
  });

  it('gives up a server that says nothing while it is asked something, and not one that is asked nothing', async () => {
    const losses: unknown[] = [];
    const { server, socket } = await scripted({
      silenceLimitMs: 20,
      onLost: (reason) => losses.push(String(reason)),
    });
    const answered = server.get('a');
    await turn();
    socket.answer(`EN ${socket.marks[0]}\r\n`);
    await answered;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(losses).toEqual([]);
    await expect(server.get('a')).rejects.toThrow('said nothing for 20 ms');
    expect(losses).toHaveLength(1);
    await server.close();
  });

  it('understands the looser wording of 1.6.10', async () => {
    const { server, socket } = await scripted({}, 'EN\r\nVERSION 1.6.10\r\n');
    const answers = Promise.all([server.get('a'), server.remove('b'), server.get('c')]);
    await turn();
    const [, second, third] = socket.marks;
    socket.answer(`EN\r\nHD  ${second}\r\nVA 2 ${third}\r\n  \r\n`);
    expect(await answers).toEqual([undefined, true, { payload: Buffer.from('  ') }]);
    await server.close();
  });

  it.each([
    ['a server without the meta commands', 'ERROR\r\nVERSION 1.5.22\r\n', 'needs memcached 1.6.10'],
    ['a server with their first form alone', 'EN\r\nVERSION 1.6.9\r\n', 'version 1.6.9'],
    ['what is no memcached', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'no reply'],
    ['more than the greeting', `${GREETING}HD\r\n`, 'lost'],
  ])('stores nothing on %s', async (_what, greeting, message) => {
    const socket = new ScriptedSocket();
    const server = new MetaServer({ name: 'old:1' }, { connections: 1, dial: () => socket });
    const connecting = server.connect();
    const stored = server.set('a', Buffer.from('flush_all\r\n'), 0).catch((error: unknown) => String(error));
    await turn();
    socket.answer(greeting);
    await expect(connecting).rejects.toThrow(message);
    expect(await stored).toContain('not connected yet');
    await expect(server.get('a')).rejects.toThrow('no connection');
    expect(socket.writes).toEqual(['mg nestjs-cache:greeting O1\r\nversion\r\n']);
    await server.close();
  });

  it('rejects what is pending when it is closed, and everything afterwards', async () => {
    const { server, socket } = await scripted();
    const pending = server.get('a');
    await turn();
    const unsent = server.get('b');
    await Promise.all([
      server.close(),
      server.close(),
      expect(pending).rejects.toThrow('closed'),
      expect(unsent).rejects.toThrow('closed'),
    ]);
    expect(socket.destroyed).toBe(true);
    await expect(server.get('a')).rejects.toThrow('closed');
    await expect(server.probe()).rejects.toThrow('closed');
  });

  it('uses one connection for one key', async () => {
    const sockets: ScriptedSocket[] = [];
    const server = new MetaServer(
      { name: 'many:1' },
      { connections: 4, dial: () => sockets[sockets.push(new ScriptedSocket()) - 1]! },
    );
    const connecting = server.connect();
    await turn();
    for (const socket of sockets) socket.answer(GREETING);
    await connecting;
    await turn();
    for (const socket of sockets) socket.writes.length = 0;
    const keys = Array.from({ length: 100 }, (_, index) => `key:${index % 50}`);
    const pending = Promise.allSettled([...keys.map((key) => server.get(key)), server.getMany(keys)]);
    await turn();
    const seen = sockets.map(({ writes }) => new Set(writes.join('').match(/key:\d+/g)));
    expect(seen.every(({ size }) => size > 3)).toBe(true);
    expect(seen.reduce((sum, { size }) => sum + size, 0)).toBe(50);
    expect(sockets.map(({ writes }) => writes.length)).toEqual([1, 1, 1, 1]);
    await server.close();
    await pending;
  });
});

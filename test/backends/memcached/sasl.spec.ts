import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { locationFromOption } from '../../../lib/backends/memcached/memcached-location.js';
import { MemjsServer } from '../../../lib/backends/memcached/memjs-server.js';

const HEADER = 24;
const enum Opcode {
  Get = 0,
  ListMechanisms = 0x20,
  Authenticate = 0x21,
}
const enum Status {
  Done = 0,
  NotFound = 1,
  AuthenticationFailed = 0x20,
}

/** A server of the binary protocol with no entries, that talks only to one user. The real one needs a database of users to do so. */
function secured(socket: Socket): void {
  let received = Buffer.alloc(0);
  let isKnown = false;
  const answer = (request: Buffer, status: Status, body = ''): void => {
    const head = Buffer.alloc(HEADER);
    head.writeUInt8(0x81, 0);
    head.writeUInt8(request.readUInt8(1), 1);
    head.writeUInt16BE(status, 6);
    head.writeUInt32BE(body.length, 8);
    request.copy(head, 12, 12, 16);
    socket.write(Buffer.concat([head, Buffer.from(body)]));
  };
  const take = (request: Buffer): void => {
    switch (request.readUInt8(1) as Opcode) {
      case Opcode.ListMechanisms:
        return answer(request, Status.Done, 'PLAIN');
      case Opcode.Authenticate:
        isKnown = request.subarray(HEADER).toString('latin1') === 'PLAIN\0user\0secret';
        return answer(request, isKnown ? Status.Done : Status.AuthenticationFailed);
      default:
        return answer(request, isKnown ? Status.NotFound : Status.AuthenticationFailed);
    }
  };
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= HEADER) {
      const length = HEADER + received.readUInt32BE(8);
      if (received.length < length) return;
      take(received.subarray(0, length));
      received = received.subarray(length);
    }
  });
}

describe('A memcached that wants a user name and a password', () => {
  let server: Server;
  const connectAs = (username?: string, password?: string): MemjsServer => {
    const [address] = locationFromOption({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    return new MemjsServer(address!, { username, password });
  };

  beforeAll(async () => {
    server = createServer(secured).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    await once(server, 'close');
  });

  it('answers whom it knows', async () => {
    const known = connectAs('user', 'secret');
    await known.connect();
    expect(await known.get('k')).toBeUndefined();
    await known.close();
  });

  it.each([
    ['user', 'wrong'],
    [undefined, undefined],
  ])('refuses %s with %s, and the error shows no password', async (username, password) => {
    const unknown = connectAs(username, password);
    await expect(unknown.connect()).rejects.toThrow(/authentication failed/i);
    await expect(unknown.get('k')).rejects.toThrow(/^((?!wrong).)*authentication failed((?!wrong).)*$/i);
    await unknown.close();
  });
});

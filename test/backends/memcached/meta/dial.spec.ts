import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MetaServer } from '../../../../lib/backends/memcached/meta/meta-server.js';
import { type ServerProcess, startMemcached } from '../../../support/servers/index.mjs';

/** A key that both ends know takes the place of certificates. */
const SHARED = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
const psk = Buffer.from('5a'.repeat(16), 'hex');

describe('The meta client with TLS', () => {
  let memcached: ServerProcess;
  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached.stop());

  it('speaks to the server in encrypted form, with the options given', async () => {
    const names: unknown[] = [];
    const gate = createServer({ ...SHARED, pskCallback: () => psk }, (client) => {
      names.push(client.servername);
      client.pipe(connect(memcached.port, memcached.host).on('error', () => client.destroy())).pipe(client);
    });
    await once(gate.listen(0, '127.0.0.1'), 'listening');
    const { port } = gate.address() as AddressInfo;
    const tls = {
      ...SHARED,
      pskCallback: () => ({ psk, identity: 'cache' }),
      checkServerIdentity: () => undefined,
    };

    const server = new MetaServer({ name: 'gate', host: 'localhost', port }, { tls });
    await server.probe();
    await server.set('k', Buffer.alloc(100_000, 'x'), 60);
    expect((await server.get('k'))?.payload.equals(Buffer.alloc(100_000, 'x'))).toBe(true);
    expect(names).toEqual(['localhost']);

    const plain = new MetaServer({ name: 'gate', host: '127.0.0.1', port }, { silenceLimitMs: 500 });
    await expect(plain.connect()).rejects.toThrow('lost');
    await Promise.all([server.close(), plain.close()]);
    await new Promise((resolve) => gate.close(resolve));
  });

  it('does not go on with a server that agrees on no encryption with it', async () => {
    const gate = createServer({ ...SHARED, pskCallback: () => psk });
    await once(gate.listen(0, '127.0.0.1'), 'listening');
    const { port } = gate.address() as AddressInfo;
    const server = new MetaServer({ name: 'gate', host: '127.0.0.1', port }, { tls: true });
    await expect(server.connect()).rejects.toThrow('lost');
    await server.close();
    await new Promise((resolve) => gate.close(resolve));
  });
});

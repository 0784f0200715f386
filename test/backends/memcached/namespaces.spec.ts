import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MemcachedClientName } from '../../../lib/backends/memcached/memcached-definition.js';
import { stampKey } from '../../../lib/backends/memcached/wire-key.js';
import { onMemcached, type ServerProcess, startMemcached } from '../../support/servers/index.mjs';
import { type Opened, openOn, store, textAt } from './on-servers.js';

const clients: readonly MemcachedClientName[] = ['meta', 'memcached', 'memjs'];
const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);

describe.each(clients)('Entries on one memcached, through %s', (client) => {
  let memcached: ServerProcess;
  const opened: Opened[] = [];

  const open = async (scope?: string): Promise<Opened> => {
    const one = await openOn({ host: memcached.host, port: memcached.port }, { client }, scope);
    opened.push(one);
    return one;
  };

  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached.stop());
  beforeEach(() => onMemcached(memcached, (wire) => wire.ask('flush_all\r\n')));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ backend }) => backend.close()));
  });

  it('are seen by another process, until that clears them', async () => {
    const [one, other] = [await open(), await open()];
    await store(one.backend, 'k', 'v');
    expect(await textAt(other.backend, 'k')).toBe('v');
    await other.backend.clear();
    expect(await textAt(one.backend, 'k')).toBeUndefined();
    expect(await textAt(other.backend, 'k')).toBeUndefined();
  });

  it('are hidden from every kind of operation that begins after a clear of another process', async () => {
    const [one, other] = [await open(), await open()];
    const now = one.clock.now();
    for (const key of keys) await store(one.backend, key, '5');
    await other.backend.clear();
    expect(
      await Promise.all([
        one.backend.read(keys[0]!),
        one.backend.touch(keys[1]!, now + 60_000),
        one.backend.remove(keys[2]!),
        one.backend.increment(keys[3]!, 1),
        one.backend.expiry(keys[4]!),
        one.backend.insert(keys[5]!, Buffer.from('new'), null),
        one.backend.removeMany([keys[6]!, keys[7]!]),
        one.backend.readMany([keys[8]!, keys[9]!]),
      ]),
    ).toEqual([undefined, false, false, undefined, undefined, true, 0, new Map()]);
    expect(await textAt(other.backend, keys[5]!)).toBe('new');
  });

  it('that are written under a stamp which moved meanwhile are written again, under the new one', async () => {
    const [one, other] = [await open(), await open()];
    await store(one.backend, 'k', 'old');
    await other.backend.clear();
    await store(one.backend, 'k', 'new');
    expect(await textAt(other.backend, 'k')).toBe('new');
  });

  it('of another scope survive a clear, and so does what is foreign', async () => {
    const [one, neighbour] = [await open('a'), await open('b')];
    await onMemcached(memcached, (wire) => wire.ask('set foreign 0 0 1\r\nx\r\n'));
    await store(one.backend, 'k', 'mine');
    await store(neighbour.backend, 'k', 'theirs');
    await one.backend.clear();
    expect(await textAt(one.backend, 'k')).toBeUndefined();
    expect(await textAt(neighbour.backend, 'k')).toBe('theirs');
    expect(await onMemcached(memcached, (wire) => wire.ask('get foreign\r\n'))).toContain('x');
  });

  it('do not come back when the stamp is lost', async () => {
    const { backend } = await open();
    await store(backend, 'k', 'v');
    await onMemcached(memcached, (wire) => wire.ask(`delete ${stampKey('scope')}\r\n`));
    expect(await textAt(backend, 'k')).toBeUndefined();
    await store(backend, 'k', 'w');
    expect(await textAt(backend, 'k')).toBe('w');
  });

  it('live on under a stamp of our own where somebody else wrote something there', async () => {
    const { backend } = await open();
    await onMemcached(memcached, (wire) => wire.ask(`set ${stampKey('scope')} 0 0 5\r\nhello\r\n`));
    await store(backend, 'k', 'v');
    expect(await textAt(backend, 'k')).toBe('v');
  });

  it('have one stamp, however many processes begin at once', async () => {
    const processes = await Promise.all(Array.from({ length: 5 }, () => open()));
    await Promise.all(processes.map(({ backend }, index) => store(backend, `k${index}`, `v${index}`)));
    const { backend } = processes[0]!;
    expect((await backend.readMany(processes.map((_, index) => `k${index}`))).size).toBe(5);
  });

  it('ask for the stamp once for all operations of a turn', async () => {
    const { backend } = await open();
    await store(backend, 'k', 'v');
    const reads = async (): Promise<number> =>
      onMemcached(memcached, async (wire) => Number(/cmd_get (\d+)/.exec(await wire.ask('stats\r\n'))![1]));
    const before = await reads();
    await Promise.all(keys.map((key) => backend.read(key)));
    expect((await reads()) - before).toBe(keys.length + 1);
  });

  it('are only removed where the removals are in no doubt, and hidden where all are', async () => {
    const { backend } = await open();
    const name = backend.servers.names()[0]!;
    for (const key of ['a', 'b', 'c']) await store(backend, key, 'v');
    await backend.servers.recover(name, []);
    await backend.servers.recover(name, ['a', 'b', 'absent']);
    expect([...(await backend.readMany(['a', 'b', 'c'])).keys()]).toEqual(['c']);
    await backend.servers.recover(name, 'all');
    expect(await textAt(backend, 'c')).toBeUndefined();
  });

  it('stay, without a doubt, when the only server was out of use', async () => {
    const { backend } = await open();
    const name = backend.servers.names()[0]!;
    await store(backend, 'k', 'v');
    backend.servers.eject(name);
    expect(backend.servers.nameFor('k')).toBe(name);
    await backend.servers.recover(name, []);
    backend.servers.readmit(name);
    expect(await textAt(backend, 'k')).toBe('v');
  });

  it('go with all others where clear flushes the server', async () => {
    const flushing = await openOn(
      { host: memcached.host, port: memcached.port },
      { client, clearStrategy: 'flushAll' },
    );
    opened.push(flushing);
    const neighbour = await open('b');
    await store(flushing.backend, 'k', 'v');
    await store(neighbour.backend, 'k', 'v');
    await flushing.backend.clear();
    expect(await textAt(flushing.backend, 'k')).toBeUndefined();
    expect(await textAt(neighbour.backend, 'k')).toBeUndefined();
    await store(flushing.backend, 'k', 'w');
    expect(await textAt(flushing.backend, 'k')).toBe('w');
  });
});

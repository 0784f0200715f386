import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCluster } from 'redis';
import { slotOf, tagOf } from '../../../lib/backends/redis/key-slot.js';
import { onRedis, type ServerProcess, startRedisCluster } from '../../support/servers/index.mjs';
import { bytes, closeAll, keysOf, openRedis, ownKeysOf } from './open-redis.js';

let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
beforeAll(async () => {
  cluster = await startRedisCluster({ masters: 3 });
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  for (const server of cluster.servers) await onRedis(server, (wire) => wire.command('FLUSHALL'));
});
afterEach(closeAll);

const nameOf = ({ host, port }: ServerProcess) => `${host}:${port}`;
const location = () => ({ cluster: [`redis://${nameOf(cluster.servers[1]!)}`] });
const sizes = () =>
  Promise.all(
    cluster.servers.map(async (server) => onRedis(server, (wire) => wire.command('DBSIZE'))),
  ) as Promise<number[]>;
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('the slot of a key', () => {
  it.each([
    '',
    'film',
    'ä',
    '{a}b',
    'x{a}b',
    '{}a',
    '{a',
    'a}b{',
    '{{a}}',
    '{ä}x',
    'a{b}{c}',
    '\u0000',
    '€{',
    'x'.repeat(300),
  ])('is the one that Redis takes %j to have', async (key) => {
    const slot = await onRedis(cluster.servers[0]!, (wire) => wire.command('CLUSTER', 'KEYSLOT', key));
    expect(slotOf(key)).toBe(slot);
  });

  it('is that of its tag, for every slot', () => {
    for (let slot = 0; slot < 16_384; slot++) expect(slotOf(`x{${tagOf(slot)}}y`)).toBe(slot);
  });
});

describe('a Redis cluster', () => {
  const keys = Array.from({ length: 300 }, (_, index) => `shop:1:${index}`);
  const entries = keys.map((key) => ({ key, payload: bytes(key), expiresAt: null }));

  it('finds the other masters, and names the one that a key belongs to', async () => {
    const { backend } = await openRedis(location(), keysOf('shop'));
    expect(backend.servers.names('write').toSorted()).toEqual(cluster.servers.map(nameOf).toSorted());
    for (const key of keys.slice(0, 20)) {
      const name = backend.servers.nameFor(key, 'read');
      const owner = cluster.servers.find((server) => nameOf(server) === name)!;
      expect(await onRedis(owner, (wire) => wire.command('GET', key))).toBeNull();
    }
  });

  it('reads, writes and removes batches over all masters', async () => {
    const { backend } = await openRedis(location(), keysOf('shop'));
    expect(await backend.writeMany(entries)).toEqual([]);
    const spread = await sizes();
    expect(Math.min(...spread)).toBeGreaterThan(50);
    expect(sum(spread)).toBe(300);
    const found = await backend.readMany([...keys, 'shop:1:absent']);
    expect(found.size).toBe(300);
    expect([...found].every(([key, { payload }]) => payload.equals(bytes(key)))).toBe(true);
    expect(await backend.removeMany(keys.slice(0, 100))).toBe(100);
    expect(await backend.increment('shop:1:n', 1)).toBeUndefined();
    await backend.write('shop:1:n', bytes('1'), 1e15);
    expect(await backend.increment('shop:1:n', 1)).toBe(2);
  });

  it('clears one cache on all masters or on one, with what it noted there, and leaves the neighbours', async () => {
    const { backend } = await openRedis(location(), keysOf('shop'));
    const own = (await openRedis(location(), ownKeysOf('own'))).backend;
    const tagged = (await openRedis(location(), keysOf('{shop}'))).backend;
    await backend.writeMany([
      ...entries,
      ...entries.map((entry) => ({ ...entry, key: `shop:2:${entry.key}` })),
    ]);
    await own.writeMany(entries.map((entry) => ({ ...entry, key: `own|${entry.key}` })));
    await tagged.writeMany(
      keys.map((key, index) => ({ key: `{shop}:${index % 5}:${key}`, payload: bytes(key), expiresAt: null })),
    );
    const [first] = backend.servers.names('write');
    await backend.servers.clear(first!);
    const remaining = await backend.readMany(keys);
    expect(remaining.size).toBeGreaterThan(0);
    expect([...remaining.keys()].every((key) => backend.servers.nameFor(key, 'read') !== first)).toBe(true);
    await backend.clear();
    expect((await backend.readMany([...keys, ...keys.map((key) => `shop:2:${key}`)])).size).toBe(0);
    expect((await own.readMany(keys.map((key) => `own|${key}`))).size).toBe(300);
    await own.clear();
    await tagged.clear();
    // What is left is the note that a cache with a key function exists.
    expect(sum(await sizes())).toBe(1);
  });

  it('follows a slot to another master, for good and while it is under way', async () => {
    const { backend } = await openRedis(location(), keysOf('shop'));
    const key = 'shop:1:moving';
    const slot = slotOf(key);
    await backend.write(key, bytes('1'), null);
    const from = cluster.servers.find((server) => nameOf(server) === backend.servers.nameFor(key, 'read'))!;
    const to = cluster.servers.find((server) => server !== from)!;
    const idOf = (server: ServerProcess) => onRedis(server, (wire) => wire.command('CLUSTER', 'MYID'));
    const [fromId, toId] = [String(await idOf(from)), String(await idOf(to))];
    await onRedis(to, (wire) => wire.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    await onRedis(from, (wire) => wire.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId));
    await onRedis(from, (wire) => wire.command('MIGRATE', to.host, to.port, key, 0, 5000));
    // The old master answers ASK.
    expect((await backend.read(key))?.payload).toEqual(bytes('1'));
    expect(await backend.increment(key, 1)).toBe(2);
    for (const server of cluster.servers)
      await onRedis(server, (wire) => wire.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId));
    // And now MOVED.
    expect((await backend.read(key))?.payload).toEqual(bytes('2'));
    expect(backend.servers.nameFor(key, 'read')).toBe(nameOf(to));
    await backend.write(key, bytes('3'), null);
    expect(await onRedis(to, (wire) => wire.command('GET', key))).toBe('3');
  });

  it('rejects, names its first server and tells of it while no node answers', async () => {
    const { backend, lost } = await openRedis({ cluster: ['127.0.0.1:1', '127.0.0.1:2'] });
    expect(backend.servers.names('write')).toEqual(['127.0.0.1:1']);
    expect(lost.map(({ server }) => server)).toContain('127.0.0.1:1');
    await expect(backend.read('a')).rejects.toThrow('no master');
    await expect(backend.clear()).rejects.toThrow();
    await expect(backend.servers.probe('127.0.0.1:1')).rejects.toThrow('127.0.0.1:2');
  });

  it("works through the application's own cluster client, and leaves it open", async () => {
    const client = createCluster({ rootNodes: [{ url: `redis://${nameOf(cluster.servers[0]!)}` }] });
    client.on('error', () => {});
    await client.connect();
    const { backend } = await openRedis(client, keysOf('shop'));
    await backend.writeMany([...entries, { key: 'shop:5:a', payload: bytes('1'), expiresAt: null }]);
    expect((await backend.readMany(keys)).size).toBe(300);
    expect(await backend.increment('shop:5:a', 2)).toBe(3);
    expect(await backend.removeMany(keys.slice(0, 3))).toBe(3);
    await backend.servers.probe(backend.servers.names('write')[0]!);
    await backend.clear();
    expect(sum(await sizes())).toBe(0);
    await backend.close();
    expect(await client.set('still', 'open')).toBe('OK');
    client.destroy();
  });
});

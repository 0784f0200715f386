import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RecentWrites } from '../../../lib/backends/recent-writes.js';
import { FakeClock } from '../../support/fake-clock.js';
import { onRedis, type ServerProcess, startRedis, startRedisReplicas } from '../../support/servers/index.mjs';
import { bytes, closeAll, openRedis } from './open-redis.js';
import { eventually } from './eventually.js';

let group: Awaited<ReturnType<typeof startRedisReplicas>>;
beforeAll(async () => {
  group = await startRedisReplicas({ replicas: 2 });
});
afterAll(() => group.stop());
beforeEach(async () => {
  await onRedis(group.leader, (wire) => wire.command('FLUSHALL'));
  await group.caughtUp();
});
afterEach(closeAll);

const nameOf = ({ host, port }: ServerProcess) => `${host}:${port}`;
const location = () => group.servers.map((server) => `redis://${nameOf(server)}`);
const readsOf = async (server: ServerProcess): Promise<number> => {
  const text = String(await onRedis(server, (wire) => wire.command('INFO', 'commandstats')));
  return Number(/cmdstat_get:calls=(\d+)/.exec(text)?.[1] ?? 0);
};

describe('Redis with replicas', () => {
  it('names the leader for writes and all for reads', async () => {
    const { backend } = await openRedis(location());
    expect(backend.servers.names('write')).toEqual([nameOf(group.leader)]);
    expect(backend.servers.names('read')).toEqual(group.servers.map(nameOf));
    expect(backend.servers.nameFor(':1:a', 'write')).toBe(nameOf(group.leader));
  });

  it('reads each key always from the same replica, and all keys together from all replicas', async () => {
    const { backend } = await openRedis(location());
    const keys = Array.from({ length: 200 }, (_, index) => `:1:${index}`);
    const names = keys.map((key) => backend.servers.nameFor(key, 'read'));
    expect(keys.map((key) => backend.servers.nameFor(key, 'read'))).toEqual(names);
    expect([...new Set(names)].toSorted()).toEqual(group.replicas.map(nameOf).toSorted());
    const before = await Promise.all(group.servers.map(readsOf));
    await Promise.all(keys.map((key) => backend.read(key)));
    const after = await Promise.all(group.servers.map(readsOf));
    const [leader, ...replicas] = after.map((count, index) => count - before[index]!);
    expect(leader).toBe(0);
    expect(replicas[0]! + replicas[1]!).toBe(200);
    expect(Math.min(...replicas)).toBeGreaterThan(50);
  });

  it.each<[string, (backend: Awaited<ReturnType<typeof openRedis>>['backend']) => unknown]>([
    ['written', (backend) => backend.write(':1:a', bytes('1'), null)],
    ['inserted', (backend) => backend.insert(':1:a', bytes('1'), null)],
    ['removed', (backend) => backend.remove(':1:a')],
    ['removed with others', (backend) => backend.removeMany([':1:b', ':1:a'])],
    [
      'written with others',
      (backend) => backend.writeMany([{ key: ':1:a', payload: bytes('1'), expiresAt: null }]),
    ],
    ['counted', (backend) => backend.increment(':1:a', 1)],
    ['touched', (backend) => backend.touch(':1:a', null)],
    ['cleared', (backend) => backend.clear()],
  ])('reads a key that was %s from the leader until the window is over', async (_, change) => {
    const clock = new FakeClock();
    const { backend } = await openRedis(location(), { clock, options: { readYourWritesMs: 2000 } });
    const replica = backend.servers.nameFor(':1:a', 'read');
    expect(replica).not.toBe(nameOf(group.leader));
    await change(backend);
    expect(backend.servers.nameFor(':1:a', 'read')).toBe(nameOf(group.leader));
    clock.advance(1.9);
    expect(backend.servers.nameFor(':1:a', 'read')).toBe(nameOf(group.leader));
    clock.advance(0.2);
    expect(backend.servers.nameFor(':1:a', 'read')).toBe(replica);
  });

  it('reads from replicas at once where there is no window', async () => {
    const { backend } = await openRedis(location(), { options: { readYourWritesMs: 0 } });
    await backend.write(':1:a', bytes('1'), null);
    expect(backend.servers.nameFor(':1:a', 'read')).not.toBe(nameOf(group.leader));
    await group.caughtUp();
    expect((await backend.read(':1:a'))?.payload).toEqual(bytes('1'));
  });

  it('shares the window between two caches on the same servers', async () => {
    const shared = new Map<string, unknown>();
    const one = await openRedis(location(), { shared });
    const two = await openRedis(location(), { shared });
    await one.backend.write(':1:a', bytes('1'), null);
    expect(two.backend.servers.nameFor(':1:a', 'read')).toBe(nameOf(group.leader));
  });

  it('does not read from a replica that was taken out of use, until all have taken it into use again', async () => {
    const shared = new Map<string, unknown>();
    const one = (await openRedis(location(), { shared })).backend;
    const two = (await openRedis(location(), { shared })).backend;
    const replica = one.servers.nameFor(':1:a', 'read');
    one.servers.eject!(replica);
    two.servers.eject!(replica);
    expect(one.servers.nameFor(':1:a', 'read')).not.toBe(replica);
    one.servers.readmit!(replica);
    expect(one.servers.nameFor(':1:a', 'read')).not.toBe(replica);
    await two.close();
    expect(one.servers.nameFor(':1:a', 'read')).toBe(replica);
    for (const name of group.replicas.map(nameOf)) one.servers.eject!(name);
    expect(one.servers.nameFor(':1:a', 'read')).toBe(nameOf(group.leader));
  });

  it('does not read from a replica that has lost its leader, and does again when it follows', async () => {
    const { backend, lost } = await openRedis(location());
    const replica = group.replicas[0]!;
    const { host, port } = group.leader;
    await onRedis(replica, (wire) => wire.command('REPLICAOF', '127.0.0.1', '1'));
    await eventually(() => expect(lost.map(({ server }) => server)).toEqual([nameOf(replica)]));
    expect(String(lost[0]!.reason)).toContain('has lost its leader');
    const keys = Array.from({ length: 50 }, (_, index) => `:1:${index}`);
    const names = () => new Set(keys.map((key) => backend.servers.nameFor(key, 'read')));
    expect(names()).toEqual(new Set([nameOf(group.replicas[1]!)]));
    await expect(backend.servers.probe(nameOf(replica))).rejects.toThrow('has lost its leader');
    await onRedis(replica, (wire) => wire.command('REPLICAOF', host, port));
    await eventually(() => backend.servers.probe(nameOf(replica)));
    expect(names()).toEqual(new Set(group.replicas.map(nameOf)));
  });

  it('never reads from a server that is no replica', async () => {
    const stranger = await startRedis();
    const { backend } = await openRedis([nameOf(group.leader), nameOf(stranger)]);
    expect(backend.servers.nameFor(':1:a', 'read')).toBe(nameOf(group.leader));
    await expect(backend.servers.probe(nameOf(stranger))).rejects.toThrow('is no replica');
    await closeAll();
    await stranger.stop();
  });
});

describe('the record of recent writes', () => {
  it('is bounded, and beyond its bound takes all keys for written', () => {
    const clock = new FakeClock();
    const writes = new RecentWrites(1000, clock, 3);
    for (const key of ['a', 'b', 'c']) writes.add(key);
    expect(['a', 'b', 'c', 'd'].map((key) => writes.has(key))).toEqual([true, true, true, false]);
    clock.advance(0.5);
    writes.add('d');
    expect(['a', 'd', 'e'].map((key) => writes.has(key))).toEqual([true, true, true]);
    clock.advance(0.6);
    expect(['a', 'c', 'd', 'e'].map((key) => writes.has(key))).toEqual([false, false, true, false]);
  });

  it('begins a window anew with each write', () => {
    const clock = new FakeClock();
    const writes = new RecentWrites(1000, clock);
    writes.add('a');
    clock.advance(0.9);
    writes.add('a');
    clock.advance(0.9);
    expect(writes.has('a')).toBe(true);
    clock.advance(0.2);
    expect(writes.has('a')).toBe(false);
  });
});

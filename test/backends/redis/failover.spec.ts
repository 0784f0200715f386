import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  onRedis,
  redisInfo,
  type ServerProcess,
  startRedisCluster,
  startRedisReplicas,
  startRedisSentinel,
} from '../../support/servers/index.mjs';
import { closeWatched, openWatched, type WatchedCaches } from '../watched-caches.js';
import { eventually } from './eventually.js';

const FAILOVER_MS = 25_000;
const keys = Array.from({ length: 60 }, (_, index) => `film${index}`);
const finalKey = (key: string) => `shop:1:${key}`;
const nameOf = ({ host, port }: ServerProcess) => `${host}:${port}`;
const ask = (server: ServerProcess, ...words: (string | number)[]) =>
  onRedis(server, (wire) => wire.command(...words));
const roleOf = async (server: ServerProcess) =>
  (await onRedis(server, (wire) => redisInfo(wire, 'replication'))).get('role');

/** Resolves when all servers of a cache that were out of use are in use again, and one was. */
const backInUse = ({ changes }: WatchedCaches, withinMs = FAILOVER_MS) =>
  eventually(() => {
    const latest = new Map(changes.map(({ server, isInUse }) => [server, isInUse]));
    expect(latest.size).toBeGreaterThan(0);
    expect([...latest.values()]).not.toContain(false);
  }, withinMs);

afterEach(closeWatched);

describe('A Redis cluster with replicas', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  beforeEach(async () => {
    cluster = await startRedisCluster({ masters: 3, replicas: 1, nodeTimeoutMs: 1500 });
  }, 30_000);
  afterEach(() => cluster.stop());

  const open = () =>
    openWatched({
      backend: 'redis',
      // The very one that will be missing.
      location: { cluster: [nameOf(cluster.servers[0]!)] },
      keyPrefix: 'shop',
    });

  /** Returns those keys whose slots a master has. */
  async function ownedBy(master: ServerProcess): Promise<string[]> {
    const asked = keys.map((key) => ask(master, 'EXISTS', finalKey(key)).catch(() => 0));
    const found = await Promise.all(asked);
    return keys.filter((_, index) => found[index] === 1);
  }

  /** Resolves when the replica of a master has what the master has. */
  async function replicate(master: ServerProcess, key: string): Promise<void> {
    await onRedis(master, async (wire) => {
      await wire.command('SET', `{${finalKey(key)}}`, 'mark');
      expect(await wire.command('WAIT', 1, 10_000)).toBe(1);
    });
  }

  it('goes on without a master that dies, and has its slots back with the promotion of the replica', async () => {
    const watched = await open();
    const { cache, lines } = watched;
    expect(await cache.setMany(Object.fromEntries(keys.map((key) => [key, 'old'])))).toEqual([]);
    const victim = cluster.servers[0]!;
    const lost = await ownedBy(victim);
    const safe = keys.filter((key) => !lost.includes(key));
    expect([lost.length > 5, safe.length > 5]).toEqual([true, true]);
    await replicate(victim, lost[0]!);

    await victim.kill('SIGKILL');
    await eventually(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toContain(nameOf(victim));
    const [deleted, overwritten, untouched] = lost as [string, string, string];
    await expect(cache.delete(deleted)).rejects.toThrow('The removal is not confirmed');
    await cache.set(overwritten, 'dropped');
    expect(await cache.getMany(keys)).toEqual(new Map(safe.map((key) => [key, 'old'])));
    await cache.set(safe[0]!, 'new');
    expect(await cache.get(safe[0]!)).toBe('new');

    await backInUse(watched);
    expect([await cache.get(deleted), await cache.get(overwritten)]).toEqual([undefined, undefined]);
    expect(await cache.get(untouched)).toBe('old');
    await cache.set(deleted, 'again');
    expect(await cache.getMany([deleted, safe[0]!])).toEqual(
      new Map([
        [deleted, 'again'],
        [safe[0]!, 'new'],
      ]),
    );
    expect(cache.statistics()).toMatchObject({ outages: 1, replayed: 2 });

    await victim.restart();
    await eventually(async () => expect(await roleOf(victim)).toBe('slave'), FAILOVER_MS);
    await cache.delete(deleted);
    expect(await cache.getMany(lost)).toEqual(new Map(lost.slice(2).map((key) => [key, 'old'])));
    await cache.clear();
    expect((await cache.getMany(keys)).size).toBe(0);
  }, 60_000);

  it('is cleared on masters that have taken over in the meantime, unnoticed', async () => {
    const { cache, lines } = await open();
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, 'old'])));
    const owners = await Promise.all(cluster.servers.map(ownedBy));
    for (const [index, master] of cluster.servers.entries()) await replicate(master, owners[index]![0]!);
    for (const replica of cluster.replicas) await ask(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
    for (const former of cluster.servers)
      await eventually(async () => expect(await roleOf(former)).toBe('slave'), FAILOVER_MS);
    await cache.clear();
    for (const replica of cluster.replicas)
      await eventually(async () => expect(await ownedBy(replica)).toEqual([]));
    expect((await cache.getMany(keys)).size).toBe(0);
    await cache.set('film0', 'new');
    expect(await cache.get('film0')).toBe('new');
    expect(lines).toEqual([]);
  }, 60_000);

  it('is cleared on a master that came later, too', async () => {
    const later = cluster.replicas[0]!;
    const giver = cluster.servers[0]!;
    const [, bus] = (await ask(giver, 'CONFIG', 'GET', 'cluster-port')) as string[];
    await ask(later, 'CLUSTER', 'RESET', 'SOFT');
    await ask(later, 'CLUSTER', 'MEET', giver.host, giver.port, bus!);
    const laterId = String(await ask(later, 'CLUSTER', 'MYID'));
    const { cache } = await open();
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, 'old'])));
    const [moving] = (await ownedBy(giver)) as [string];
    const slot = Number(await ask(giver, 'CLUSTER', 'KEYSLOT', finalKey(moving)));
    for (const node of [giver, later])
      await eventually(async () => {
        const line = String(await ask(node, 'CLUSTER', 'NODES'))
          .split('\n')
          .find((each) => each.startsWith(laterId));
        expect(line).toContain('master');
        expect(await ask(node, 'CLUSTER', 'INFO')).toContain('cluster_state:ok');
      }, FAILOVER_MS);
    await ask(giver, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', laterId);
    await ask(later, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(await ask(giver, 'CLUSTER', 'MYID')));
    await ask(giver, 'MIGRATE', later.host, later.port, finalKey(moving), 0, 5000);
    for (const node of [later, giver]) await ask(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', laterId);
    expect(await ask(later, 'EXISTS', finalKey(moving))).toBe(1);
    await cache.clear();
    expect(await ask(later, 'EXISTS', finalKey(moving))).toBe(0);
    expect((await cache.getMany(keys)).size).toBe(0);
  }, 60_000);

  it('has its slots back from a master that froze and thawed as a replica, without what was cleared', async () => {
    const watched = await open();
    const { cache, lines } = watched;
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, 'old'])));
    const victim = cluster.servers[0]!;
    const lost = await ownedBy(victim);
    await replicate(victim, lost[0]!);
    victim.pause();
    await eventually(async () => {
      await cache.get(lost[0]!);
      expect(lines).toHaveLength(1);
    });
    await expect(cache.clear()).rejects.toThrow('The removal is not confirmed');
    await eventually(async () => {
      const roles = await Promise.all(cluster.replicas.map(roleOf));
      expect(roles).toContain('master');
    }, FAILOVER_MS);
    victim.resume();
    await backInUse(watched);
    expect((await cache.getMany(keys)).size).toBe(0);
    await cache.set(lost[0]!, 'new');
    expect(await cache.get(lost[0]!)).toBe('new');
  }, 60_000);
});

describe('Redis with sentinels', () => {
  it('goes on with the leader that they elect when theirs dies', async () => {
    const group = await startRedisSentinel({ downAfterMs: 1000 });
    try {
      const watched = await openWatched({
        backend: 'redis',
        location: { sentinel: { name: group.name, nodes: group.sentinels.map(nameOf) } },
      });
      const { cache, lines } = watched;
      await cache.setMany({ kept: 'old', deleted: 'old', overwritten: 'old' });
      await group.caughtUp();
      await group.leader.kill('SIGKILL');
      await eventually(() => expect(lines).toHaveLength(1));
      expect(await cache.get('kept')).toBeUndefined();
      await expect(cache.delete('deleted')).rejects.toThrow('The removal is not confirmed');
      await cache.set('overwritten', 'dropped');
      await backInUse(watched);
      expect(await cache.getMany(['kept', 'deleted', 'overwritten'])).toEqual(new Map([['kept', 'old']]));
      await cache.set('kept', 'new');
      expect(await ask(group.replicas[0]!, 'EXISTS', ':1:kept')).toBe(1);
      expect(await roleOf(group.replicas[0]!)).toBe('master');
      expect(await cache.get('kept')).toBe('new');
      expect(lines).toHaveLength(2);
    } finally {
      await group.stop();
    }
  }, 60_000);
});

describe('A replica of Redis', () => {
  let group: Awaited<ReturnType<typeof startRedisReplicas>>;
  let watched: WatchedCaches;
  let replica: ServerProcess;
  beforeEach(async () => {
    group = await startRedisReplicas({ replicas: 1 });
    replica = group.replicas[0]!;
    watched = await openWatched({
      backend: 'redis',
      location: group.servers.map(nameOf),
      readYourWritesMs: 0,
    });
    await watched.cache.setMany(Object.fromEntries(keys.map((key) => [key, 'old'])));
    await group.caughtUp();
  });
  afterEach(() => group.stop());

  const readAll = () => Promise.all(keys.map((key) => watched.cache.get(key)));
  const all = keys.map(() => 'old');

  it.each<[string, (server: ServerProcess) => unknown, (server: ServerProcess) => unknown]>([
    ['dies', (server) => server.kill('SIGKILL'), (server) => server.restart()],
    ['freezes', (server) => server.pause(), (server) => server.resume()],
  ])(
    'that %s fails nobody, and the leader answers in its place until it is back',
    async (_, harm, heal) => {
      const { lines, cache } = watched;
      expect(await readAll()).toEqual(all);
      await harm(replica);
      // Misses at worst.
      for (const value of await readAll()) expect([undefined, 'old']).toContain(value);
      await eventually(() => expect(lines).toHaveLength(1));
      expect(lines[0]).toContain(`${nameOf(replica)} is not in use`);
      expect(await readAll()).toEqual(all);
      expect(await cache.delete(keys[0]!)).toBe(true);
      await heal(replica);
      await backInUse(watched);
      await group.caughtUp();
      expect(await readAll()).toEqual([undefined, ...all.slice(1)]);
      expect(cache.statistics().outages).toBe(1);
    },
    30_000,
  );
});

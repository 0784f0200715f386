import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createSentinel } from 'redis';
import { onRedis, type ServerProcess, startRedisSentinel } from '../../support/servers/index.mjs';
import { eventually } from './eventually.js';
import { bytes, closeAll, openRedis } from './open-redis.js';

let group: Awaited<ReturnType<typeof startRedisSentinel>>;
beforeAll(async () => {
  group = await startRedisSentinel({ password: 'hush' });
});
afterAll(() => group.stop());
afterEach(closeAll);

const ask = ({ host, port }: ServerProcess, ...words: string[]) =>
  onRedis({ host, port, password: 'hush' }, (wire) => wire.command(...words));

const nodes = () => group.sentinels.map(({ host, port }) => ({ host, port }));
const location = () => ({ sentinel: { name: group.name, nodes: nodes(), password: 'hush' } });

describe('Redis with sentinels', () => {
  it('finds the leader, past sentinels that do not answer', async () => {
    const { backend } = await openRedis({
      sentinel: { ...location().sentinel, nodes: ['127.0.0.1:1', ...nodes()] },
    });
    expect(backend.servers.names('write')).toEqual([`sentinel:${group.name}`]);
    await backend.write(':1:a', bytes('x'), null);
    expect(await ask(group.leader, 'GET', ':1:a')).toBe('x');
  });

  it('says that nobody knows the leader, and nothing of the password', async () => {
    const { lost } = await openRedis({ sentinel: { ...location().sentinel, name: 'nobody' } });
    expect(String(lost[0]!.reason)).toContain('does not know the leader "nobody"');
    expect(String(lost[0]!.reason)).not.toContain('hush');
  });

  it("works through the application's own sentinel client", async () => {
    const client = createSentinel({
      name: group.name,
      sentinelRootNodes: nodes(),
      nodeClientOptions: { password: 'hush' },
    });
    client.on('error', () => {});
    await client.connect();
    const { backend } = await openRedis(client);
    await backend.write(':1:own', Buffer.of(255), null);
    expect((await backend.read(':1:own'))?.payload).toEqual(Buffer.of(255));
    await backend.clear();
    await backend.close();
    expect(await client.get(':1:own')).toBeNull();
    await client.destroy();
  });

  it('goes over to the new leader after a failover', async () => {
    const { backend, lost } = await openRedis(location());
    const name = backend.servers.names('write')[0]!;
    await backend.write(':1:a', bytes('x'), null);
    await group.caughtUp();
    await onRedis(group.sentinels[0]!, (wire) => wire.command('SENTINEL', 'FAILOVER', group.name));
    const roleOf = async (server: ServerProcess) => ((await ask(server, 'ROLE')) as string[])[0];
    const promoted = group.replicas[0]!;
    await eventually(
      async () => expect([await roleOf(promoted), await roleOf(group.leader)]).toEqual(['master', 'slave']),
      20_000,
    );
    await eventually(async () => {
      await backend.servers.probe(name);
      await backend.write(':1:b', bytes('y'), null);
    });
    expect(await ask(promoted, 'GET', ':1:b')).toBe('y');
    expect(lost.map(({ server }) => server)).toContain(name);
    expect((await backend.read(':1:a'))?.payload).toEqual(bytes('x'));
  }, 30_000);
});

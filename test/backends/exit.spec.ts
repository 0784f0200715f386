import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { trusted } from '../support/certificates/index.mjs';
import {
  type ServerProcess,
  startMemcached,
  startRedis,
  startRedisCluster,
  startRedisReplicas,
  startRedisSentinel,
} from '../support/servers/index.mjs';

const REGISTER = new URL('../support/typescript/register.mjs', import.meta.url).href;
const LIBRARY = new URL('../../lib/index.ts', import.meta.url).href;

/** Uses all caches, closes them, and then does nothing more: it is up to what is left of them whether it ends. */
const APPLICATION = `
  import { openCaches } from ${JSON.stringify(LIBRARY)};
  const [caches, isPatient] = JSON.parse(process.argv[1]);
  const warn = (line) => console.error(line);
  const registry = await openCaches(caches, { warn });
  for (const cache of registry.all()) {
    await cache.set('film', cache.alias).catch(warn);
    if (isPatient) console.log(await cache.get('film'));
  }
  await registry.closeAll();
  console.log('closed');
`;

const nameOf = ({ host, port }: ServerProcess) => `${host}:${port}`;
const redis = (location: unknown) => ({ backend: 'redis', location });
const memcached = (location: unknown, client: string) => ({ backend: 'memcached', location, client });

async function run(caches: Record<string, object>, isPatient: boolean) {
  const given = JSON.stringify([caches, isPatient]);
  const child = spawn(
    process.execPath,
    ['--import', REGISTER, '--input-type=module', '--eval', APPLICATION, given],
    { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 },
  );
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ]);
  return { lines: output.trim().split('\n'), errors, code, signal };
}

describe('A process with caches on servers', () => {
  let caches: Record<string, object>;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const [single, secure, secureMemcached, group, cluster, watched, ...three] = await Promise.all([
      startRedis(),
      startRedis({ tls: 'server' }),
      startMemcached({ tls: 'server' }),
      startRedisReplicas(),
      startRedisCluster(),
      startRedisSentinel(),
      startMemcached(),
      startMemcached(),
      startMemcached(),
    ]);
    const all = [single, secure, secureMemcached, group, cluster, watched, ...three];
    stops.push(...all.map((each) => () => each.stop()));
    caches = {
      default: redis(nameOf(single)),
      same: redis(nameOf(single)),
      secure: { ...redis(nameOf(secure)), tls: trusted },
      secureMeta: { ...memcached(nameOf(secureMemcached), 'meta'), tls: trusted },
      replicas: redis(group.servers.map(nameOf)),
      cluster: redis({ cluster: cluster.servers.map(nameOf) }),
      sentinel: redis({ sentinel: { name: watched.name, nodes: watched.sentinels.map(nameOf) } }),
      meta: memcached(three.map(nameOf), 'meta'),
      memcached: memcached(three.map(nameOf), 'memcached'),
      memjs: memcached(three.map(nameOf), 'memjs'),
    };
  }, 60_000);
  afterAll(() => Promise.all(stops.map((stop) => stop())));

  it('ends by itself when they are closed', async () => {
    const { code, errors, lines, signal } = await run(caches, true);
    expect(errors).toBe('');
    expect(lines).toEqual([...Object.keys(caches), 'closed']);
    expect([code, signal]).toEqual([0, null]);
  }, 40_000);

  it('ends by itself when they are closed and no server was ever there', async () => {
    const absent = {
      default: redis('127.0.0.1:1'),
      replicas: redis(['127.0.0.1:1', '127.0.0.1:2']),
      cluster: redis({ cluster: ['127.0.0.1:1'] }),
      sentinel: redis({ sentinel: { name: 'main', nodes: ['127.0.0.1:1'] } }),
      meta: memcached(['127.0.0.1:1', '127.0.0.1:2'], 'meta'),
      memcached: memcached(['127.0.0.1:1', '127.0.0.1:2'], 'memcached'),
      memjs: memcached(['127.0.0.1:1', '127.0.0.1:2'], 'memjs'),
    };
    const { code, lines, signal } = await run(absent, false);
    expect(lines).toEqual(['closed']);
    expect([code, signal]).toEqual([0, null]);
  }, 40_000);
});

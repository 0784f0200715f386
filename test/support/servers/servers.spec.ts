import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { onMemcached, onRedis, RedisWire, startMemcached, startRedis } from './index.mjs';
import { until } from './server-process.mjs';

const INDEX = new URL('index.mjs', import.meta.url).href;

/** A process that starts servers, pauses one, tells of them, and then waits for ever. */
const TEST_PROCESS = `
  import { startMemcached, startRedis } from ${JSON.stringify(INDEX)};
  const servers = [await startRedis(), await startMemcached()];
  servers[0].pause();
  console.log(JSON.stringify(servers.map(({ pid, place }) => ({ pid, folder: place.folder }))));
  setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the servers of the tests', () => {
  it('are gone with their folders when the test process is killed, paused ones as well', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', TEST_PROCESS], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const servers = JSON.parse(line) as { pid: number; folder: string }[];
    expect(servers.map(({ pid, folder }) => isAlive(pid) && existsSync(folder))).toEqual([true, true]);
    child.kill('SIGKILL');
    await until('all is gone', async () =>
      servers.every(({ pid, folder }) => !isAlive(pid) && !existsSync(folder)),
    );
  });

  it('come back empty on the same port', async () => {
    const server = await startRedis();
    const { pid, port } = server;
    await onRedis(server, (wire) => wire.command('SET', 'key', 1));
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await onRedis(server, (wire) => wire.command('GET', 'key'))).toBeNull();
    await server.stop();
    await server.stop();
    await expect(server.restart()).rejects.toThrow('was stopped');
  });

  it('can be killed, and are not asked for by a signal to whatever has their number then', async () => {
    const server = await startMemcached();
    await server.kill('SIGTERM');
    expect([server.isRunning, server.pid]).toEqual([false, 0]);
    server.pause();
    await server.kill();
    await server.restart();
    expect(await onMemcached(server, (wire) => wire.ask('version\r\n'))).toMatch(/^VERSION/);
    await server.stop();
  });

  it('take connections and say nothing while they are paused', async () => {
    const server = await startRedis();
    server.pause();
    const wire = new RedisWire(server);
    await once(wire.socket, 'connect');
    let isAnswered = false;
    const answer = wire.command('PING').finally(() => {
      isAnswered = true;
    });
    expect(isAnswered).toBe(false);
    server.resume();
    expect(await answer).toBe('PONG');
    wire.close();
    await server.stop();
  });

  it('run on unix sockets', async () => {
    const server = await startMemcached({ unixSocket: true });
    expect(existsSync(server.path!)).toBe(true);
    expect(await onMemcached(server, (wire) => wire.ask('set a 0 0 1\r\n1\r\n'))).toBe('STORED\r\n');
    await server.stop();
    expect(server.pid).toBe(0);
  });

  it('say why they cannot run', async () => {
    await expect(startRedis({ args: ['--unknown-option', 'x'] })).rejects.toThrow('unknown-option');
  });
});

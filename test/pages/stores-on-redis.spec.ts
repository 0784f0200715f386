import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pathTag } from '../../lib/pages/requests/path-tag.js';
import { platforms } from '../support/platforms.js';
import { RedisWire, type ServerProcess, startRedis } from '../support/servers/index.mjs';
import { HIT, type Script, ScriptedApplication, STORED } from './scripted-pages.js';
import { until } from './until.js';

let server: ServerProcess;
let wire: RedisWire;
beforeAll(async () => {
  server = await startRedis();
  wire = new RedisWire(server);
});
afterAll(async () => {
  wire.close();
  await server.stop();
});

const redis = (): string => `redis://127.0.0.1:${server.port}`;

/** What only the tests themselves ask. */
const OWN_COMMANDS = /^(?:config|info|flushall)/;

/** Returns how often Redis was given which command since the last reset. */
async function commands(): Promise<Record<string, number>> {
  const stats = (await wire.command('INFO', 'commandstats')) as string;
  const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return Object.fromEntries(
    calls.filter(([, name]) => !OWN_COMMANDS.test(name!)).map(([, name, count]) => [name, Number(count)]),
  );
}

const startCounting = async (): Promise<void> => void (await wire.command('CONFIG', 'RESETSTAT'));

describe.each(platforms)('Pages in Redis, on $name', (platform) => {
  const one = new ScriptedApplication();
  const other = new ScriptedApplication();
  beforeAll(async () => {
    await one.start(platform, { caches: { default: redis() } });
    await other.start(platform, { caches: { default: redis() } });
  });
  afterAll(() => Promise.all([one.close(), other.close()]));
  beforeEach(async () => void (await wire.command('FLUSHALL')));

  /** The same page in both processes: same path, same host. */
  const inBoth = (script: Script): { path: string; runs: () => number } => {
    const [page, twin] = [one.page(script), other.page(script)];
    expect(twin.path).toBe(page.path);
    return { path: page.path, runs: () => page.runs + twin.runs };
  };
  const host = { host: 'a.example' };

  it('cost a hit exactly one command', async () => {
    const page = inBoth(() => 'x'.repeat(2400));
    expect((await one.client.get(page.path, host)).headers['cache-status']).toBe(STORED);
    await one.client.get(page.path, host);
    for (const app of [one, other, one]) {
      await startCounting();
      expect((await app.client.get(page.path, host)).headers['cache-status']).toMatch(HIT);
      expect(await commands()).toEqual({ mget: 1 });
    }
    await startCounting();
    await one.client.head(page.path, host);
    await one.client.get(page.path, { ...host, 'if-none-match': '*' });
    expect([await commands(), page.runs()]).toEqual([{ mget: 2 }, 1]);
  });

  it('cost a hit of a page that varies exactly one command, as soon as the process has seen that it does', async () => {
    const page = inBoth(({ headers }, reply) => {
      reply.header('Vary', 'X-Colour');
      return `in ${headers['x-colour']}`;
    });
    const red = { ...host, 'x-colour': 'red' };
    await one.client.get(page.path, red);
    await one.client.get(page.path, red);
    for (const [app, count] of [
      [one, 1],
      [other, 2],
      [other, 1],
    ] as const) {
      await startCounting();
      const hit = await app.client.get(page.path, red);
      expect([hit.text, hit.headers['cache-status']]).toEqual(['in red', expect.stringMatching(HIT)]);
      expect(await commands()).toEqual({ mget: count });
    }
  });

  it('are gone in all processes when one invalidates their path', async () => {
    const page = inBoth((_request, _reply, run) => `run ${run}`);
    await one.client.get(page.path, host);
    await one.client.get(page.path, host);
    expect((await other.client.get(page.path, host)).text).toBe('run 1');
    await other.registry.get('default').invalidateTags([pathTag(page.path)]);
    expect((await one.client.get(page.path, host)).headers['cache-status']).toBe(STORED);
    expect(page.runs()).toBe(2);
  });

  it('are not stored when another process invalidates them while they are computed', async () => {
    const page = inBoth(async (_request, _reply, run) => {
      if (run === 1) await other.registry.get('default').invalidateTags([pathTag(page.path)]);
      return `run ${run}`;
    });
    expect((await one.client.get(page.path, host)).text).toBe('run 1');
    expect((await one.client.get(page.path, host)).text).toBe('run 2');
    expect((await one.client.get(page.path, host)).text).toBe('run 2');
  });

  it('are not shared with those who wait, either', async () => {
    let arrived = (): void => {};
    const everyone = new Promise<void>((resolve) => (arrived = resolve));
    const page = inBoth(async (_request, _reply, run) => {
      if (run > 1) return `run ${run}`;
      // By then the other request waits for this one: it has been counted as a miss.
      await until(() => misses() >= 2);
      await other.registry.get('default').invalidateTags([pathTag(page.path)]);
      arrived();
      return 'run 1';
    });
    const own = one.registry.get('default');
    const before = own.statistics().misses;
    const misses = (): number => own.statistics().misses - before;
    const [first, second] = [one.client.get(page.path, host), one.client.get(page.path, host)];
    await everyone;
    expect([(await first).text, (await second).text].toSorted()).toEqual(['run 1', 'run 2']);
  });
});

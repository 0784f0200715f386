import { afterAll, beforeAll } from '@jest/globals';
import { parseRedisLocation } from '../../lib/backends/redis/location-option.js';
import { redisDefinition } from '../../lib/backends/redis/redis-definition.js';
import type { CacheConfiguration } from '../../lib/index.js';
import { backendContext } from '../support/backend-context.js';
import { RedisWire, type ServerProcess } from '../support/servers/index.mjs';
import { describeCacheBackend } from './describe-cache-backend.js';
import type { BackendHarness, Store, SuiteOptions } from './harness.js';

/** Redis in one of its topologies. */
export interface RedisSite {
  /** Those that hold entries of their own, rather than copies. */
  readonly masters: readonly ServerProcess[];
  readonly password?: string;
  readonly database?: number;
  /** Options of the caches: `location`, and what else the topology asks for. */
  readonly options: object;
  /** Resolves when the copies are complete. */
  caughtUp?(): Promise<void>;
  stop(): Promise<void>;
}

/** Shortens all lifetimes by so many milliseconds. */
const SHORTEN = `
local cursor = '0'
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    local left = redis.call('PTTL', key)
    if left >= 0 then
      left = left - tonumber(ARGV[1])
      if left <= 0 then redis.call('DEL', key) else redis.call('PEXPIRE', key, string.format('%.0f', left)) end
    end
  end
until cursor == '0'
`;

/** A topology under test, with connections of the test's own. */
class RedisStore implements Store {
  readonly #wires: readonly RedisWire[];

  constructor(private readonly site: RedisSite) {
    const { database, password } = site;
    this.#wires = site.masters.map(({ host, port }) => new RedisWire({ host, port, password, database }));
  }

  configuration(options: SuiteOptions): CacheConfiguration {
    // The machine of the tests may be busy, and failures are to be seen.
    const patience = { operationTimeoutMs: 5000, onError: 'throw' } as const;
    return { ...options, ...patience, backend: 'redis', ...this.site.options } as CacheConfiguration;
  }

  async empty(): Promise<void> {
    await this.#onEach('FLUSHALL');
    await this.settle();
  }

  async advance(seconds: number): Promise<void> {
    await this.#onEach('EVAL', SHORTEN, 0, Math.round(seconds * 1000));
  }

  async settle(): Promise<void> {
    await this.site.caughtUp?.();
  }

  async damage(finalKey: string): Promise<void> {
    await this.#onHolder(finalKey, 'SETRANGE', finalKey, 4, 'damaged');
  }

  readonly foreign = {
    put: async (key: string): Promise<void> => {
      await this.#anywhere('SET', key, 'foreign');
    },
    has: async (key: string): Promise<boolean> => (await this.#anywhere('GET', key)) === 'foreign',
  };

  async dispose(): Promise<void> {}

  disconnect(): void {
    for (const wire of this.#wires) wire.close();
  }

  async #onEach(...command: (string | number)[]): Promise<void> {
    await Promise.all(this.#wires.map((wire) => wire.command(...command)));
  }

  async #onHolder(key: string, ...command: (string | number)[]): Promise<void> {
    for (const wire of this.#wires) {
      const isThere = await wire.command('EXISTS', key).catch(() => 0);
      if (isThere === 1) {
        await wire.command(...command);
        return;
      }
    }
    throw new Error(`no server holds ${key}`);
  }

  /** Asks one master after the other until one does not point to another. */
  async #anywhere(...command: (string | number)[]): Promise<unknown> {
    const answers = await Promise.allSettled(this.#wires.map((wire) => wire.command(...command)));
    const answer = answers.find(({ status }) => status === 'fulfilled');
    if (answer?.status !== 'fulfilled') throw new Error(`every server refuses ${command.join(' ')}`);
    return answer.value;
  }
}

const backend = redisDefinition.create(backendContext({}), {}, parseRedisLocation('redis://127.0.0.1:1'));
const { capabilities } = backend;

/** Runs the suite on servers that are started once, and emptied before each test. */
export function describeRedis(
  name: string,
  start: () => Promise<RedisSite>,
  extra: Pick<BackendHarness, 'variants' | 'modelRuns'> = {},
): void {
  let site: RedisSite | undefined;
  let store: RedisStore | undefined;
  beforeAll(async () => {
    site = await start();
    store = new RedisStore(site);
  }, 60_000);
  afterAll(async () => {
    await backend.close?.();
    store?.disconnect();
    await site?.stop();
  });
  describeCacheBackend(name, {
    capabilities,
    canDamage: true,
    holdsForeignKeys: true,
    timeGranularity: 3,
    ...extra,
    createStore: async () => {
      if (!store) throw new Error('the servers run within a test only');
      await store.empty();
      return store;
    },
  });
}

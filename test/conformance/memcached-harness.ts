import { afterAll, beforeAll } from '@jest/globals';
import { memcachedDefinition } from '../../lib/backends/memcached/memcached-definition.js';
import type { CacheConfiguration } from '../../lib/index.js';
import { backendContext } from '../support/backend-context.js';
import { MemcachedWire, type ServerProcess, startMemcached } from '../support/servers/index.mjs';
import { describeCacheBackend } from './describe-cache-backend.js';
import type { BackendHarness, Store, SuiteOptions } from './harness.js';

export type MemcachedBinding = 'meta' | 'memcached' | 'memjs';

interface MemcachedSite {
  readonly client: MemcachedBinding;
  /** How many servers; 1 by default. */
  readonly servers?: number;
  readonly unixSocket?: boolean;
}

/** Beyond this moment the server cannot count, and keeps entries without end. */
const LAST_MOMENT = 2 ** 31 - 1;
const EXPTIME_IS_ABSOLUTE_ABOVE = 30 * 86_400;
/** How all values but integers begin; in what the package `memcached` stores, after a character that says so. */
const FRAME_BEGINS = /^~?\u00cf/;

/** Memcached under test, with connections of the test's own. */
class MemcachedStore implements Store {
  readonly #wires: readonly MemcachedWire[];
  readonly #location: readonly string[];

  constructor(
    servers: readonly ServerProcess[],
    private readonly client: MemcachedBinding,
  ) {
    this.#wires = servers.map((server) => new MemcachedWire(server));
    this.#location = servers.map(({ host, path, port }) =>
      path === undefined ? `${host}:${port}` : `unix:${path}`,
    );
  }

  configuration(options: SuiteOptions): CacheConfiguration {
    const [first] = this.#location;
    const location = this.#location.length === 1 ? first : this.#location;
    // The machine of the tests may be busy, and failures are to be seen.
    const patience = { operationTimeoutMs: 5000, onError: 'throw' } as const;
    return {
      ...options,
      ...patience,
      backend: 'memcached',
      client: this.client,
      location,
    } as CacheConfiguration;
  }

  async empty(): Promise<void> {
    await Promise.all(this.#wires.map((wire) => wire.ask('flush_all\r\n')));
  }

  async advance(seconds: number): Promise<void> {
    await Promise.all(this.#wires.map((wire) => shorten(wire, seconds)));
  }

  async damage(): Promise<void> {
    for (const wire of this.#wires)
      for (const key of await keysOf(wire)) {
        const [head = '', value = ''] = (await wire.ask(`mg ${key} b f v\r\n`)).split('\r\n');
        const flags = /f(\d+)/.exec(head)?.[1];
        const first = FRAME_BEGINS.exec(value)?.[0];
        if (first === undefined) continue;
        const damaged = `${first}broken`;
        await wire.ask(`ms ${key} ${damaged.length} b F${flags}\r\n${damaged}\r\n`);
      }
  }

  readonly foreign = {
    put: async (key: string): Promise<void> => {
      await this.#wires[0]!.ask(`set ${key} 0 0 7\r\nforeign\r\n`);
    },
    has: async (key: string): Promise<boolean> =>
      (await this.#wires[0]!.ask(`mg ${key} v\r\n`)).includes('foreign'),
  };

  async dispose(): Promise<void> {}

  disconnect(): void {
    for (const wire of this.#wires) wire.close();
  }
}

/** Returns all keys, in Base64. */
async function keysOf(wire: MemcachedWire): Promise<string[]> {
  const lines = await wire.dump();
  return lines.map((line) =>
    Buffer.from(decodeURIComponent(/^key=(\S+)/.exec(line)![1]!)).toString('base64'),
  );
}

/** Shortens the lifetimes of all entries of a server. */
async function shorten(wire: MemcachedWire, seconds: number): Promise<void> {
  const keys = await keysOf(wire);
  if (keys.length === 0) return;
  const answers = await wire.ask(keys.map((key) => `mg ${key} b t\r\n`).join(''));
  const lifetimes = answers.split('\r\n').map((answer) => /^HD t(-?\d+)/.exec(answer)?.[1]);
  const changes = keys.map((key, index) => change(key, Number(lifetimes[index] ?? -1), seconds));
  await wire.ask(changes.join(''));
}

function change(key: string, left: number, seconds: number): string {
  if (left === -1) return '';
  // What the server keeps is rounded up.
  const rest = Math.floor(left - seconds);
  if (rest <= 0) return `md ${key} b\r\n`;
  const exptime = rest > EXPTIME_IS_ABSOLUTE_ABOVE ? Math.floor(Date.now() / 1000) + rest : rest;
  return `mg ${key} b T${exptime}\r\n`;
}

const { create, locationFromUrl } = memcachedDefinition;
const backend = create(backendContext({}), {}, locationFromUrl('127.0.0.1:1', 'memcached'));
const { capabilities } = backend;

/** Runs the suite on servers that are started once, and emptied before each test. */
export function describeMemcached(
  name: string,
  { client, servers: count = 1, unixSocket = false }: MemcachedSite,
  extra: Pick<BackendHarness, 'variants' | 'modelRuns'> = {},
): void {
  let servers: readonly ServerProcess[] = [];
  let store: MemcachedStore | undefined;
  beforeAll(async () => {
    servers = await Promise.all(Array.from({ length: count }, () => startMemcached({ unixSocket })));
    store = new MemcachedStore(servers, client);
  }, 60_000);
  afterAll(async () => {
    await backend.close?.();
    store?.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  });
  describeCacheBackend(name, {
    capabilities,
    canDamage: true,
    holdsForeignKeys: true,
    // A second more than the clients' own haste: the server counts in whole seconds, and lifetimes are rounded up.
    timeGranularity: 4,
    longestLifetime: LAST_MOMENT - Math.ceil(Date.now() / 1000) - 60,
    largestPayload: 1024 ** 2,
    countsBelowZero: client === 'meta',
    ...extra,
    createStore: async () => {
      if (!store) throw new Error('the servers run within a test only');
      await store.empty();
      return store;
    },
  });
}

import type { EpochMs } from '../../core/clock.js';
import type {
  BackendCapabilities,
  BackendContext,
  CacheBackend,
  EntryToWrite,
  StoredEntry,
} from '../cache-backend.js';
import { joined } from './joined.js';
import type { RingServer } from './ketama-ring.js';
import { Member } from './member.js';
import type { MemcachedServer } from './memcached-server.js';
import { type ClearStrategy, MemcachedServers } from './memcached-servers.js';
import type { Namespace } from './namespace.js';
import { Placement } from './placement.js';

/** How long the start of the application waits for a server. */
const OPENING_MS = 1000;

/** A server and its share of the keys. */
export interface WeightedServer {
  readonly server: MemcachedServer;
  readonly weight: number;
}

/** Entries on memcached servers, each key on one of them. */
export class MemcachedBackend implements CacheBackend {
  readonly capabilities: BackendCapabilities = {
    isShared: true,
    isPersistent: false,
    keepsEntries: true,
    hasAtomicInsert: true,
    hasAtomicIncrement: true,
    limitsEntries: false,
    maxKeyBytes: 250,
    isRemote: true,
  };
  readonly servers: MemcachedServers;
  readonly replace: CacheBackend['replace'];
  readonly #placement: Placement;
  readonly #members: readonly Member[];
  #isClosed = false;

  constructor(
    private readonly context: Pick<BackendContext, 'scope' | 'clock' | 'lost'>,
    servers: readonly WeightedServer[],
    clearStrategy: ClearStrategy = 'namespace',
  ) {
    this.#members = servers.map(({ server }) => new Member(server, context));
    const ring: RingServer[] = servers.map(({ server, weight }) => ({ name: server.name, weight }));
    this.#placement = new Placement(this.#members, ring);
    if (servers.every(({ server }) => server.exact)) {
      this.replace = (key, expected, payload, expiresAt) =>
        this.#namespaceOf(key).replace(key, expected, payload, expiresAt);
    }
    this.servers = new MemcachedServers(this.#members, this.#placement, clearStrategy);
  }

  read(key: string): Promise<StoredEntry | undefined> {
    return this.#namespaceOf(key).read(key);
  }

  async readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    const parts = await this.#perNamespace(
      keys,
      (key) => key,
      (namespace, part) => namespace.readMany(part),
    );
    return joined(parts);
  }

  write(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<void> {
    return this.#namespaceOf(key).write(key, payload, expiresAt);
  }

  async writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    const refused = await this.#perNamespace(
      entries,
      ({ key }) => key,
      (namespace, part) => namespace.writeMany(part),
    );
    return refused.flat();
  }

  insert(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    return this.#namespaceOf(key).insert(key, payload, expiresAt);
  }

  touch(key: string, expiresAt: EpochMs | null): Promise<boolean> {
    return this.#namespaceOf(key).touch(key, expiresAt);
  }

  remove(key: string): Promise<boolean> {
    return this.#namespaceOf(key).remove(key);
  }

  async removeMany(keys: readonly string[]): Promise<number> {
    const counts = await this.#perNamespace(
      keys,
      (key) => key,
      (namespace, part) => namespace.removeMany(part),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  increment(key: string, delta: number): Promise<number | undefined> {
    return this.#namespaceOf(key).increment(key, delta);
  }

  expiry(key: string): Promise<EpochMs | null | undefined> {
    return this.#namespaceOf(key).expiry(key);
  }

  async clear(): Promise<void> {
    await Promise.all(this.servers.names().map((name) => this.servers.clear(name)));
  }

  async open(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, OPENING_MS);
    });
    const waiting = new Set(this.#members.map(({ name }) => name));
    await Promise.race([late, Promise.all(this.#members.map((member) => this.#connect(member, waiting)))]);
    clearTimeout(timer);
    for (const name of waiting) this.context.lost(name, new Error(`no connection within ${OPENING_MS} ms`));
  }

  async #connect({ name, server }: Member, waiting: Set<string>): Promise<void> {
    try {
      await server.connect();
    } catch (error) {
      if (!this.#isClosed) this.context.lost(name, error);
    }
    waiting.delete(name);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#members.map(({ server }) => server.close()));
  }

  #namespaceOf(key: string): Namespace {
    return this.#placement.of(key).namespace;
  }

  /** Runs a batch on all servers at once. */
  #perNamespace<Thing, T>(
    things: readonly Thing[],
    keyOf: (thing: Thing) => string,
    run: (namespace: Namespace, part: readonly Thing[]) => Promise<T>,
  ): Promise<T[]> {
    const parts = new Map<Namespace, Thing[]>();
    for (const thing of things) {
      const namespace = this.#namespaceOf(keyOf(thing));
      const part = parts.get(namespace);
      if (part) part.push(thing);
      else parts.set(namespace, [thing]);
    }
    return Promise.all([...parts].map(([namespace, part]) => run(namespace, part)));
  }
}

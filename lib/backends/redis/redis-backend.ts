import { addToInteger } from '../../codec/integer.js';
import type { EpochMs } from '../../core/clock.js';
import { NotANumberError } from '../../core/errors.js';
import { messageOf, show } from '../../core/show.js';
import type {
  BackendCapabilities,
  BackendContext,
  BackendServers,
  CacheBackend,
  EntryToWrite,
  StoredEntry,
} from '../cache-backend.js';
import { CHUNK, Clearing } from './clearing.js';
import { KeyIndex } from './key-index.js';
import { within } from '../../core/patience.js';
import { loadClient, type RedisArgument, type RedisCommand } from './redis-client.js';
import type { Purpose, RedisServers } from './redis-servers.js';
import { ScopeRegistry } from './scope-registry.js';
import { ADD, REPLACE, run } from './scripts.js';
import { ServersOfOneAlias } from './servers-of-one-alias.js';

/** How long the start of the application waits for a connection. */
const OPEN_WAITS_MS = 1000;

/** Servers as several aliases share them; `release` is called by each of them once. */
export interface SharedServers {
  readonly servers: RedisServers;
  /** The scopes of the caches of this process. */
  readonly scopes: Set<string>;
  release(): void;
}

/**
 * Keeps entries on Redis: keys and payloads exactly as they are given, lifetimes in Redis's own care. They are sent as what remains of
 * them, so that it does not matter what time the server takes it to be.
 */
export class RedisBackend implements CacheBackend {
  readonly capabilities: BackendCapabilities = {
    isShared: true,
    isPersistent: true,
    keepsEntries: true,
    hasAtomicInsert: true,
    hasAtomicIncrement: true,
    limitsEntries: false,
    maxKeyBytes: null,
    isRemote: true,
  };
  readonly servers: BackendServers;
  readonly #redis: RedisServers;
  readonly #alias: ServersOfOneAlias;
  readonly #registry: ScopeRegistry;
  readonly #index: KeyIndex;
  readonly #clearing: Clearing;
  readonly #stopListening: () => void;
  #isClosed = false;

  constructor(
    private readonly context: BackendContext,
    private readonly shared: SharedServers,
  ) {
    const { clock, keys, lost, scope } = context;
    const redis = shared.servers;
    this.#redis = redis;
    this.#registry = new ScopeRegistry(scope, keys, redis, shared.scopes);
    this.#index = new KeyIndex(scope, keys, this.#registry, redis, clock);
    this.#clearing = new Clearing(keys, redis, this.#registry, this.#index);
    const remove = async (doubtful: readonly string[]): Promise<void> =>
      void (await this.removeMany(doubtful));
    this.servers = this.#alias = new ServersOfOneAlias(redis, this.#clearing, remove);
    this.#stopListening = redis.onLost(lost);
  }

  read(key: string): Promise<StoredEntry | undefined> {
    return this.#redis.send(key, 'read', ['GET', key]).then(
      (reply) =>
        Buffer.isBuffer(reply) ? { payload: reply, expiresAt: undefined } : this.#absent(key, 'read', reply),
      (error: unknown) => this.#absentIfForeign(key, error),
    );
  }

  write(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<void> {
    const written = this.#redis.send(key, 'write', this.#set(key, payload, expiresAt)).then((reply) => {
      if (reply !== 'OK') this.#refuse(key, 'write', reply);
    });
    return this.#index.lists(key) ? this.#listed(key, expiresAt, written) : written;
  }

  /** Both commands go out in one write. */
  async #listed(key: string, expiresAt: EpochMs | null, written: Promise<void>): Promise<void> {
    await Promise.all([this.#index.add(key, expiresAt), written]);
  }

  async insert(key: string, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    const reply = await this.#redis.send(key, 'write', [...this.#set(key, payload, expiresAt), 'NX']);
    if (reply !== 'OK' && reply !== null) this.#refuse(key, 'write', reply);
    // Not before, or an entry of somebody else would be listed.
    if (reply === 'OK' && this.#index.lists(key)) await this.#index.add(key, expiresAt);
    return reply === 'OK';
  }

  async touch(key: string, expiresAt: EpochMs | null): Promise<boolean> {
    // PERSIST does not tell an entry without end from none, EXISTS does.
    const [reply] = await Promise.all(
      expiresAt === null
        ? [this.#number(key, ['EXISTS', key]), this.#number(key, ['PERSIST', key])]
        : [this.#number(key, ['PEXPIRE', key, this.#remaining(expiresAt)])],
    );
    if (reply === 1 && this.#index.lists(key)) await this.#index.add(key, expiresAt);
    return reply === 1;
  }

  async remove(key: string): Promise<boolean> {
    return (await this.#number(key, ['UNLINK', key])) === 1;
  }

  async clear(): Promise<void> {
    await Promise.all(this.#redis.names('write').map((name) => this.#clearing.clear(name)));
  }

  async expiry(key: string): Promise<EpochMs | null | undefined> {
    const reply = await this.#redis.send(key, 'read', ['PTTL', key]);
    if (typeof reply !== 'number') return this.#refuse(key, 'read', reply);
    if (reply === -2) return undefined;
    return reply === -1 ? null : this.context.clock.now() + reply;
  }

  async readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    const found = new Map<string, StoredEntry>();
    const take = (key: string, reply: unknown): void => {
      if (Buffer.isBuffer(reply)) found.set(key, { payload: reply, expiresAt: undefined });
      else if (reply !== null) this.#refuse(key, 'read', reply);
    };
    const readings = [...this.#redis.parts(keys, 'read')].flatMap(chunksOf).map(async (part) => {
      if (part.length === 1) {
        const entry = await this.read(part[0]!);
        if (entry) found.set(part[0]!, entry);
        return;
      }
      const replies = await this.#redis.sendPart(part, 'read', ['MGET', ...part]);
      if (!Array.isArray(replies) || replies.length !== part.length) this.#refuse(part[0]!, 'read', replies);
      for (const [index, reply] of (replies as unknown[]).entries()) take(part[index]!, reply);
    });
    await allOf(readings);
    return found;
  }

  /** @throws the failure of the first if all failed */
  async writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    const outcomes = await Promise.allSettled(
      entries.map(({ expiresAt, key, payload }) => this.write(key, payload, expiresAt)),
    );
    const failed = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ outcome, index }] : [],
    );
    if (failed.length > 0 && failed.length === entries.length) throw failed[0]!.outcome.reason;
    return failed.map(({ index }) => entries[index]!.key);
  }

  async removeMany(keys: readonly string[]): Promise<number> {
    const removals = [...this.#redis.parts(keys, 'write')].flatMap(chunksOf).map(async (part) => {
      const reply = await this.#redis.sendPart(part, 'write', ['UNLINK', ...part]);
      return typeof reply === 'number' ? reply : this.#refuse(part[0]!, 'write', reply);
    });
    return (await allOf(removals)).reduce((sum, count) => sum + count, 0);
  }

  async replace(key: string, expected: Buffer, payload: Buffer, expiresAt: EpochMs | null): Promise<boolean> {
    const lifetime = expiresAt === null ? [] : [this.#remaining(expiresAt)];
    const send = (command: RedisCommand): Promise<unknown> => this.#redis.send(key, 'write', command);
    const reply = await run(REPLACE, send, key, expected, payload, ...lifetime);
    if (reply !== 1 && reply !== 0) this.#refuse(key, 'write', reply);
    if (reply === 1 && this.#index.lists(key)) await this.#index.add(key, expiresAt);
    return reply === 1;
  }

  async increment(key: string, delta: number): Promise<number | undefined> {
    let reply: unknown;
    try {
      reply = await run(ADD, (command) => this.#redis.send(key, 'write', command), key, String(delta));
    } catch (error) {
      return this.#absentIfForeign(key, error);
    }
    if (typeof reply === 'string') return Number(reply);
    if (!Buffer.isBuffer(reply)) return this.#absent(key, 'write', reply);
    addToInteger(key, reply, delta);
    throw new NotANumberError(`The entry "${key}" does not hold an integer as this cache writes it.`);
  }

  /** Waits a moment for the servers, not for ever; without them the cache starts all the same. */
  async open(): Promise<void> {
    // Loading the package takes a while that no server is to blame for. If it fails, so does each connection, and tells.
    await loadClient().catch(() => undefined);
    const late = (): Error => new Error(`no connection within ${OPEN_WAITS_MS} ms`);
    const opening = this.#redis.open();
    const registering = opening.then(() => this.#registry.register());
    // What could not be written down at the start is when a server is back.
    registering.catch(() => this.#alias.onceRecovered(() => this.#registry.register()));
    try {
      await within(OPEN_WAITS_MS, opening, late);
    } catch (error) {
      for (const name of this.#redis.names('write')) this.context.lost(name, error);
      return;
    }
    await within(OPEN_WAITS_MS, registering, late).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening();
    this.#alias.readmitAll();
    this.shared.release();
  }

  #set(key: string, payload: Buffer, expiresAt: EpochMs | null): RedisArgument[] {
    return expiresAt === null
      ? ['SET', key, payload]
      : ['SET', key, payload, 'PX', this.#remaining(expiresAt)];
  }

  #remaining(expiresAt: EpochMs): string {
    return String(Math.max(1, Math.ceil(expiresAt - this.context.clock.now())));
  }

  async #number(key: string, command: RedisCommand): Promise<number> {
    const reply = await this.#redis.send(key, 'write', command);
    return typeof reply === 'number' ? reply : this.#refuse(key, 'write', reply);
  }

  #absent(key: string, purpose: Purpose, reply: unknown): undefined {
    if (reply !== null) this.#refuse(key, purpose, reply);
  }

  /** Somebody else keeps a list or a hash under this key: the server is well, and the entry is not there. */
  #absentIfForeign(key: string, error: unknown): undefined {
    if (!messageOf(error).includes('WRONGTYPE')) throw error;
    this.context.unreadable(key, error);
  }

  /** A reply of another kind than the command has is somebody else's: nothing on this connection can be trusted. */
  #refuse(key: string, purpose: Purpose, reply: unknown): never {
    const reason = new Error(`a reply that makes no sense: ${show(reply)}`);
    this.#redis.distrust(key, purpose, reason);
    throw reason;
  }
}

function chunksOf(keys: readonly string[]): (readonly string[])[] {
  if (keys.length <= CHUNK) return keys.length === 0 ? [] : [keys];
  return Array.from({ length: Math.ceil(keys.length / CHUNK) }, (_, index) =>
    keys.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}

/** As Promise.all, but what fails later has been waited for. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

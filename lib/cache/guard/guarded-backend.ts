import type {
  BackendCapabilities,
  BackendServers,
  CacheBackend,
  EntryToWrite,
  StoredEntry,
} from '../../backends/cache-backend.js';
import type { Answer } from '../../core/answer.js';
import type { EpochMs } from '../../core/clock.js';
import { CacheError } from '../../core/errors.js';
import { messageOf } from '../../core/show.js';
import type { CacheStatistics } from '../cache-events.js';
import { noSize, partsOf } from './batch-parts.js';
import type { Doubtful } from './journal.js';
import { DeadlineError, type GuardLimits, OverloadError, ServerGuard } from './server-guard.js';
import { singleServer } from './single-server.js';
import { type OperationGuard, TransactionGuard } from './transaction-guard.js';

/** What a caller sees of a sick store: misses and dropped writes, or the failure. */
export type OnError = 'degrade' | 'throw';

/** Whom a guarded backend tells, and how it shall behave. */
export interface Guarding extends GuardLimits {
  readonly onError: OnError;
  /** What to call the store if the backend has no names for its servers. */
  readonly description: string;
  readonly statistics: CacheStatistics;
  /** A failure that the caller does not see. */
  degraded(key: string | undefined, error: unknown): void;
  /** A server is not used from now on; `reason` is undefined when it is used again. */
  changed(server: string, sentence: string, reason: string | undefined): void;
}

type Purpose = 'read' | 'write';

/**
 * A backend outside the process that nobody has to wait for: each operation has a deadline and each server a breaker.
 *
 * Reads of a sick server are misses and writes are dropped, unless `onError` is `throw`. Removals that are not confirmed reject, and are
 * done before the server is trusted again; so is the removal of what a dropped write would have replaced.
 */
export class GuardedBackend implements CacheBackend {
  readonly capabilities: BackendCapabilities;
  readonly servers: BackendServers;
  readonly #guards = new Map<string, OperationGuard>();
  readonly #isLenient: boolean;
  readonly readMany: CacheBackend['readMany'];
  readonly writeMany: CacheBackend['writeMany'];
  readonly removeMany: CacheBackend['removeMany'];
  readonly expiry: CacheBackend['expiry'];
  readonly replace: CacheBackend['replace'];
  readonly increment: CacheBackend['increment'];
  readonly within: CacheBackend['within'];
  readonly cull: CacheBackend['cull'];
  readonly size: CacheBackend['size'];

  /** @param outer the one that this is a transaction of: its statements wait with nobody else's, so there is neither a deadline nor a breaker */
  constructor(
    private readonly backend: CacheBackend,
    private readonly guarding: Guarding,
    private readonly outer?: GuardedBackend,
  ) {
    this.capabilities = backend.capabilities;
    this.servers = backend.servers ?? singleServer(backend, guarding.description);
    this.#isLenient = guarding.onError === 'degrade';
    if (backend.readMany) this.readMany = (keys) => this.#readMany(keys);
    if (backend.writeMany) this.writeMany = (entries) => this.#writeMany(entries);
    if (backend.removeMany) this.removeMany = (keys) => this.#removeMany(keys);
    if (backend.replace)
      this.replace = (key, expected, payload, expiresAt) => this.#replace(key, expected, payload, expiresAt);
    if (backend.expiry) this.expiry = (key) => this.#expiry(key);
    if (backend.within)
      this.within = (transaction) => new GuardedBackend(backend.within!(transaction), guarding, this);
    if (backend.cull) this.cull = () => this.#takingLong(() => backend.cull!());
    if (backend.size) this.size = () => this.#takingLong(() => backend.size!());
    if (backend.increment) this.increment = (key, delta) => this.#increment(key, delta);
  }

  read(key: string): Answer<StoredEntry | undefined> {
    return this.#guardFor(key, 'read').run(
      () => this.backend.read(key),
      (error) => this.#instead(key, error, undefined),
    );
  }

  write(key: string, payload: Buffer, expiresAt: EpochMs | null): Answer<void> {
    const guard = this.#guardFor(key, 'write');
    return guard.run(
      () => this.backend.write(key, payload, expiresAt),
      async (error) => {
        await this.#removeReplaced(guard, [key], error);
        return this.#dropped(key, error, undefined);
      },
    );
  }

  insert(key: string, payload: Buffer, expiresAt: EpochMs | null): Answer<boolean> {
    return this.#guardFor(key, 'write').run(
      () => this.backend.insert(key, payload, expiresAt),
      (error) => this.#dropped(key, error, false),
    );
  }

  touch(key: string, expiresAt: EpochMs | null): Answer<boolean> {
    return this.#guardFor(key, 'write').run(
      () => this.backend.touch(key, expiresAt),
      (error) => this.#dropped(key, error, false),
    );
  }

  remove(key: string): Answer<boolean> {
    const guard = this.#guardFor(key, 'write');
    return guard.run(
      () => this.backend.remove(key),
      (error) => this.#unconfirmed(guard, [key], error),
    );
  }

  async clear(): Promise<void> {
    const outcomes = await Promise.allSettled(
      this.servers.names('write').map((name) => {
        const guard = this.#guard(name);
        return guard.runLong(
          () => this.servers.clear(name),
          (error) => this.#unconfirmed(guard, 'all', error),
        );
      }),
    );
    rejectIfOneDid(outcomes);
  }

  isInUse(key: string): boolean {
    return !this.#guardFor(key, 'write').isOpen;
  }

  async open(): Promise<void> {
    await this.backend.open?.();
  }

  async close(): Promise<void> {
    for (const guard of this.#guards.values()) guard.stop();
    await this.backend.close?.();
  }

  /** The connection to a server is gone: its breaker opens at once. */
  lost(server: string, reason: unknown): void {
    this.#guard(server).trip(reason);
  }

  #expiry(key: string): Answer<EpochMs | null | undefined> {
    return this.#guardFor(key, 'read').run(
      () => this.backend.expiry!(key),
      (error) => this.#instead(key, error, undefined),
    );
  }

  /** To be told that it was dropped would be to be told that something newer is there. */
  #replace(key: string, expected: Buffer, payload: Buffer, expiresAt: EpochMs | null): Answer<boolean> {
    return this.#guardFor(key, 'write').run(
      () => this.backend.replace!(key, expected, payload, expiresAt),
      (error) => {
        if (!(error instanceof CacheError)) this.guarding.statistics.dropped++;
        throw error;
      },
    );
  }

  /** Neither a miss nor dropped: who counts needs the sum. */
  #increment(key: string, delta: number): Answer<number | undefined> {
    return this.#guardFor(key, 'write').run(
      () => this.backend.increment!(key, delta),
      (error) => {
        throw error;
      },
    );
  }

  /** Who asks for it wants it done, or to know that it was not. */
  async #takingLong<T>(task: () => Promise<T>): Promise<T> {
    let result: T | undefined = undefined as T | undefined;
    const [name] = this.servers.names('write');
    await this.#guard(name!).runLong(
      async () => {
        result = await task();
      },
      (error) => {
        throw error;
      },
    );
    return result as T;
  }

  async #readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    const nothing = new Map<string, StoredEntry>();
    const parts = await this.#perServer(keys, 'read', noSize, (guard, part) =>
      guard.run(
        () => this.backend.readMany!(part),
        (error) => this.#instead(undefined, error, nothing),
        part.length,
      ),
    );
    const [first = nothing, ...others] = parts;
    if (others.length === 0) return first;
    const found = new Map(first);
    for (const other of others) for (const [key, entry] of other) found.set(key, entry);
    return found;
  }

  async #writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    const sizeOf = (key: string): number => byKey.get(key)!.payload.length;
    const parts = await this.#perServer([...byKey.keys()], 'write', sizeOf, (guard, part) =>
      guard.run(
        async () => {
          const failed = await this.backend.writeMany!(part.map((key) => byKey.get(key)!));
          if (failed.length > 0)
            await this.#removeReplaced(guard, failed, new Error('the store refused a part of a batch'));
          return failed;
        },
        async (error) => {
          await this.#removeReplaced(guard, part, error);
          return this.#dropped(undefined, error, [...part]);
        },
        part.length,
      ),
    );
    return parts.flat();
  }

  async #removeMany(keys: readonly string[]): Promise<number> {
    const parts = await this.#perServer(keys, 'write', noSize, (guard, part) =>
      guard.run(
        () => this.backend.removeMany!(part),
        (error) => this.#unconfirmed(guard, part, error),
        part.length,
      ),
    );
    return parts.reduce((sum, count) => sum + count, 0);
  }

  /** Runs a batch: all servers at once, and on each what one deadline is enough for at a time. */
  async #perServer<T>(
    keys: readonly string[],
    purpose: Purpose,
    sizeOf: (key: string) => number,
    run: (guard: OperationGuard, part: readonly string[]) => Answer<T>,
  ): Promise<T[]> {
    const outcomes = await Promise.allSettled(
      Array.from(this.#batches(keys, purpose), async ([guard, batch]) => {
        const results: T[] = [];
        for (const part of partsOf(batch, sizeOf)) results.push(await run(guard, part));
        return results;
      }),
    );
    rejectIfOneDid(outcomes);
    return outcomes.flatMap((outcome) => (outcome as PromiseFulfilledResult<T[]>).value);
  }

  /** Sorts keys by the server that they go to. */
  #batches(
    keys: readonly string[],
    purpose: Purpose,
  ): Iterable<readonly [OperationGuard, readonly string[]]> {
    const [name, ...others] = this.servers.names(purpose);
    if (name !== undefined && others.length === 0) return [[this.#guard(name), keys]];
    const batches = new Map<OperationGuard, string[]>();
    for (const key of keys) {
      const guard = this.#guardFor(key, purpose);
      const batch = batches.get(guard);
      if (batch) batch.push(key);
      else batches.set(guard, [key]);
    }
    return batches;
  }

  #guardFor(key: string, purpose: Purpose): OperationGuard {
    const name = this.servers.nameFor(key, purpose);
    return this.#guards.get(name) ?? this.#guard(name);
  }

  #guard(name: string): OperationGuard {
    const known = this.#guards.get(name);
    if (known) return known;
    const guard = this.#makeGuard(name);
    this.#guards.set(name, guard);
    return guard;
  }

  #makeGuard(name: string): OperationGuard {
    if (this.outer) return new TransactionGuard();
    const { changed, statistics } = this.guarding;
    return new ServerGuard(
      {
        name,
        operationsAtOnce: this.servers.operationsAtOnce,
        probe: () => this.servers.probe(name),
        recover: (doubtful) => this.servers.recover(name, doubtful),
        opened: (reason) => {
          statistics.outages++;
          this.servers.eject?.(name);
          changed(name, `${name} is not in use: ${reason}`, reason);
        },
        closed: (outageMs, replayed) => {
          if (replayed !== 'all') statistics.replayed += replayed.length;
          this.servers.readmit?.(name);
          changed(
            name,
            `${name} is in use again after ${(outageMs / 1000).toFixed(1)} s${describe(replayed)}`,
            undefined,
          );
        },
        timedOut: () => {
          statistics.timeouts++;
        },
      },
      this.guarding,
    );
  }

  /** What a caller gets in place of an answer of a sick store. Errors of this library are answers. */
  #instead<T>(key: string | undefined, error: unknown, substitute: T): T {
    if (!this.#isLenient || error instanceof CacheError) throw error;
    this.guarding.degraded(key, error);
    return substitute;
  }

  #dropped<T>(key: string | undefined, error: unknown, substitute: T): T {
    if (!(error instanceof CacheError)) this.guarding.statistics.dropped++;
    return this.#instead(key, error, substitute);
  }

  /** What was to be replaced must not linger: it is removed now, or before the server is trusted again. */
  async #removeReplaced(guard: OperationGuard, keys: readonly string[], error: unknown): Promise<void> {
    if (error instanceof CacheError) return;
    if (this.outer) return this.outer.#removeSoon(keys);
    if (guard.isStopped) return;
    if (error instanceof OverloadError) return guard.remember(keys);
    if (guard.isOpen || error instanceof DeadlineError) return guard.doubt(keys, error);
    await guard.run(
      async () => {
        await Promise.all(keys.map(async (key) => this.backend.remove(key)));
      },
      () => guard.doubt(keys, error),
    );
  }

  /** What a transaction could not replace is removed beside it. */
  #removeSoon(keys: readonly string[]): void {
    for (const key of keys) this.#guardFor(key, 'write').remember([key]);
  }

  #unconfirmed(guard: OperationGuard, doubtful: Doubtful, error: unknown): never {
    if (error instanceof CacheError || guard.isStopped) throw error;
    if (error instanceof OverloadError) guard.remember(doubtful);
    else guard.doubt(doubtful, error);
    throw new Error(
      `${messageOf(error)}. The removal is not confirmed; it is done before the server is trusted again`,
      { cause: error },
    );
  }
}

function describe(replayed: Doubtful): string {
  if (replayed === 'all') return '; the cache was emptied, since too many removals had not been confirmed';
  return replayed.length === 0 ? '' : `; ${replayed.length} unconfirmed removals were done`;
}

function rejectIfOneDid(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

import type { BackendContext, CacheBackend } from '../backends/cache-backend.js';
import { type Clock, systemClock } from '../core/clock.js';
import type { CacheRouter } from '../backends/database/routing/cache-router.js';
import { type DataSources, dataSourcesOf } from '../backends/database/routing/data-sources.js';
import { CacheConfigurationError, CacheError, UnknownCacheAliasError } from '../core/errors.js';
import { messageOf, show } from '../core/show.js';
import { resolveCache, type ResolvedCache } from './cache-configuration.js';
import { CacheEvents, emitSafely, newStatistics } from './cache-events.js';
import type { CacheConfiguration, DataSourceOption } from './cache-options.js';
import { CacheService } from './cache-service.js';
import type { Flights } from './computations.js';
import { EntryStore } from './entry-store.js';
import { FinalKeys } from './final-keys.js';
import { GuardedBackend, type Guarding } from './guard/guarded-backend.js';
import { SingleFlight } from './single-flight.js';

/** The alias of the cache that is injected by type. */
export const DEFAULT_ALIAS = 'default';

/** What `openCaches` needs from its surroundings. */
export interface Surroundings {
  /**
   * Where the time is read.
   *
   * @default the clock of the operating system
   */
  readonly clock?: Clock;
  /** Where warnings go. */
  warn(message: string): void;
  /** Where good news goes: a server that is in use again. By default to `warn`. */
  log?(message: string): void;
  /**
   * The data sources of TypeORM by name, for caches on a database. They may not be initialized yet.
   *
   * @default none
   */
  readonly dataSources?: Readonly<Record<string, DataSourceOption>> | DataSources;
  /** Who chooses among the data sources; asked in order. By default that of the name `default` is taken. */
  readonly routers?: readonly CacheRouter[];
}

/**
 * All caches of one module, by alias.
 *
 * @publicApi
 */
export class CacheRegistry {
  /** Tells what went wrong without an error for a caller: `unreadable` entries, `degraded` answers. */
  readonly events: CacheEvents;
  readonly #caches: ReadonlyMap<string, CacheService>;
  /** One sentence part per alias, for the log: which backend, and where. */
  readonly descriptions: ReadonlyMap<string, string>;

  /** @internal Made by `openCaches`. */
  constructor(
    caches: ReadonlyMap<string, CacheService>,
    descriptions: ReadonlyMap<string, string>,
    events: CacheEvents,
  ) {
    this.#caches = caches;
    this.descriptions = descriptions;
    this.events = events;
  }

  /**
   * Returns the cache of an alias.
   *
   * @throws {UnknownCacheAliasError} naming the known aliases
   */
  get(alias: string): CacheService {
    const cache = this.#caches.get(alias);
    if (cache) return cache;
    throw new UnknownCacheAliasError(alias, this.aliases());
  }

  /** Tells whether an alias is configured. */
  has(alias: string): boolean {
    return this.#caches.has(alias);
  }

  /** Returns all caches. */
  all(): CacheService[] {
    return [...this.#caches.values()];
  }

  /** Returns the names of all caches. */
  aliases(): string[] {
    return [...this.#caches.keys()];
  }

  /** Closes all caches. `CacheModule` does so when the application closes. */
  async closeAll(): Promise<void> {
    await Promise.all(this.all().map((cache) => cache.close()));
  }
}

/**
 * Checks the configuration of all caches, then opens their stores. Usable without Nest.
 *
 * @param configurations alias → configuration; must have `default`. `undefined`: `default` on memory
 * @throws {CacheConfigurationError | MissingPackageError} before any store is opened, or if one cannot be
 */
export async function openCaches(
  configurations: Readonly<Record<string, CacheConfiguration>> | undefined,
  { clock = systemClock, warn, log = warn, dataSources, routers }: Surroundings,
): Promise<CacheRegistry> {
  const resolved = resolveAll(
    configurations === undefined ? { [DEFAULT_ALIAS]: { backend: 'memory' } } : configurations,
  );
  if (typeof clock?.now !== 'function') {
    throw new CacheConfigurationError(`clock must be an object with a method now(); got ${show(clock)}.`);
  }
  const events = new CacheEvents();
  const shared = new Map<string, unknown>();
  // All at once, since a server that is away is waited for. The backends are made in order, before anything is waited for.
  const surroundings = { clock, shared, events, warn, log, dataSources: dataSourcesOf(dataSources, routers) };
  const opening = resolved.map((cache) => openCache(cache, surroundings));
  const outcomes = await Promise.allSettled(opening);
  const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await Promise.all(opened.map((cache) => cache.close()));
    throw failed.reason;
  }
  return new CacheRegistry(
    new Map(opened.map((cache) => [cache.alias, cache])),
    new Map(resolved.map((cache) => [cache.settings.alias, cache.description])),
    events,
  );
}

function resolveAll(configurations: unknown): ResolvedCache[] {
  if (typeof configurations !== 'object' || configurations === null || Array.isArray(configurations)) {
    throw new CacheConfigurationError(
      `caches must be an object of alias → configuration; got ${show(configurations)}.`,
    );
  }
  if (!Object.hasOwn(configurations, DEFAULT_ALIAS)) {
    throw new CacheConfigurationError(
      `caches has no "${DEFAULT_ALIAS}", the cache that CacheService stands for; got ${show(Object.keys(configurations))}. ` +
        `Add for example ${DEFAULT_ALIAS}: 'memory://'.`,
    );
  }
  return Object.entries(configurations).map(([alias, configuration]) => resolveCache(alias, configuration));
}

interface Opening extends Pick<BackendContext, 'clock' | 'shared' | 'dataSources'> {
  readonly events: CacheEvents;
  warn(message: string): void;
  log(message: string): void;
}

/** Opens the store. A failure ends the start, and says of which cache it is. */
async function open(backend: CacheBackend, alias: string): Promise<void> {
  try {
    await backend.open?.();
  } catch (error) {
    // What cannot be opened may not close either; the first failure is the one to tell.
    await backend.close?.().catch(() => undefined);
    if (error instanceof CacheError) throw error;
    throw new CacheConfigurationError(`Cache "${alias}": its store cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function openCache(cache: ResolvedCache, opening: Opening): Promise<CacheService> {
  const { settings, store } = cache;
  const { shared, events, warn } = opening;
  const { alias, timeout, version } = settings;
  // A backend may find a damaged entry, or lose its server, only once it is open, and then the store is there.
  let entries: EntryStore | undefined = undefined as EntryStore | undefined;
  const statistics = newStatistics();
  const backend = createBackend(cache, opening, {
    statistics,
    unreadable: (key, reason) => entries?.problems.unreadable(key, reason),
    degraded: (key, reason) => entries?.problems.degraded(key, reason),
  });
  await open(backend, alias);
  const rejectsFailures = backend.capabilities.isRemote === true && settings.guard.onError === 'throw';
  const { maxKeyBytes } = backend.capabilities;
  const keys = new FinalKeys({
    ...settings,
    maxKeyBytes,
    warn: (message) => warn(`Cache "${alias}": ${message}`),
  });
  entries = new EntryStore({
    ...settings,
    backend,
    clock: opening.clock,
    events,
    statistics,
    rejectsFailures,
    finalKeyOf: (key) => keys.of(key),
  });
  // Caches on one store may build the same final keys, so they share what is under way.
  const flights = flightsOf(shared, store);
  return new CacheService(entries, keys, flights, { timeout, version });
}

/** Makes the backend, and puts the guard around it if it is outside the process. */
function createBackend(
  { createBackend: create, description, settings }: ResolvedCache,
  { clock, dataSources, shared, events, warn, log }: Opening,
  tell: Pick<Guarding, 'statistics' | 'degraded'> & Pick<BackendContext, 'unreadable'>,
): CacheBackend {
  const { alias, guard: limits } = settings;
  let guarded: GuardedBackend | undefined = undefined as GuardedBackend | undefined;
  const lost = (server: string, reason: unknown): void => guarded?.lost(server, reason);
  const backend = create({
    clock,
    dataSources,
    shared,
    lost,
    unreadable: tell.unreadable,
    warn: (message) => warn(`Cache "${alias}": ${message}.`),
  });
  if (!backend.capabilities.isRemote) return backend;
  guarded = new GuardedBackend(backend, {
    ...limits,
    ...tell,
    description,
    changed: (server, sentence, reason) => {
      const isInUse = reason === undefined;
      (isInUse ? log : warn)(`Cache "${alias}": ${sentence.replace(/\.+$/, '')}.`);
      emitSafely(events, 'server', { alias, server, isInUse, reason });
    },
  });
  return guarded;
}

function flightsOf(shared: Map<string, unknown>, store: string): Flights {
  const name = `flights: ${store}`;
  const flights = (shared.get(name) as Flights | undefined) ?? new SingleFlight();
  shared.set(name, flights);
  return flights;
}

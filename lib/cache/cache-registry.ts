import type { BackendContext } from '../backends/cache-backend.js';
import { type Clock, systemClock } from '../core/clock.js';
import { CacheConfigurationError, UnknownCacheAliasError } from '../core/errors.js';
import { show } from '../core/show.js';
import { resolveCache, type ResolvedCache } from './cache-configuration.js';
import { CacheEvents } from './cache-events.js';
import type { CacheConfiguration } from './cache-options.js';
import { CacheService } from './cache-service.js';
import { EntryStore } from './entry-store.js';
import { FinalKeys } from './final-keys.js';

/** The alias of the cache that is injected by type. */
export const DEFAULT_ALIAS = 'default';

/** What `openCaches` needs from its surroundings. */
export interface Surroundings {
  /** Where the time is read. */
  readonly clock?: Clock;
  /** Where warnings go. */
  warn(message: string): void;
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
  { clock = systemClock, warn }: Surroundings,
): Promise<CacheRegistry> {
  const resolved = resolveAll(configurations ?? { [DEFAULT_ALIAS]: { backend: 'memory' } });
  const events = new CacheEvents();
  const shared = new Map<string, unknown>();
  const opened = new Map<string, CacheService>();
  try {
    for (const cache of resolved)
      opened.set(cache.settings.alias, await openCache(cache, { clock, shared, events, warn }));
  } catch (error) {
    await Promise.all([...opened.values()].map((cache) => cache.close()));
    throw error;
  }
  return new CacheRegistry(
    opened,
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

interface Opening extends Pick<BackendContext, 'clock' | 'shared'> {
  readonly events: CacheEvents;
  warn(message: string): void;
}

async function openCache(
  { settings, createBackend }: ResolvedCache,
  { clock, shared, events, warn }: Opening,
): Promise<CacheService> {
  const { alias, timeout, version, compressAbove } = settings;
  // A backend may find a damaged entry only once it is open, and then the store is there.
  let entries: EntryStore | undefined = undefined as EntryStore | undefined;
  const unreadable = (key: string, reason: unknown): void => entries?.reportUnreadable(key, reason);
  const backend = createBackend({ clock, shared, unreadable });
  await backend.open?.();
  entries = new EntryStore(alias, backend, clock, compressAbove, events);
  const { maxKeyBytes } = backend.capabilities;
  const keys = new FinalKeys({
    ...settings,
    maxKeyBytes,
    warn: (message) => warn(`Cache "${alias}": ${message}`),
  });
  return new CacheService(entries, keys, { timeout, version });
}

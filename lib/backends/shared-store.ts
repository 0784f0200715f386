import { CacheConfigurationError } from '../core/errors.js';
import type { BackendContext } from './cache-backend.js';

type Bounds = Readonly<Record<string, unknown>>;

interface SharedStore<Store> {
  readonly alias: string;
  readonly bounds: Bounds;
  readonly store: Store;
}

/**
 * Returns the store behind a location, made by the first alias that names it. Aliases that share one must agree on its bounds.
 *
 * @param name what the aliases share, as the error calls it
 * @throws {CacheConfigurationError} naming both aliases and the option in which they differ
 */
export function sharedStore<Store>(
  { alias, shared }: BackendContext,
  name: string,
  bounds: Bounds,
  make: () => Store,
): Store {
  const known = shared.get(name) as SharedStore<Store> | undefined;
  if (!known) {
    const store = make();
    shared.set(name, { alias, bounds, store } satisfies SharedStore<Store>);
    return store;
  }
  const differing = Object.keys(bounds).find((bound) => known.bounds[bound] !== bounds[bound]);
  if (differing === undefined) return known.store;
  throw new CacheConfigurationError(
    `Caches "${known.alias}" and "${alias}" share ${name} but differ in ${differing} ` +
      `(${String(known.bounds[differing])} and ${String(bounds[differing])}). Give both the same, or another location.`,
  );
}

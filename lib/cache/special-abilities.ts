import type { CacheBackend } from '../backends/cache-backend.js';
import { CacheConfigurationError, CacheTransactionError } from '../core/errors.js';

/**
 * Returns what only some backends can do, and nobody else can do for them.
 *
 * @throws {CacheConfigurationError} if this one cannot
 */
export function abilityOf<Name extends 'cull' | 'size'>(
  backend: CacheBackend,
  name: Name,
  alias: string,
): () => ReturnType<NonNullable<CacheBackend[Name]>> {
  const method = backend[name] as (() => ReturnType<NonNullable<CacheBackend[Name]>>) | undefined;
  if (method) return () => method.call(backend);
  throw new CacheConfigurationError(`Cache "${alias}": ${name}() is for caches on a database.`);
}

/** @throws {CacheTransactionError} if it is no transaction on the database of the cache */
export function backendWithin(backend: CacheBackend, transaction: object, alias: string): CacheBackend {
  if (backend.within) return backend.within(transaction);
  throw new CacheTransactionError(
    `Cache "${alias}": withinTransaction() is for caches on a database; this one is on another backend.`,
  );
}

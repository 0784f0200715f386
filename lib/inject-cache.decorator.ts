import { Inject, type InjectionToken } from '@nestjs/common';
import { DEFAULT_ALIAS } from './cache/cache-registry.js';
import { CacheService } from './cache/cache-service.js';

/** Every alias that some class of this process asks for. The module provides each, or says at start that it cannot. */
const requestedAliases = new Set<string>();

/** Returns the aliases asked for so far with `@InjectCache` and `getCacheToken`. */
export function aliasesRequested(): Iterable<string> {
  return requestedAliases;
}

/**
 * Returns the token under which the cache of an alias is provided: `CacheService` itself for `default`.
 *
 * @publicApi
 */
export function getCacheToken(alias: string = DEFAULT_ALIAS): InjectionToken {
  if (alias === DEFAULT_ALIAS) return CacheService;
  requestedAliases.add(alias);
  return `CacheService(${alias})`;
}

/**
 * Injects the cache of an alias. An alias that is not configured ends the start with the list of those that are.
 *
 * @example
 * ```ts
 * constructor(@InjectCache('pages') private readonly pages: CacheService) {}
 * ```
 * @publicApi
 */
export function InjectCache(alias: string = DEFAULT_ALIAS): ParameterDecorator & PropertyDecorator {
  return Inject(getCacheToken(alias));
}

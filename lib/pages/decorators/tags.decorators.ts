import type { RequestView } from '../requests/page-request.js';
import { tagSources, type TagSource } from '../rules/tag-sources.js';
import { policyDecorator } from './policy-rule.js';

/**
 * Names what pages are made of, so that `@InvalidateTags`, `PageCache.invalidate({ tags })` or `CacheService.invalidateTags` take them out of
 * the cache when that changes. What class and method name adds up.
 *
 * @param tags names, and functions of the request that return names; the functions run before the handler, and what they throw fails
 * the request
 * @throws {CacheConfigurationError} when the class is loaded
 * @example
 * ```ts
 * @Get(':id')
 * @CachePage('1h')
 * @CacheTags('films', (request) => `film:${request.params.id}`)
 * ```
 * @publicApi
 */
export function CacheTags<Request = RequestView>(
  ...tags: TagSource<Request>[]
): MethodDecorator & ClassDecorator {
  return policyDecorator({ tags: tagSources(tags, '@CacheTags') });
}

/**
 * Takes everything with these tags out of the caches after the handler of an unsafe method (POST, PUT, PATCH, DELETE …) has succeeded and
 * before its client hears of it: pages, and values of `CacheService` in the caches that keep pages and in `default`. An answer with a
 * status of 400 or more invalidates nothing. If a store does not confirm, the client gets an error instead of the answer, since it
 * could be shown what it has just changed.
 *
 * @param tags names, and functions of the request that return names; the functions run after the handler
 * @throws {CacheConfigurationError} when the class is loaded; ends the start on a handler for GET or HEAD
 * @example
 * ```ts
 * @Put(':id')
 * @InvalidateTags('films', (request) => `film:${request.params.id}`)
 * ```
 * @publicApi
 */
export function InvalidateTags<Request = RequestView>(
  ...tags: TagSource<Request>[]
): MethodDecorator & ClassDecorator {
  return policyDecorator({ invalidates: tagSources(tags, '@InvalidateTags') });
}

import { CacheConfigurationError } from '../../core/errors.js';
import { show } from '../../core/show.js';
import { type CacheControlOptions, wantedDirectives } from '../../http/cache-control-options.js';
import { policyDecorator } from './policy-rule.js';

/**
 * Adds directives to the `Cache-Control` of the answers. Those of the method win over those of its class. On answers with a status of
 * 400 or more only the restrictions count: an error is not for everybody because the page would have been.
 *
 * A page that is cached here follows them too: `private`, `noStore` and `noCache` keep it out of the cache, `public` lets it answer
 * requests with a credential.
 *
 * @throws {CacheConfigurationError | InvalidCacheArgumentError | InvalidTimeoutError} when the class is loaded
 * @see https://docs.djangoproject.com/en/stable/topics/http/decorators/#django.views.decorators.cache.cache_control
 * @example
 * ```ts
 * @CacheControl({ public: true, maxAge: '15m', staleWhileRevalidate: '1h' })
 * ```
 * @publicApi
 */
export function CacheControl(options: CacheControlOptions): MethodDecorator & ClassDecorator {
  if (typeof options !== 'object' || options === null || Object.keys(options).length === 0) {
    throw new CacheConfigurationError(
      `@CacheControl takes an object with at least one directive, such as { private: true }; got ${show(options)}.`,
    );
  }
  wantedDirectives(options, '@CacheControl');
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return policyDecorator({ cacheControl: Object.fromEntries(said) });
}

/**
 * Keeps the answers out of all caches, this one and those on the way, errors included. On a method it wins over `@CachePage` and
 * `@CacheControl` of its class; a method with one of those in a class with `@NeverCache` is cached as it says itself.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/http/decorators/#django.views.decorators.cache.never_cache
 * @publicApi
 */
export function NeverCache(): MethodDecorator & ClassDecorator {
  return policyDecorator({ neverCache: true });
}

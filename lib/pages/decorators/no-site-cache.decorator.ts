import { policyDecorator } from './policy-rule.js';

/**
 * Leaves handlers out of the cache for the whole site (`forRoot({ site })`). One with `@CachePage` is cached all the same.
 *
 * @publicApi
 */
export function NoSiteCache(): MethodDecorator & ClassDecorator {
  return policyDecorator({ noSiteCache: true });
}

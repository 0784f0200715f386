import type { InjectionToken, Type } from '@nestjs/common';
import { type ApplicationProviders, type Asking, quoteToken } from './application-providers.js';
import { type CacheRouter, isRouter, ROUTER_METHODS } from '../backends/database/routing/cache-router.js';
import { CacheRouterService } from '../backends/database/routing/cache-router.service.js';
import { CacheConfigurationError } from '../core/errors.js';
import { show } from '../core/show.js';

/**
 * Makes routers of what `forRoot({ routers })` was given, in that order.
 *
 * @throws {CacheConfigurationError} if something among it is no router
 */
export async function resolveRouters(
  given: unknown,
  providers: ApplicationProviders,
): Promise<CacheRouter[]> {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new CacheConfigurationError(
      `CacheModule: routers must be an array of classes, instances or tokens of providers; got ${show(given)}.`,
    );
  }
  return Promise.all(given.map(async (router: unknown) => checked(await resolve(router, providers), router)));
}

async function resolve(given: unknown, providers: ApplicationProviders): Promise<unknown> {
  if (!isToken(given)) return given;
  const asking: Asking = { what: `the router ${quoteToken(given)}`, holdsUp: CacheRouterService };
  const found = providers.find([given], asking.what);
  if (found) return providers.instanceOf(found, asking);
  if (isClass(given)) return providers.create(given, asking);
  return undefined;
}

function isToken(given: unknown): given is InjectionToken {
  return typeof given === 'function' || typeof given === 'string' || typeof given === 'symbol';
}

function isClass(given: unknown): given is Type {
  return typeof given === 'function' && given.prototype !== undefined;
}

function checked(router: unknown, given: unknown): CacheRouter {
  if (isRouter(router)) return router;
  const name = isToken(given) ? quoteToken(given) : show(given);
  const isMissing = router === undefined && (typeof given === 'string' || typeof given === 'symbol');
  throw new CacheConfigurationError(
    isMissing
      ? `CacheModule: routers: no module provides ${name}.`
      : `CacheModule: routers: ${name} is no router. It must be a class, an instance or the token of a provider with at least one of the ` +
          `methods ${ROUTER_METHODS}.`,
  );
}

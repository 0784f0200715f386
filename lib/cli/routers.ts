import { type CacheRouter, isRouter } from '../backends/database/routing/cache-router.js';
import { show } from '../core/show.js';
import { CommandError } from './command.js';
import { reasonOf } from './reason.js';

/**
 * Makes routers of the export `routers`: instances, or classes that need nothing.
 *
 * @throws {CommandError} if something among it is no router
 */
export function routersOf(given: unknown, path: string): CacheRouter[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new CommandError(`The routers of ${path} must be an array; got ${show(given)}.`);
  }
  return given.map((router: unknown) => {
    const made = typeof router === 'function' ? create(router as new () => unknown) : router;
    if (isRouter(made)) return made;
    throw new CommandError(`Among the routers of ${path} is one that is no router: ${show(router)}.`);
  });
}

function create(Router: new () => unknown): unknown {
  try {
    return new Router();
  } catch (error) {
    throw new CommandError(
      `The router ${Router.name} cannot be made without its dependencies; export an instance: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

import type { CacheRouter } from '../backends/database/routing/cache-router.js';
import { show } from '../core/show.js';
import { CommandError } from './command.js';
import { reasonOf } from './reason.js';

const METHODS = ['dbForRead', 'dbForWrite', 'allowMigrate'] as const satisfies (keyof CacheRouter)[];

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

function isRouter(value: unknown): value is CacheRouter {
  return METHODS.some((name) => typeof (value as CacheRouter | null | undefined)?.[name] === 'function');
}

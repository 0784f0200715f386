import type { BackendContext, CacheBackend, CacheBackendClass } from '../backends/cache-backend.js';
import { CacheConfigurationError, CacheError } from '../core/errors.js';
import { assertPeer } from '../core/optional-peer.js';
import { messageOf, show } from '../core/show.js';

const REQUIRED_METHODS = ['read', 'write', 'insert', 'touch', 'remove', 'clear'] as const;

/**
 * Makes sure that the packages which a backend of the user's asks for are installed.
 *
 * @param owner who is configured, to begin the error with
 * @throws {CacheConfigurationError | MissingPackageError}
 */
export function assertPackages({ name, requires = [] }: CacheBackendClass, owner: string): void {
  if (!Array.isArray(requires)) {
    throw new CacheConfigurationError(
      `${owner}: ${name}.requires must be a list of package names; got ${show(requires)}.`,
    );
  }
  for (const packageName of requires) assertPeer(packageName, `${owner}: the backend ${name}`);
}

/**
 * Makes a backend of a class of the user's own, and makes sure that it is one.
 *
 * @throws {CacheConfigurationError} if the constructor fails, or something of the contract is missing
 */
export function createOwnBackend(
  backendClass: CacheBackendClass,
  context: BackendContext,
  owner: string,
): CacheBackend {
  const backend = construct(backendClass, context, owner);
  const missing: string[] = REQUIRED_METHODS.filter((method) => typeof backend[method] !== 'function').map(
    (method) => `${method}()`,
  );
  if (typeof backend.capabilities !== 'object' || backend.capabilities === null) missing.push('capabilities');
  if (missing.length === 0) return backend;
  throw new CacheConfigurationError(
    `${owner}: the class ${backendClass.name} is no CacheBackend: it lacks ${missing.join(', ')}.`,
  );
}

function construct(backendClass: CacheBackendClass, context: BackendContext, owner: string): CacheBackend {
  try {
    return new backendClass(context);
  } catch (error) {
    if (error instanceof CacheError) throw error;
    throw new CacheConfigurationError(
      `${owner}: the backend ${backendClass.name || '(a function without a name)'} cannot be made: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

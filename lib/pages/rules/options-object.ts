import { CacheConfigurationError } from '../../core/errors.js';
import { show } from '../../core/show.js';

/**
 * Returns options of the module under their name.
 *
 * @throws {CacheConfigurationError} for what is no object
 */
export function optionsObject(options: unknown, name: string): Record<string, unknown> {
  if (typeof options === 'object' && options !== null && !Array.isArray(options))
    return options as Record<string, unknown>;
  throw new CacheConfigurationError(
    `CacheModule: ${name} must be an object with options; got ${show(options)}.`,
  );
}

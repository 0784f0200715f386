import { CacheConfigurationError } from '../../core/errors.js';
import type { OptionRule } from '../../core/options.js';
import { show } from '../../core/show.js';
import { isToken } from '../../http/header-target.js';

/** The option `vary`: one name or several, as they are to be written. */
export const varyOption: OptionRule<readonly string[]> = {
  expected: "the name of a request header such as 'Accept-Language', or a list of names",
  parse: (value) => varyNames(Array.isArray(value) ? (value as unknown[]) : [value], '@CachePage'),
  fromText: (value) => value,
};

/**
 * Returns names of request headers, each once.
 *
 * @param place what they were given to, to begin the error with
 * @throws {CacheConfigurationError} for what is no name of a header, for none, and for `*`, which no stored page could answer
 */
export function varyNames(names: readonly unknown[], place: string): readonly string[] {
  if (names.length === 0) {
    throw new CacheConfigurationError(
      `${place} must be given at least one name of a request header, such as 'Accept-Language'.`,
    );
  }
  if (names.includes('*')) {
    throw new CacheConfigurationError(
      `${place} cannot vary on "*", which means that no page is like another. Use @NeverCache() to keep answers out of all caches.`,
    );
  }
  for (const name of names) {
    if (typeof name === 'string' && isToken(name)) continue;
    throw new CacheConfigurationError(
      `${place} takes names of request headers, such as 'Accept-Language'; got ${show(name)}.`,
    );
  }
  return [...new Set(names as string[])];
}

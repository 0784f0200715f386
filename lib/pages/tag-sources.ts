import { tagListOf } from '../cache/tag-list.js';
import { CacheConfigurationError } from '../core/errors.js';
import type { OptionRule } from '../core/options.js';
import { messageOf, show } from '../core/show.js';
import type { PlatformRequest, RequestView } from './page-request.js';

/** A tag, or a function of the request that names one, several or none. */
export type TagSource<Request = RequestView> =
  string | ((request: Request) => string | readonly string[] | undefined);

/** Checked tag sources. */
export type TagSources = readonly TagSource[];

/** The option `tags`: one source or several. */
export const tagSourcesOption: OptionRule<TagSources> = {
  expected:
    "a tag, a function of the request that returns tags, or a list of them, such as ['films', (request) => `film:${request.params.id}`]",
  parse: (value) => tagSources(Array.isArray(value) ? (value as unknown[]) : [value], '@CachePage'),
  fromText: (value) => value,
};

/**
 * Checks what can be checked before there is a request.
 *
 * @param place what the sources were given to, to begin the error with
 * @throws {CacheConfigurationError}
 */
export function tagSources(sources: readonly unknown[], place: string): TagSources {
  if (sources.length === 0) {
    throw new CacheConfigurationError(
      `${place} must be given at least one tag, or a function of the request that returns tags.`,
    );
  }
  for (const source of sources) assertSource(source, place);
  return sources as TagSources;
}

function assertSource(source: unknown, place: string): void {
  if (typeof source === 'function') return;
  if (typeof source !== 'string') {
    throw new CacheConfigurationError(
      `${place} takes tags and functions of the request that return tags; got ${show(source)}.`,
    );
  }
  try {
    tagListOf([source]);
  } catch (error) {
    throw new CacheConfigurationError(`${place}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Returns the tags that sources name for a request, each once.
 *
 * @throws {InvalidCacheArgumentError} if a function returns what is no tag, and whatever it throws
 */
export function tagsFor(sources: TagSources, request: PlatformRequest): readonly string[] {
  if (sources.length === 0) return sources as readonly string[];
  return tagListOf(
    sources.flatMap((source) =>
      typeof source === 'string' ? source : (source(request as RequestView) ?? []),
    ),
  );
}

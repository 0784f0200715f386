import { isTag, MAX_TAGS, tagListOf } from '../../cache/tag-list.js';
import { CacheConfigurationError } from '../../core/errors.js';
import type { OptionRule } from '../../core/options.js';
import { messageOf, show } from '../../core/show.js';
import type { PlatformRequest, RequestView } from '../requests/page-request.js';

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
 * Returns the tags that sources name for a request, each once. A text that can be no tag, such as one that is too long, is left out: it comes from what a
 * visitor has made up, and nothing is stored under it.
 *
 * @throws {InvalidCacheArgumentError} if a function returns what is no text, and whatever it throws
 */
export function tagsFor(sources: TagSources, request: PlatformRequest): readonly string[] {
  return sources.length === 0 ? NO_TAGS : tagListOf(namesFor(sources, request).filter(isUsable), Infinity);
}

/** As `tagsFor`; undefined if not all of them are possible, so that nothing can be stored under them. */
export function allTagsFor(sources: TagSources, request: PlatformRequest): readonly string[] | undefined {
  if (sources.length === 0) return NO_TAGS;
  const names = namesFor(sources, request);
  const isPossible = names.length <= MAX_TAGS && names.every(isUsable);
  return isPossible ? tagListOf(names) : undefined;
}

const NO_TAGS: readonly string[] = [];

function namesFor(sources: TagSources, request: PlatformRequest): readonly unknown[] {
  return sources.flatMap((source) =>
    typeof source === 'string' ? source : (source(request as RequestView) ?? []),
  );
}

/** What is no text at all is a mistake in the application, and told of. */
function isUsable(name: unknown): boolean {
  return typeof name !== 'string' || isTag(name);
}

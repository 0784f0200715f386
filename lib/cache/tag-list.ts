import { InvalidCacheArgumentError } from '../core/errors.js';
import { show } from '../core/show.js';

/** The longest name of a tag, in characters. */
export const MAX_TAG_LENGTH = 250;
/** The most tags of one entry: each is looked up when the entry is read. */
export const MAX_TAGS = 100;

const NO_TAGS: readonly string[] = [];

/**
 * Returns the distinct names of a list of tags; undefined counts as an empty list.
 *
 * @throws {InvalidCacheArgumentError} naming what is no tag
 */
export function tagListOf(tags: unknown, maxTags = MAX_TAGS): readonly string[] {
  if (tags === undefined) return NO_TAGS;
  if (!Array.isArray(tags)) {
    throw new InvalidCacheArgumentError(`tags must be a list of strings; got ${show(tags)}.`);
  }
  const names = [...new Set(tags as unknown[])];
  if (names.length > maxTags) {
    throw new InvalidCacheArgumentError(`tags may be ${maxTags} at most; got ${names.length}.`);
  }
  return names.map(checkedTag);
}

/** Whether a text can be the name of a tag. */
export function isTag(text: string): boolean {
  return text.length > 0 && text.length <= MAX_TAG_LENGTH && text.isWellFormed();
}

function checkedTag(tag: unknown): string {
  if (typeof tag === 'string' && isTag(tag)) return tag;
  throw new InvalidCacheArgumentError(
    `A tag must be well-formed text of 1 to ${MAX_TAG_LENGTH} characters; got ${show(tag)}.`,
  );
}

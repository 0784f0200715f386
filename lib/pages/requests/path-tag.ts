import { hash } from 'node:crypto';

/**
 * How many tags all paths share. A tag leaves a stamp in the store for a day or longer, so there must not be one per URL: whoever makes up
 * URLs could fill the store with them. Paths that meet in a tag are invalidated together, which costs a computation and harms nothing.
 */
const TAGS_OF_PATHS = 2 ** 16;

/** Every request asks for a tag, of few paths most of the time. */
const remembered = new Map<string, string>();
const PATHS_REMEMBERED = 10_000;
const LONGEST_REMEMBERED = 200;

/**
 * Returns the tag that every page of a path carries, whatever its query, host and variant. Spellings that a router may take for the same
 * path share a tag: percent-encoded or not, upper or lower case, with doubled slashes or one at the end.
 */
export function pathTag(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  const known = remembered.get(path);
  if (known !== undefined) return known;
  const tag = newPathTag(path);
  if (path.length > LONGEST_REMEMBERED) return tag;
  if (remembered.size >= PATHS_REMEMBERED) remembered.clear();
  remembered.set(path, tag);
  return tag;
}

function newPathTag(path: string): string {
  const digest = hash('sha256', foldedPath(path), 'hex');
  return `path:${(Number.parseInt(digest.slice(0, 8), 16) % TAGS_OF_PATHS).toString(36)}`;
}

/** Returns the path of a URL, absolute or not, in the one spelling that stands for all. */
export function foldedPath(url: string): string {
  const path = /^(?:[a-z][\w+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(url)![1]!;
  const segments = path.split('/').filter((segment) => segment !== '');
  return `/${segments.map(folded).join('/')}`;
}

function folded(segment: string): string {
  return encodeURIComponent(decoded(segment).toWellFormed().toLowerCase()).toLowerCase();
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

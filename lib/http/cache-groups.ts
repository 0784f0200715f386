import { type HeaderBearer, headerOf, headerTargetOf } from './header-target.js';
import { isPrintableAscii, parseStringList, structuredString } from './structured-strings.js';

/**
 * Returns tags as the list of strings that `Cache-Groups` and `Cache-Group-Invalidation` hold; undefined if there are none. A name with
 * other characters than printable ASCII, which no such string can hold, is percent-encoded: at worst two names fall together, and a
 * cache forgets too much, never too little.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9875#section-2
 */
export function formatCacheGroups(names: Iterable<string>): string | undefined {
  const groups = [...new Set([...names].map(groupName))];
  return groups.length === 0 ? undefined : groups.map(structuredString).join(', ');
}

/** Returns the groups that a field names; none if it cannot be read. @see https://www.rfc-editor.org/rfc/rfc9875#section-2 */
export function parseCacheGroups(field: string | undefined): string[] {
  return parseStringList(field) ?? [];
}

function groupName(name: string): string {
  return isPrintableAscii(name) ? name : encodeURIComponent(name.toWellFormed());
}

/**
 * Adds groups to `Cache-Groups` of a response, by which caches in front of the application forget it later, or to
 * `Cache-Group-Invalidation` of the answer to an unsafe method, by which they do.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9875
 */
export function patchCacheGroups(
  response: HeaderBearer,
  header: 'Cache-Groups' | 'Cache-Group-Invalidation',
  names: Iterable<string>,
): void {
  const target = headerTargetOf(response);
  const field = formatCacheGroups([...parseCacheGroups(headerOf(target, header)), ...names]);
  if (field !== undefined) target.setHeader(header, field);
}

/** Headers whose tags stand between spaces; in all others they stand between commas. */
const SPACED_HEADERS = new Set(['surrogate-key', 'xkey']);

/**
 * Returns tags as the header of a CDN holds them, such as `Cache-Tag` (between commas) or `Surrogate-Key` (between spaces); undefined if there are
 * none. Names that cannot be written there are left out: those with white space, with anything beyond printable ASCII, and between
 * commas those with a comma.
 *
 * @param present what the header says already
 */
export function formatTagHeader(
  header: string,
  names: Iterable<string>,
  present?: string,
): string | undefined {
  const separator = SPACED_HEADERS.has(header.toLowerCase()) ? ' ' : ',';
  const before = (present ?? '').split(separator).map((name) => name.trim());
  const writable = separator === ' ' ? /^[\x21-\x7e]+$/ : /^[\x21-\x2b\x2d-\x7e]+$/;
  const tags = [...new Set([...before, ...names])].filter((name) => writable.test(name));
  return tags.length === 0 ? undefined : tags.join(separator);
}

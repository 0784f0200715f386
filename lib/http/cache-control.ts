/** The directives of a Cache-Control field by lower-case name; `true` for one without a value. */
export type CacheDirectives = ReadonlyMap<string, string | true>;

/** One directive: a token, then possibly `=` and a token or a quoted string, in which commas do not count. */
const DIRECTIVE = /\s*([^\s,;="]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?[^,]*(?:,|$)/gy;

/**
 * Reads a Cache-Control field. Names count in any case, unknown directives are kept, a value may be quoted, and of a directive
 * that occurs twice the first counts.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2
 */
export function parseCacheControl(field: string | undefined): CacheDirectives {
  const directives = new Map<string, string | true>();
  if (!field) return directives;
  for (const [, name = '', quoted, token] of field.matchAll(DIRECTIVE)) {
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? true;
    if (!directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), value);
  }
  return directives;
}

/** Writes directives as a Cache-Control field; values that are no token are quoted. */
export function formatCacheControl(directives: CacheDirectives): string {
  return [...directives]
    .map(([name, value]) => (value === true ? name : `${name}=${quoteIfNeeded(value)}`))
    .join(', ');
}

function quoteIfNeeded(value: string): string {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * Returns the seconds of a directive such as `max-age`: undefined if it is absent, 0 if it is no whole number, since a
 * cache is asked to take what it does not understand for stale.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
 */
export function deltaSeconds(directives: CacheDirectives, name: string): number | undefined {
  const value = directives.get(name);
  if (value === undefined) return undefined;
  return value !== true && /^\d+$/.test(value) ? Math.min(Number(value), MAX_DELTA_SECONDS) : 0;
}

/** The largest value that every cache can represent. @see https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2 */
export const MAX_DELTA_SECONDS = 2 ** 31;

/**
 * Returns the field with `max-age` in it: the smaller of the given seconds and what the field says already, as Django does.
 *
 * @see https://docs.djangoproject.com/en/stable/ref/utils/#django.utils.cache.patch_response_headers
 */
export function withMaxAge(field: string | undefined, seconds: number): string {
  const directives = new Map(parseCacheControl(field));
  const present = deltaSeconds(directives, 'max-age');
  directives.set('max-age', String(present === undefined ? seconds : Math.min(present, seconds)));
  return formatCacheControl(directives);
}

import { closingQuote, membersOf } from './list-field.js';

/** The directives of a Cache-Control field by lower-case name; `true` for one without a value. */
export type CacheDirectives = ReadonlyMap<string, string | true>;

/** The name at the start of a directive. */
const NAME = /^[^\s;="]+/;

/**
 * Reads a Cache-Control field. Names count in any case, unknown directives are kept, a value may be quoted, and of a directive
 * that occurs twice the first counts. A member that is no directive is passed over.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2
 */
export function parseCacheControl(field: string | undefined): CacheDirectives {
  const directives = new Map<string, string | true>();
  if (!field) return directives;
  for (const member of membersOf(field)) {
    const text = member.trim();
    const name = NAME.exec(text)?.[0];
    if (name === undefined || directives.has(name.toLowerCase())) continue;
    directives.set(name.toLowerCase(), valueOf(text.slice(name.length).trimStart()));
  }
  return directives;
}

/** Reads what follows the name of a directive: `=` and a token or a quoted string, or nothing of meaning. */
function valueOf(rest: string): string | true {
  if (!rest.startsWith('=')) return true;
  const text = rest.slice(1).trimStart();
  const end = text.startsWith('"') ? closingQuote(text, 0) : undefined;
  if (end === undefined) return /^[^\s"]*/.exec(text)![0];
  return text.slice(1, end).replaceAll(/\\(.)/gs, '$1');
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

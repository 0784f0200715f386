import { isToken } from './header-target.js';
import { closingQuote, membersOf } from './list-field.js';

/** The directives of a Cache-Control field by lower-case name; `true` for one without a value. */
export type CacheDirectives = ReadonlyMap<string, string | true>;

/** The name at the start of a directive. */
const NAME = /^[^\s;="]+/;

/** The directives whose value is a list of header names; without one they speak of the whole response. */
const DIRECTIVES_OF_FIELDS = new Set(['no-cache', 'private']);

/**
 * Reads a Cache-Control field. Names count in any case, unknown directives are kept, a value may be quoted, and of a directive
 * that occurs twice the first counts; `private` and `no-cache` that name fields twice speak of the whole response, to be safe. A
 * member that is no directive is passed over.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2
 */
export function parseCacheControl(field: string | undefined): CacheDirectives {
  const directives = new Map<string, string | true>();
  if (!field) return directives;
  for (const member of membersOf(field)) {
    const text = member.trim();
    const spelling = NAME.exec(text)?.[0];
    if (spelling === undefined) continue;
    const name = spelling.toLowerCase();
    const value = valueOf(text.slice(spelling.length).trimStart());
    const present = directives.get(name);
    if (present === undefined) directives.set(name, value);
    else if (DIRECTIVES_OF_FIELDS.has(name) && present !== value) directives.set(name, true);
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

/**
 * Writes directives as a Cache-Control field; values that are no token are quoted, and lists of header names always.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.4
 */
export function formatCacheControl(directives: CacheDirectives): string {
  return [...directives]
    .map(([name, value]) => {
      if (value === true) return name;
      return `${name}=${isToken(value) && !DIRECTIVES_OF_FIELDS.has(name) ? value : quoted(value)}`;
    })
    .join(', ');
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
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

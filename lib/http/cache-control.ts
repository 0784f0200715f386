import { isToken } from './header-target.js';
import { closingQuote } from './list-field.js';

/** The directives of a Cache-Control field by lower-case name; `true` for one without a value. */
export type CacheDirectives = ReadonlyMap<string, string | true>;

/** A directive up to its value: `=` and a token, or `=` before a quoted string. */
const DIRECTIVE = /[ \t]*([\w!#$%&'*+.^`|~-]+)(?:=([\w!#$%&'*+.^`|~-]+|(?=")))?/y;
const END = /[ \t]*(?:,|$)/y;

/** What a quoted string may hold. */
const QUOTABLE = /^[\t\x20-\x7e\x80-\uffff]*$/;

/** The name at the start of a member that is no directive. */
const NAME = /^[\w!#$%&'*+.^`|~-]+/;

/** The directives whose value is a list of header names; without one they speak of the whole response. */
const DIRECTIVES_OF_FIELDS = new Set(['no-cache', 'private']);
const FIELD_NAMES = /^[ \t]*[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*[ \t]*$/;

/** The value of a directive that cannot be read: it allows nothing, and no number can be read from it. */
const UNREADABLE = '';

/**
 * Reads a Cache-Control field. Names count in any case, unknown directives are kept, a value may be quoted, and of a directive
 * that occurs twice the first counts; `private` and `no-cache` that name fields twice speak of the whole response, to be safe.
 *
 * A member that is not written as the standard has it forbids what its name forbids, and allows nothing. Where it has a quote in it, nobody
 * can tell which commas behind it are quoted: from there on every member counts as one of that kind.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2
 */
export function parseCacheControl(field: string | undefined): CacheDirectives {
  const directives = new Map<string, string | true>();
  if (!field) return directives;
  let at = 0;
  while (at < field.length) {
    const member = directiveAt(field, at);
    if (member) note(directives, member.name, member.value);
    const text = member ? '' : field.slice(at, endOfMember(field, at));
    if (text.includes('"')) {
      for (const each of field.slice(at).split(',')) noteUnreadable(directives, each);
      break;
    }
    noteUnreadable(directives, text);
    at = member?.end ?? at + text.length + 1;
  }
  return directives;
}

/** Reads a well-formed directive; undefined where there is none. */
function directiveAt(
  field: string,
  at: number,
): { name: string; value: string | true; end: number } | undefined {
  DIRECTIVE.lastIndex = at;
  const [, name, token = true] = DIRECTIVE.exec(field) ?? [];
  if (name === undefined) return undefined;
  let value = token;
  END.lastIndex = DIRECTIVE.lastIndex;
  if (token === '') {
    const opening = DIRECTIVE.lastIndex;
    const closing = closingQuote(field, opening);
    if (closing === undefined) return undefined;
    const content = field.slice(opening + 1, closing);
    if (!QUOTABLE.test(content)) return undefined;
    value = content.replaceAll(/\\(.)/gs, '$1');
    END.lastIndex = closing + 1;
  }
  return END.test(field) ? { name: name.toLowerCase(), value, end: END.lastIndex } : undefined;
}

function endOfMember(field: string, at: number): number {
  const comma = field.indexOf(',', at);
  return comma === -1 ? field.length : comma;
}

function noteUnreadable(directives: Map<string, string | true>, member: string): void {
  const name = NAME.exec(member.trim())?.[0].toLowerCase();
  if (name !== undefined) note(directives, name, name === 'no-store' ? true : UNREADABLE);
}

function note(directives: Map<string, string | true>, name: string, said: string | true): void {
  const value = DIRECTIVES_OF_FIELDS.has(name) ? namedFields(said) : said;
  const present = directives.get(name);
  if (present === undefined) directives.set(name, value);
  else if (DIRECTIVES_OF_FIELDS.has(name) && present !== value) directives.set(name, true);
}

/** Returns the list of header names that `private` or `no-cache` has; `true`, which is the whole response, for all that is none. */
export function namedFields(value: string | true): string | true {
  return value !== true && FIELD_NAMES.test(value) ? value : true;
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
  return directives.has(name) ? (readableSeconds(directives, name) ?? 0) : undefined;
}

/** Returns the same seconds, and undefined also if they are no whole number. */
export function readableSeconds(directives: CacheDirectives, name: string): number | undefined {
  const value = directives.get(name);
  return typeof value === 'string' && /^\d+$/.test(value)
    ? Math.min(Number(value), MAX_DELTA_SECONDS)
    : undefined;
}

/** Tells whether a directive is said as one without a value: what allows something counts only so. */
export function isAllowed(directives: CacheDirectives, name: string): boolean {
  return directives.get(name) === true;
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

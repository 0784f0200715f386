import { parseDictionary } from 'structured-headers';
import { type CacheDirectives, parseCacheControl } from './cache-control.js';
import { fieldText, type HeaderFields } from './header-fields.js';

/** The directives of a response that count for this cache. */
export interface EffectiveDirectives {
  readonly directives: CacheDirectives;
  /** Whether they are of a targeted field: Cache-Control and Expires do not count then. */
  readonly isTargeted: boolean;
}

/** Directives that forbid something: whatever their value, they are meant. */
const PROHIBITIONS = new Set(['no-store', 'no-cache', 'private', 'must-revalidate', 'proxy-revalidate']);

/**
 * Returns the directives that count: those of the first field of the list that is there and can be read, or else of Cache-Control.
 *
 * @param targets names of fields that are meant for caches such as this one, in lower case, the nearest first
 * @see https://www.rfc-editor.org/rfc/rfc9213#section-2.2
 */
export function effectiveDirectives(headers: HeaderFields, targets: readonly string[]): EffectiveDirectives {
  for (const target of targets) {
    const directives = parseTargetedField(fieldText(headers[target]));
    if (directives) return { directives, isTargeted: true };
  }
  return { directives: parseCacheControl(fieldText(headers['cache-control'])), isTargeted: false };
}

/**
 * Reads a targeted field, which is a dictionary of structured fields and not written as Cache-Control is. Undefined if it is absent, empty
 * or no dictionary, which is all the same. A number that is not whole, and a value of another type where a number belongs, is kept as text that no
 * number can be read from: such a response is stale.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9213#section-2.1
 */
export function parseTargetedField(field: string | undefined): CacheDirectives | undefined {
  const members = field === undefined ? undefined : membersOfDictionary(field);
  if (!members || members.size === 0) return undefined;
  const directives = new Map<string, string | true>();
  for (const [name, [value]] of members) {
    if (value === true || (value === false && PROHIBITIONS.has(name))) directives.set(name, true);
    else if (value !== false) directives.set(name, textOf(value, name, field!));
  }
  return directives;
}

function membersOfDictionary(field: string): ReturnType<typeof parseDictionary> | undefined {
  try {
    return parseDictionary(field);
  } catch {
    return undefined;
  }
}

const NO_NUMBER = 'not a whole number';

function textOf(value: unknown, name: string, field: string): string {
  if (typeof value === 'number') return isDecimal(name, field) ? NO_NUMBER : String(value);
  // The name of a header field, or several, in the directives that take some.
  if (typeof value === 'string' && PROHIBITIONS.has(name)) return value;
  return NO_NUMBER;
}

/** The parser makes one number of 60 and 60.0. */
function isDecimal(name: string, field: string): boolean {
  return field.split(',').some((member) => {
    const text = member.trim();
    return text.startsWith(`${name}=`) && /^-?\d+\./.test(text.slice(name.length + 1));
  });
}

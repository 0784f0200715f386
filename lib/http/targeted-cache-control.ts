import { parseDictionary } from 'structured-headers';
import { type CacheDirectives, namedFields, parseCacheControl } from './cache-control.js';
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
  const decimals = decimalsIn(field!);
  const directives = new Map<string, string | true>();
  for (const [name, [value]] of members) {
    if (value === true) directives.set(name, true);
    else if (PROHIBITIONS.has(name))
      directives.set(name, typeof value === 'string' ? namedFields(value) : true);
    else if (value !== false) directives.set(name, textOf(value, decimals.has(name)));
  }
  return directives;
}

function membersOfDictionary(field: string): ReturnType<typeof parseDictionary> | undefined {
  try {
    const members = parseDictionary(field);
    return NEWER_TYPES.test(field.replaceAll(QUOTED, '""')) ? undefined : members;
  } catch {
    return undefined;
  }
}

const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** Dates and display strings: structured fields know them since RFC 9651, and targeted fields are of those before. */
const NEWER_TYPES = /@|%"/;

const NO_NUMBER = 'not a whole number';

function textOf(value: unknown, isDecimal: boolean): string {
  return typeof value === 'number' && !isDecimal ? String(value) : NO_NUMBER;
}

/** Returns the names of the members that are decimals: the parser makes one number of 60 and 60.0. */
function decimalsIn(field: string): ReadonlySet<string | undefined> {
  return new Set(field.split(',').map((member) => DECIMAL.exec(member)?.[1]));
}

const DECIMAL = /^[ \t]*([a-z*][a-z0-9_.*-]*)=-?\d+\./;

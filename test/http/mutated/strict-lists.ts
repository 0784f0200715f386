import type { StrictDirective } from './strict-grammar.js';

const ETAG = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const ETAG_MEMBER = new RegExp(`^[ \\t]*(?:(${ETAG})[ \\t]*)?(?:,|$)`);

/** Reads an entity tag that stands alone. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export function strictEntityTag(field: string | undefined): string | undefined {
  const text = blanksOff(field ?? '');
  return new RegExp(`^${ETAG}$`).test(text) ? text : undefined;
}

/** Reads a list of entity tags; behind a broken member with a quote in it nothing counts. */
export function strictEntityTags(field: string): string[] {
  const tags: string[] = [];
  let rest = field;
  while (rest !== '') {
    const [member, tag] = ETAG_MEMBER.exec(rest) ?? [];
    const length = member?.length ?? rest.split(',', 1)[0]!.length + 1;
    if (member === undefined && rest.slice(0, length).includes('"')) break;
    if (tag !== undefined) tags.push(tag);
    rest = rest.slice(length);
  }
  return tags;
}

/** Reads Content-Range of one part. @see https://www.rfc-editor.org/rfc/rfc9110#section-14.4 */
export function strictContentRange(
  field: string | undefined,
): [first: bigint, last: bigint, length?: bigint] | undefined {
  const parts = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+|\*)$/i.exec(blanksOff(field ?? ''));
  if (!parts) return undefined;
  const [first, last] = [BigInt(parts[1]!), BigInt(parts[2]!)];
  if (parts[3] === '*') return first <= last ? [first, last] : undefined;
  const length = BigInt(parts[3]!);
  return first <= last && last < length ? [first, last, length] : undefined;
}

/**
 * Reads a Range: the satisfiable parts of a body of some length; undefined for a field that is to be ignored.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
 */
export function strictRanges(field: string, length: number): [first: number, last: number][] | undefined {
  const text = blanksOff(field);
  if (!/^bytes=/i.test(text)) return undefined;
  const specs = text.slice('bytes='.length).split(',').map(blanksOff).filter(Boolean);
  const ranges = specs.map((spec) => strictRange(spec, BigInt(length)));
  if (specs.length === 0 || ranges.includes(undefined)) return undefined;
  return ranges.filter((each) => each !== undefined).filter(([from]) => from < length);
}

function strictRange(spec: string, length: bigint): [first: number, last: number] | undefined {
  const suffix = /^-([0-9]+)$/.exec(spec)?.[1];
  if (suffix !== undefined) return [Number(length - smaller(BigInt(suffix), length)), Number(length) - 1];
  const [, first, last] = /^([0-9]+)-([0-9]*)$/.exec(spec) ?? [];
  if (first === undefined || (last && BigInt(last) < BigInt(first))) return undefined;
  return [Number(first), Number(smaller(last ? BigInt(last) : length, length - 1n))];
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

const KEY = '[a-z*][a-z0-9_.*-]*';
const BARE = [
  String.raw`-?[0-9]{1,12}\.[0-9]{1,3}`,
  '-?[0-9]{1,15}',
  String.raw`"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"`,
  "[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*",
  ':[A-Za-z0-9+/=]*:',
  String.raw`\?[01]`,
].join('|');
const PARAMETERS = `(?:; *${KEY}(?:=(?:${BARE}))?)*`;
const ITEM = `(?:${BARE})${PARAMETERS}`;
const INNER_LIST = String.raw`\( *(?:${ITEM}(?: +${ITEM})* *)?\)${PARAMETERS}`;
const DICTIONARY_MEMBER = new RegExp(
  `^(${KEY})(?:=(?:(${BARE})${PARAMETERS}|(${INNER_LIST}))|${PARAMETERS})(?:[ \\t]*,[ \\t]*(?!$)|$)`,
);

const PROHIBITIONS = new Set(['no-store', 'no-cache', 'private', 'must-revalidate', 'proxy-revalidate']);

/**
 * Reads a targeted field; undefined for one that is empty or not a dictionary throughout, which is as good as none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9213#section-2.1
 */
export function strictTargeted(field: string | undefined): StrictDirective[] | undefined {
  const members = new Map<string, StrictDirective['value'] | false>();
  let rest = (field ?? '').replace(/^ +/, '').replace(/ +$/, '');
  while (rest !== '') {
    const [member, name, bare, list] = DICTIONARY_MEMBER.exec(rest) ?? [];
    if (member === undefined || name === undefined) return undefined;
    members.set(name, list === undefined ? valueOf(name, bare ?? '?1') : undefined);
    rest = rest.slice(member.length);
  }
  if (members.size === 0) return undefined;
  return [...members].flatMap(([name, value]) => {
    // One that forbids is meant, whatever its value.
    if (value === false) return PROHIBITIONS.has(name) ? [{ name, value: true }] : [];
    return [{ name, value }];
  });
}

/** Returns a flag, the digits of a whole number or a list of header names; undefined for other types, which nothing is read from. */
function valueOf(name: string, bare: string): string | boolean | undefined {
  if (bare === '?1') return true;
  if (bare === '?0') return false;
  const isOfFields = name === 'private' || name === 'no-cache';
  if (bare.startsWith('"')) return isOfFields ? bare.slice(1, -1).replaceAll(/\\(.)/g, '$1') : undefined;
  return /^[0-9]+$/.test(bare) && !isOfFields ? bare : undefined;
}

export function blanksOff(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
}

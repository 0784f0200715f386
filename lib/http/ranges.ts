import { withoutBlanks } from './list-field.js';

/** Some bytes of a body: the places of the first and of the last. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Where the bytes of a 206 stand in the whole. */
export interface ContentRange extends ByteRange {
  /** The length of the whole; undefined if it is not known. */
  readonly length: number | undefined;
}

/** More pieces than that are asked for to make work, not to read something. */
const MOST_RANGES = 16;

const RANGE_SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * Returns the parts of a body that a Range field asks for, in its order; `'unsatisfiable'` if there is none of them; undefined for a field that
 * is to be ignored: of another unit than bytes, not to be read, or of more and more overlapping parts than anybody needs.
 *
 * @param length of the whole body, in bytes
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function parseRange(
  field: string,
  length: number,
): readonly ByteRange[] | 'unsatisfiable' | undefined {
  const [, list] = /^bytes=(.*)$/is.exec(withoutBlanks(field)) ?? [];
  if (list === undefined) return undefined;
  const specs = list
    .split(',')
    .map(withoutBlanks)
    .filter((spec) => spec !== '');
  if (specs.length === 0 || specs.length > MOST_RANGES) return undefined;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = rangeOf(spec, length);
    if (range === undefined) return undefined;
    if (range !== 'unsatisfiable') ranges.push(range);
  }
  if (ranges.length === 0) return 'unsatisfiable';
  return overlaps(ranges) ? undefined : ranges;
}

/** Undefined for text that is no range. */
function rangeOf(spec: string, length: number): ByteRange | 'unsatisfiable' | undefined {
  const parts = RANGE_SPEC.exec(spec);
  if (!parts) return undefined;
  const [, first, last, suffix] = parts;
  if (suffix !== undefined) {
    const count = Math.min(Number(suffix), length);
    return count === 0 ? 'unsatisfiable' : { first: length - count, last: length - 1 };
  }
  const from = Number(first);
  const to = last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (to < from) return undefined;
  return from >= length ? 'unsatisfiable' : { first: from, last: Math.min(to, length - 1) };
}

/** Whoever asks for the same bytes over and over gets them once, in the whole. */
function overlaps(ranges: readonly ByteRange[]): boolean {
  const sorted = ranges.toSorted((one, other) => one.first - other.first);
  return sorted.some((range, index) => index > 0 && range.first <= sorted[index - 1]!.last);
}

/**
 * Reads the Content-Range of a 206 with one part; undefined for one that contradicts itself, is of another unit, or of the form for
 * "unsatisfiable".
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.4
 */
export function parseContentRange(field: string | undefined): ContentRange | undefined {
  const parts = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(withoutBlanks(field ?? ''));
  if (!parts) return undefined;
  const [first, last] = [Number(parts[1]), Number(parts[2])];
  const length = parts[3] === '*' ? undefined : Number(parts[3]);
  const isSound =
    Number.isSafeInteger(last) &&
    first <= last &&
    (length === undefined || (Number.isSafeInteger(length) && last < length));
  return isSound ? { first, last, length } : undefined;
}

/** Writes a Content-Range field. @see https://www.rfc-editor.org/rfc/rfc9110#section-14.4 */
export function formatContentRange({ first, last }: ByteRange, length: number): string {
  return `bytes ${first}-${last}/${length}`;
}

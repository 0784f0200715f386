import { randomUUID } from 'node:crypto';
import { matchesIfRange } from '../../http/conditions.js';
import { isStrong } from '../../http/entity-tag.js';
import { fieldText, type HeaderLine } from '../../http/header-fields.js';
import { type ByteRange, type ContentRange, formatContentRange, parseRange } from '../../http/ranges.js';
import type { PageRequest } from '../requests/page-request.js';
import type { Page } from '../store/page.js';

/**
 * Returns what a request gets of a page: the whole, the parts that it asks for with `Range`, or 416 if there are none of them. Undefined if the page
 * is itself a part, and not the one that is asked for.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function servedPage(page: Page, request: PageRequest): Page | undefined {
  if (page.part) return partOfPart(page, page.part, request);
  const { body } = page;
  const ranges = page.status === 200 ? rangesFor(page, request, body.length) : undefined;
  if (ranges === undefined) return page;
  if (ranges === 'unsatisfiable') return notSatisfiable(page);
  const [range, ...others] = ranges;
  return others.length === 0 ? onePart(page, range!, body, body.length) : manyParts(page, ranges);
}

function rangesFor(
  page: Page,
  { headers, method }: PageRequest,
  length: number,
): readonly ByteRange[] | 'unsatisfiable' | undefined {
  const field = fieldText(headers['range']);
  if (field === undefined || method !== 'GET') return undefined;
  const { date, entityTag, lastModified, storedAt } = page;
  const isSame = matchesIfRange(
    fieldText(headers['if-range']),
    { entityTag, lastModified },
    date ?? storedAt,
  );
  return isSame ? parseRange(field, length) : undefined;
}

function partOfPart(page: Page, part: ContentRange, request: PageRequest): Page | undefined {
  const { length } = part;
  if (length === undefined) return undefined;
  const ranges = rangesFor(page, request, length);
  if (ranges === undefined || ranges === 'unsatisfiable' || ranges.length > 1) return undefined;
  const [range] = ranges;
  if (range!.first < part.first || range!.last > part.last) return undefined;
  const bytes = page.body.subarray(range!.first - part.first, range!.last - part.first + 1);
  return onePart(page, range!, bytes, length, 0);
}

/** @param offset where the range begins in the bytes */
function onePart(page: Page, range: ByteRange, bytes: Buffer, length: number, offset = range.first): Page {
  const { first, last } = range;
  return partial(page, bytes.subarray(offset, offset + last - first + 1), [
    ['Content-Range', formatContentRange(range, length)],
  ]);
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.3.7.2 */
function manyParts(page: Page, ranges: readonly ByteRange[]): Page {
  const { body, headers } = page;
  const boundary = randomUUID();
  const [, type] = headers.find(([name]) => isNamed(name, 'content-type')) ?? [];
  const pieces = ranges.flatMap((range) => {
    const { first, last } = range;
    const lines = [
      `--${boundary}`,
      ...(type === undefined ? [] : [`Content-Type: ${fieldText(type)}`]),
      `Content-Range: ${formatContentRange(range, body.length)}`,
    ];
    return [Buffer.from(`\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body.subarray(first, last + 1)];
  });
  const bytes = Buffer.concat([...pieces, Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1')]);
  return partial(page, bytes, [['Content-Type', `multipart/byteranges; boundary=${boundary}`]]);
}

function partial(page: Page, body: Buffer, said: readonly HeaderLine[]): Page {
  const others = page.headers.filter(
    ([name]) => !isNamed(name, 'content-range') && !said.some(([other]) => isNamed(name, other)),
  );
  return { ...page, status: 206, headers: [...others, ...said], body };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.17 */
function notSatisfiable(page: Page): Page {
  return {
    ...page,
    status: 416,
    headers: [['Content-Range', `bytes */${page.body.length}`]],
    body: Buffer.alloc(0),
  };
}

function isNamed(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

/**
 * Returns the Range that is missing to make a part whole; undefined if there is more than one gap, or nothing that tells whether what comes
 * belongs to the same whole.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3.4
 */
export function missingRange({ entityTag, part }: Page): string | undefined {
  if (part?.length === undefined || !isStrong(entityTag)) return undefined;
  if (part.first === 0) return `bytes=${part.last + 1}-`;
  return part.last === part.length - 1 ? `bytes=0-${part.first - 1}` : undefined;
}

/**
 * Returns two parts of one whole as one part, or as the whole, with the fields of the newer; undefined if they are not known to be of the same, or leave a
 * gap.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.3.7.3
 */
export function combined(older: Page, newer: Page): Page | undefined {
  const [one, other] = [older.part, newer.part];
  if (!one || other?.length === undefined || one.length !== other.length) return undefined;
  if (!isStrong(newer.entityTag) || older.entityTag !== newer.entityTag) return undefined;
  const [left, right] = one.first <= other.first ? [older, newer] : [newer, older];
  const end = left.part!.last + 1;
  if (right.part!.first > end) return undefined;
  const beyond = right.body.subarray(Math.max(0, end - right.part!.first));
  const body = Buffer.concat([left.body, beyond]);
  const first = left.part!.first;
  return wholeIfComplete({
    ...newer,
    body,
    part: { first, last: first + body.length - 1, length: other.length },
  });
}

/** Returns a part as the whole if it is all of it. */
export function wholeIfComplete(page: Page): Page {
  const { length, ...range } = page.part!;
  const headers = page.headers.filter(([name]) => !isNamed(name, 'content-range'));
  if (range.first > 0 || range.last !== length! - 1) {
    return { ...page, headers: [...headers, ['Content-Range', formatContentRange(range, length!)]] };
  }
  const { part: _part, ...whole } = page;
  return { ...whole, status: 200, headers };
}

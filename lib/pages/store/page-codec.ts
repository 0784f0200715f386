import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Codec } from '../../codec/codec.js';
import { allocateFrame, BodyKind, readFrame, UnreadablePayloadError } from '../../codec/frame.js';
import { type HeaderLine, isStoredField } from '../../http/header-fields.js';
import type { ContentRange } from '../../http/ranges.js';
import type { ReuseTerms } from '../../http/reuse.js';
import { isVaryIndex, MOST_VARYING_HEADERS, type Page, type PageEntry, SHORT_PAGE_BYTES } from './page.js';

const LENGTH_BYTES = 4;

/** Pages in frames: the length of a JSON head, the head, the bytes of the body as they go to the client. */
export const pageCodec: Codec<PageEntry> = {
  encode(entry) {
    const { body, head } = partsOf(entry);
    const headBytes = Buffer.from(JSON.stringify(head));
    const length = LENGTH_BYTES + headBytes.length + body.length;
    const { bytes, bodyStart } = allocateFrame(BodyKind.Page, length);
    bytes.writeUInt32BE(headBytes.length, bodyStart);
    headBytes.copy(bytes, bodyStart + LENGTH_BYTES);
    body.copy(bytes, bodyStart + LENGTH_BYTES + headBytes.length);
    return bytes;
  },

  decode(payload) {
    const { kind, body } = readFrame(payload);
    if (kind !== BodyKind.Page) throw new UnreadablePayloadError('not a page');
    try {
      const headEnd = LENGTH_BYTES + body.readUInt32BE(0);
      if (headEnd > body.length) throw new RangeError('the head runs over the end');
      const head: unknown = JSON.parse(body.toString('utf8', LENGTH_BYTES, headEnd));
      // The body is a view of the payload, so keeping the page costs little more than its head, and the text of a short one.
      const text = body.length - headEnd <= SHORT_PAGE_BYTES ? body.length - headEnd : 0;
      return { value: pageEntryOf(head, body.subarray(headEnd)), keepCost: () => 4 * headEnd + text };
    } catch (error) {
      throw new UnreadablePayloadError('the page is damaged', { cause: error });
    }
  },

  copy: (page) => page,
};

function partsOf(entry: PageEntry): { head: object; body: Buffer } {
  if (isVaryIndex(entry)) return { head: entry, body: Buffer.alloc(0) };
  const { body, ...head } = entry;
  return { head, body };
}

/** The furthest moment that a Date can hold, either way. */
const LAST_MOMENT = 8.64e15;

/** Checks all that the replay relies on, since an error half-way through an answer could no longer be answered; the bytes come from outside. */
function pageEntryOf(head: unknown, body: Buffer): PageEntry {
  const { variesOn, ...given } = head as Partial<Page> & { variesOn?: unknown };
  if (variesOn !== undefined) return { variesOn: reasonable(namesOf(variesOn)) };
  const { date, entityTag, isPublic, lastModified, status, storedAt } = given;
  const isPage =
    isBetween(status, 200, 599) &&
    Number.isInteger(status) &&
    isBetween(storedAt, -LAST_MOMENT, LAST_MOMENT) &&
    (date === undefined || isBetween(date, -LAST_MOMENT, LAST_MOMENT)) &&
    typeof isPublic === 'boolean' &&
    isTextOrAbsent(entityTag) &&
    isTextOrAbsent(lastModified);
  if (!isPage) throw new TypeError('the head is not that of a page');
  return {
    ...termsOf(given),
    status,
    headers: linesOf(given.headers, given.setsCookies === true),
    ...(given.setsCookies === true && { setsCookies: true }),
    removed: namesOf(given.removed),
    body,
    storedAt,
    ...partOf(given, body),
    ...(date !== undefined && { date }),
    entityTag,
    lastModified,
    isPublic,
  };
}

/** @throws {TypeError} for a part that its bytes do not fit */
function partOf({ part, status }: Partial<Page>, body: Buffer): { part?: ContentRange } {
  if (part === undefined) return {};
  const { first, last, length } = part;
  const isSound =
    status === 206 &&
    [first, last, length].every((place) => Number.isSafeInteger(place) && place! >= 0) &&
    last < length! &&
    last - first + 1 === body.length;
  if (!isSound) throw new TypeError('not a part');
  return { part: { first, last, length } };
}

const DURATIONS = ['initialAge', 'staleWhileRevalidate', 'staleIfError'] as const;
const FLAGS = ['needsValidation', 'mustRevalidate', 'isImmutable'] as const;

/** @throws {TypeError} unless these are terms of reuse */
function termsOf(given: Partial<ReuseTerms>): ReuseTerms {
  const { lifetime } = given;
  const durations = DURATIONS.map((name) => [name, given[name]] as const).filter(isSaid);
  const flags = FLAGS.map((name) => [name, given[name]] as const).filter(isSaid);
  const areTerms =
    (lifetime === null || isBetween(lifetime, 0, LAST_MOMENT)) &&
    durations.every(([, seconds]) => isBetween(seconds, 0, LAST_MOMENT)) &&
    flags.every(([, flag]) => typeof flag === 'boolean');
  if (!areTerms) throw new TypeError('the terms of reuse are none');
  return { lifetime, ...Object.fromEntries([...durations, ...flags]) };
}

function isSaid([, value]: readonly [string, unknown]): boolean {
  return value !== undefined;
}

function isBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

/** @throws {TypeError} unless these are header lines that Node will send */
function linesOf(lines: unknown, setsCookies: boolean): HeaderLine[] {
  if (!Array.isArray(lines)) throw new TypeError('no header lines');
  return lines.map((line: unknown): HeaderLine => {
    const [name, value] = line as [string, unknown];
    validateHeaderName(name);
    if (!isStoredField(name) && !(setsCookies && name.toLowerCase() === 'set-cookie'))
      throw new TypeError(`a page does not say ${name}`);
    const values = isTextList(value) ? value : [value as string];
    for (const text of values) {
      if (typeof text !== 'string') throw new TypeError('the value of a header is not text');
      validateHeaderValue(name, text);
    }
    return [name, isTextList(value) ? value : values[0]!];
  });
}

/** @throws {TypeError} unless these are names of headers */
function namesOf(names: unknown): string[] {
  if (!isTextList(names)) throw new TypeError('no list of names');
  return names;
}

/** A list of nothing would lead nowhere. @throws {TypeError} */
function reasonable(names: string[]): string[] {
  if (names.length >= 1 && names.length <= MOST_VARYING_HEADERS) return names;
  throw new TypeError('not a list that was stored here');
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

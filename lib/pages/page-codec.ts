import type { Codec } from '../codec/codec.js';
import { allocateFrame, BodyKind, readFrame, UnreadablePayloadError } from '../codec/frame.js';
import { isVaryIndex, type Page, type PageEntry } from './page.js';

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
      // The body is a view of the payload, so keeping the page costs little more than its head.
      return { value: pageEntryOf(head, body.subarray(headEnd)), keepCost: 4 * headEnd };
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

/** Checks what the replay relies on; the bytes come from outside. */
function pageEntryOf(head: unknown, body: Buffer): PageEntry {
  const entry = head as Partial<Page> & { variesOn?: unknown };
  if (isTextList(entry.variesOn)) return { variesOn: entry.variesOn };
  const { entityTag, headers, isPublic, lifetime, status, storedAt } = entry;
  const isPage =
    Number.isInteger(status) &&
    Number.isFinite(storedAt) &&
    (lifetime === null || Number.isFinite(lifetime)) &&
    typeof isPublic === 'boolean' &&
    (entityTag === undefined || typeof entityTag === 'string') &&
    Array.isArray(headers) &&
    headers.every(
      (line) =>
        Array.isArray(line) &&
        typeof line[0] === 'string' &&
        (typeof line[1] === 'string' || isTextList(line[1])),
    );
  if (!isPage) throw new TypeError('the head is not that of a page');
  return { ...(entry as Page), body };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

/**
 * The one form in which every entry but an integer is stored: a fixed head, optional parts, the body.
 *
 *     byte 0   magic 0xCF: no digit, no minus sign, no valid start of UTF-8 text in our keys' range
 *     byte 1   version of this layout, 1
 *     byte 2   kind of the body, see BodyKind
 *     byte 3   flags: which optional parts follow, and whether the body is compressed
 *     [TIMES]  two doubles, epoch ms: createdAt, freshUntil (Infinity: as long as the entry lives)
 *     [TAGS]   length (uint32) and JSON of the stamps that the entry was computed under
 *     [DEFLATED] length of the body before compression (uint32)
 *     body
 *
 * Whatever does not read as that is unreadable, never an exception of another kind: bytes come from outside.
 */
export const FRAME_MAGIC = 0xcf;
export const FRAME_VERSION = 1;

/** What the body of a frame holds. The numbers are stored: never change or reuse one. */
export enum BodyKind {
  /** The bytes of a Buffer. */
  Bytes = 1,
  /** A string in UTF-8. */
  Text = 2,
  /** A JSON text that says it all. */
  Json = 3,
  /** A graph: JSON of a table of nodes, for all that JSON has no word for. */
  Graph = 4,
  /** A stored HTTP response. */
  Page = 5,
  /** The present stamp of a tag. */
  Stamp = 6,
  /** The place of a value that is being computed. */
  Lease = 7,
}

const BODY_KINDS: ReadonlyMap<number, BodyKind> = new Map(
  Object.values(BodyKind)
    .filter((kind) => typeof kind === 'number')
    .map((kind) => [kind, kind]),
);

/** When an entry was computed and until when it is fresh, epoch ms. */
export interface FrameTimes {
  readonly createdAt: number;
  readonly freshUntil: number;
}

/** Tag name → stamp that the tag had when the entry was computed. */
export type TagStamps = Readonly<Record<string, string>>;

export interface Frame {
  readonly kind: BodyKind;
  readonly body: Buffer;
  readonly times?: FrameTimes | undefined;
  readonly tags?: TagStamps | undefined;
  /** The length of the body before compression; undefined when it is not compressed. */
  readonly inflatedLength?: number | undefined;
}

/** Bytes that are no frame of ours. A cache takes them for a miss; this error never reaches a user. */
export class UnreadablePayloadError extends Error {}

const enum Flag {
  Times = 1,
  Tags = 2,
  Deflated = 4,
}
const KNOWN_FLAGS = Flag.Times | Flag.Tags | Flag.Deflated;
const HEAD_LENGTH = 4;
const TIMES_LENGTH = 16;

/** Lays out the head of a frame and leaves room for the body, which the caller writes at `bodyStart`. */
export function allocateFrame(
  kind: BodyKind,
  bodyLength: number,
  parts: Pick<Frame, 'times' | 'tags' | 'inflatedLength'> = {},
): { bytes: Buffer; bodyStart: number } {
  const tags = parts.tags ? Buffer.from(JSON.stringify(parts.tags)) : undefined;
  const flags =
    (parts.times ? Flag.Times : 0) |
    (tags ? Flag.Tags : 0) |
    (parts.inflatedLength === undefined ? 0 : Flag.Deflated);
  const bodyStart =
    HEAD_LENGTH +
    (parts.times ? TIMES_LENGTH : 0) +
    (tags ? 4 + tags.length : 0) +
    (parts.inflatedLength === undefined ? 0 : 4);

  const bytes = Buffer.allocUnsafe(bodyStart + bodyLength);
  bytes[0] = FRAME_MAGIC;
  bytes[1] = FRAME_VERSION;
  bytes[2] = kind;
  bytes[3] = flags;
  let at = HEAD_LENGTH;
  if (parts.times) {
    at = bytes.writeDoubleBE(parts.times.createdAt, at);
    at = bytes.writeDoubleBE(parts.times.freshUntil, at);
  }
  if (tags) {
    at = bytes.writeUInt32BE(tags.length, at);
    at += tags.copy(bytes, at);
  }
  if (parts.inflatedLength !== undefined) bytes.writeUInt32BE(parts.inflatedLength, at);
  return { bytes, bodyStart };
}

/**
 * Reads the parts of a frame; the body is a view of the same memory, not a copy.
 *
 * @throws {UnreadablePayloadError} for anything that `allocateFrame` did not lay out
 */
export function readFrame(bytes: Buffer): Frame {
  if (bytes.length < HEAD_LENGTH || bytes[0] !== FRAME_MAGIC)
    throw new UnreadablePayloadError('no frame of this library');
  if (bytes[1] !== FRAME_VERSION)
    throw new UnreadablePayloadError(`frame version ${bytes[1]}, this library reads 1`);
  const kind = BODY_KINDS.get(bytes[2]!);
  if (kind === undefined) throw new UnreadablePayloadError(`unknown kind of body ${bytes[2]}`);
  const flags = bytes[3]!;
  if (flags & ~KNOWN_FLAGS) throw new UnreadablePayloadError(`unknown flags ${flags}`);
  // Nearly every frame has no optional part.
  if (flags === 0) return { kind, body: bytes.subarray(HEAD_LENGTH) };
  return readParts(bytes, kind, flags);
}

/** Tells from the head whether a payload must be decompressed before a codec reads it. */
export function isDeflated(payload: Buffer): boolean {
  return payload[0] === FRAME_MAGIC && (payload[3]! & Flag.Deflated) !== 0;
}

/** Tells from the head whether an entry lives only as long as the stamps of its tags. */
export function isTagged(payload: Buffer): boolean {
  return payload[0] === FRAME_MAGIC && (payload[3]! & Flag.Tags) !== 0;
}

function readParts(bytes: Buffer, kind: BodyKind, flags: number): Frame {
  try {
    let at = HEAD_LENGTH;
    let times: FrameTimes | undefined;
    if (flags & Flag.Times) {
      times = { createdAt: bytes.readDoubleBE(at), freshUntil: bytes.readDoubleBE(at + 8) };
      at += TIMES_LENGTH;
    }
    let tags: TagStamps | undefined;
    if (flags & Flag.Tags) {
      const length = bytes.readUInt32BE(at);
      if (at + 4 + length > bytes.length) throw new RangeError('tags run over the end');
      tags = readTags(bytes.toString('utf8', at + 4, at + 4 + length));
      at += 4 + length;
    }
    let inflatedLength: number | undefined;
    if (flags & Flag.Deflated) {
      inflatedLength = bytes.readUInt32BE(at);
      at += 4;
    }
    return { kind, body: bytes.subarray(at), times, tags, inflatedLength };
  } catch (error) {
    throw new UnreadablePayloadError('a part of the frame is cut short or malformed', { cause: error });
  }
}

function readTags(text: string): TagStamps {
  const tags: unknown = JSON.parse(text);
  const isRecord = typeof tags === 'object' && tags !== null && !Array.isArray(tags);
  if (!isRecord || !Object.values(tags).every((stamp) => typeof stamp === 'string')) {
    throw new TypeError('tags are not a record of stamps');
  }
  return tags as TagStamps;
}

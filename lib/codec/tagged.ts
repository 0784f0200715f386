import { randomBytes } from 'node:crypto';
import type { EpochMs } from '../core/clock.js';
import { allocateFrame, BodyKind, type Frame, FRAME_MAGIC, readFrame, type TagStamps } from './frame.js';

/** Random enough that no stamp ever comes back. */
const RANDOM_BYTES = 12;
/** When the stamp ends, in seconds since 1970; 0 for never. */
const END_BYTES = 6;
const STAMP_BYTES = RANDOM_BYTES + END_BYTES;

const STAMP_HEAD = allocateFrame(BodyKind.Stamp, 0).bytes;

/** Returns the payload with the stamps that it was computed under, if any. Digits become a frame, which servers cannot count with. */
export function withStamps(payload: Buffer, tags: TagStamps): Buffer {
  if (Object.keys(tags).length === 0) return payload;
  const { kind, body, times, inflatedLength } =
    payload[0] === FRAME_MAGIC ? readFrame(payload) : digitsAsFrame(payload);
  const { bytes, bodyStart } = allocateFrame(kind, body.length, { times, tags, inflatedLength });
  body.copy(bytes, bodyStart);
  return bytes;
}

function digitsAsFrame(body: Buffer): Frame {
  return { kind: BodyKind.Json, body };
}

/**
 * Returns the stamps that a payload was computed under.
 *
 * @throws {UnreadablePayloadError}
 */
export function stampsIn(payload: Buffer): TagStamps {
  return readFrame(payload).tags ?? {};
}

/** Returns the payload of a stamp that never was before. */
export function newStamp(expiresAt: EpochMs | null): Buffer {
  const end = Buffer.alloc(END_BYTES);
  end.writeUIntBE(expiresAt === null ? 0 : Math.floor(expiresAt / 1000), 0, END_BYTES);
  return Buffer.concat([STAMP_HEAD, randomBytes(RANDOM_BYTES), end]);
}

/** Returns the moment up to which a stamp was made to last, Infinity for ever. */
export function endOfStamp(text: string): EpochMs {
  const bytes = Buffer.from(text, 'base64url');
  const seconds = bytes.length === STAMP_BYTES ? bytes.readUIntBE(RANDOM_BYTES, END_BYTES) : 0;
  return seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}

/** Returns the text of a stamp; undefined if the payload is none, whoever wrote it there. */
export function stampText(payload: Buffer): string | undefined {
  const isStamp = payload.length === STAMP_HEAD.length + STAMP_BYTES && payload.indexOf(STAMP_HEAD) === 0;
  return isStamp ? payload.toString('base64url', STAMP_HEAD.length) : undefined;
}

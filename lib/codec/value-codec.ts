import { isUtf8 } from 'node:buffer';
import { UnsupportedValueError } from '../core/errors.js';
import type { Codec, Decoded } from './codec.js';
import {
  allocateFrame,
  BodyKind,
  type Frame,
  FRAME_MAGIC,
  readFrame,
  UnreadablePayloadError,
} from './frame.js';
import { decodeGraph } from './graph-decoder.js';
import { encodeGraph } from './graph-encoder.js';
import { decodeInteger, encodeInteger, isCountable } from './integer.js';
import { clonePlainTree, isPlainTree } from './plain.js';

/** What an object or array, and each of its members, takes in memory beside the text, in bytes, about. */
const CONTAINER_COST = 56;
const MEMBER_COST = 24;
/** What it takes to keep any value. */
const KEEPING_COST = 200;

/**
 * The codec of cached values. Safe integers are plain decimal digits, so that servers can count with them; everything else is a
 * frame whose body is the cheapest form that says all of the value.
 */
export const valueCodec: Codec<unknown> = {
  encode(value) {
    if (value === undefined) {
      throw new UnsupportedValueError(
        'The cache cannot keep undefined, which means a miss. To remember that there is nothing, cache null.',
      );
    }
    if (isCountable(value)) return encodeInteger(value);
    if (Buffer.isBuffer(value)) return frameOfBytes(value);
    if (typeof value === 'string' && value.isWellFormed()) return frameOfText(BodyKind.Text, value);
    if (isPlainTree(value)) return frameOfText(BodyKind.Json, JSON.stringify(value));
    return frameOfText(BodyKind.Graph, encodeGraph(value));
  },

  decode(payload) {
    if (payload[0] !== FRAME_MAGIC) return { value: decodeInteger(payload), keepCost: free };
    return decodeFrame(readFrame(payload));
  },

  copy: clonePlainTree,
};

function frameOfBytes(value: Buffer): Buffer {
  const { bytes, bodyStart } = allocateFrame(BodyKind.Bytes, value.length);
  value.copy(bytes, bodyStart);
  return bytes;
}

function frameOfText(kind: BodyKind, text: string): Buffer {
  const { bytes, bodyStart } = allocateFrame(kind, Buffer.byteLength(text));
  bytes.write(text, bodyStart);
  return bytes;
}

function decodeFrame(frame: Frame): Decoded<unknown> {
  const { body, kind } = frame;
  if (kind === BodyKind.Bytes) return { value: Buffer.from(body), keepCost: undefined };
  if (kind === BodyKind.Page) throw new UnreadablePayloadError('a page, not a value');
  if (kind === BodyKind.Stamp) throw new UnreadablePayloadError('the stamp of a tag, not a value');
  if (!isUtf8(body)) throw new UnreadablePayloadError('the text is not UTF-8');
  const text = body.toString();
  if (kind === BodyKind.Text) return { value: text, keepCost: () => costOfText(text, body) };
  try {
    if (kind === BodyKind.Json) return { value: JSON.parse(text), keepCost: () => costOfTree(body) };
    return { value: decodeGraph(text), keepCost: undefined };
  } catch (error) {
    throw new UnreadablePayloadError('the body cannot be parsed', { cause: error });
  }
}

const free = (): number => 0;

/** Characters take one byte each, or all two if one of them needs it. */
function costOfText(text: string, body: Buffer): number {
  return KEEPING_COST + (text.length === body.length ? text.length : 2 * text.length);
}

/** Counts by the punctuation of the JSON text; what stands in strings is counted, too, which errs on the safe side. */
function costOfTree(body: Buffer): number {
  let containers = 0;
  let members = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === 0x7b || byte === 0x5b) containers++;
    else if (byte === 0x2c) members++;
  }
  return KEEPING_COST + body.length + containers * CONTAINER_COST + members * MEMBER_COST;
}

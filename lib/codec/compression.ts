import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { allocateFrame, FRAME_MAGIC, type Frame, readFrame, UnreadablePayloadError } from './frame.js';

const deflateRawAsync = promisify(deflateRaw);
const inflateRawAsync = promisify(inflateRaw);

/** DEFLATE cannot shrink by more than this; a payload that claims more would fill the memory when it is opened. */
const MAX_DEFLATE_RATIO = 1032;

/** Larger bodies are not compressed, and none that claims to be larger is opened: it would hold up the whole process. */
const MAX_INFLATED_BYTES = 64 * 1024 ** 2;

/** Returns the payload with its body compressed off the event loop, or as it is where that gains nothing. */
export async function compress(payload: Buffer): Promise<Buffer> {
  if (payload[0] !== FRAME_MAGIC) return payload;
  const frame = readFrame(payload);
  if (frame.body.length > MAX_INFLATED_BYTES) return payload;
  const deflated: Buffer = await deflateRawAsync(frame.body);
  const { bytes, bodyStart } = allocateFrame(frame.kind, deflated.length, {
    ...frame,
    inflatedLength: frame.body.length,
  });
  if (bytes.length >= payload.length) return payload;
  deflated.copy(bytes, bodyStart);
  return bytes;
}

/**
 * Returns the payload as it was before `compress`.
 *
 * @throws {UnreadablePayloadError} if the body is damaged or longer than it says
 */
export async function decompress(payload: Buffer): Promise<Buffer> {
  const frame = readFrame(payload);
  const body = await inflateBody(frame);
  const { bytes, bodyStart } = allocateFrame(frame.kind, body.length, {
    times: frame.times,
    tags: frame.tags,
  });
  body.copy(bytes, bodyStart);
  return bytes;
}

async function inflateBody({ body, inflatedLength = 0 }: Frame): Promise<Buffer> {
  if (inflatedLength > Math.min(body.length * MAX_DEFLATE_RATIO, MAX_INFLATED_BYTES)) {
    throw new UnreadablePayloadError(
      `a body of ${body.length} bytes cannot hold the ${inflatedLength} it claims`,
    );
  }
  try {
    const inflated: Buffer = await inflateRawAsync(body, { maxOutputLength: Math.max(inflatedLength, 1) });
    if (inflated.length === inflatedLength) return inflated;
  } catch (error) {
    throw new UnreadablePayloadError('the body cannot be decompressed', { cause: error });
  }
  throw new UnreadablePayloadError('the body is shorter than it says');
}

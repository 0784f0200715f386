import { crc32 } from 'node:zlib';
import type { EpochMs } from '../../core/clock.js';

/**
 * What the file of one entry holds:
 *
 *     0   magic "NCF" and the version of this layout, 1
 *     4   expiresAt, a double, epoch ms; Infinity for never. Alone outside the checksum: `touch` rewrites it in place
 *     12  checksum (CRC-32) of all that follows
 *     16  lengths of scope, key and payload (uint32 each)
 *     28  scope, key, payload
 */
const MAGIC = Buffer.from([0x4e, 0x43, 0x46, 1]);
export const EXPIRY_POSITION = 4;
export const CONTENT_POSITION = 12;
const LENGTHS_POSITION = 16;
export const HEAD_LENGTH = 28;

export interface EntryFile {
  readonly scope: string;
  readonly key: string;
  readonly payload: Buffer;
  readonly expiresAt: EpochMs | null;
}

/** Bytes that are not, or not wholly, the file of an entry. */
export class CorruptFileError extends Error {}

export function encodeEntryFile({ scope, key, payload, expiresAt }: EntryFile): Buffer {
  const scopeLength = Buffer.byteLength(scope);
  const keyLength = Buffer.byteLength(key);
  const bytes = Buffer.allocUnsafe(HEAD_LENGTH + scopeLength + keyLength + payload.length);
  MAGIC.copy(bytes);
  encodeExpiry(expiresAt).copy(bytes, EXPIRY_POSITION);
  bytes.writeUInt32BE(scopeLength, LENGTHS_POSITION);
  bytes.writeUInt32BE(keyLength, LENGTHS_POSITION + 4);
  bytes.writeUInt32BE(payload.length, LENGTHS_POSITION + 8);
  bytes.write(scope, HEAD_LENGTH);
  bytes.write(key, HEAD_LENGTH + scopeLength);
  payload.copy(bytes, HEAD_LENGTH + scopeLength + keyLength);
  bytes.writeUInt32BE(crc32(bytes.subarray(LENGTHS_POSITION)), CONTENT_POSITION);
  return bytes;
}

/** @throws {CorruptFileError} if a byte is missing, added or changed */
export function decodeEntryFile(bytes: Buffer): EntryFile {
  const { expiresAt, scopeLength, keyLength, payloadLength } = decodeHead(bytes);
  const keyStart = HEAD_LENGTH + scopeLength;
  const payloadStart = keyStart + keyLength;
  if (bytes.length !== payloadStart + payloadLength)
    throw new CorruptFileError('the file is cut short or too long');
  if (crc32(bytes.subarray(LENGTHS_POSITION)) !== bytes.readUInt32BE(CONTENT_POSITION)) {
    throw new CorruptFileError('the checksum does not match');
  }
  return {
    scope: bytes.toString('utf8', HEAD_LENGTH, keyStart),
    key: bytes.toString('utf8', keyStart, payloadStart),
    payload: bytes.subarray(payloadStart),
    expiresAt,
  };
}

export interface EntryFileHead {
  readonly expiresAt: EpochMs | null;
  readonly scopeLength: number;
  readonly keyLength: number;
  readonly payloadLength: number;
}

/** Reads the head alone, which says when the entry ends and where its parts are. */
export function decodeHead(bytes: Buffer): EntryFileHead {
  if (bytes.length < HEAD_LENGTH) throw new CorruptFileError('the file is shorter than its head');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new CorruptFileError('not a file of this cache, or of another version');
  const end = bytes.readDoubleBE(EXPIRY_POSITION);
  if (Number.isNaN(end)) throw new CorruptFileError('the end of the entry is not a moment');
  return {
    expiresAt: end === Number.POSITIVE_INFINITY ? null : end,
    scopeLength: bytes.readUInt32BE(LENGTHS_POSITION),
    keyLength: bytes.readUInt32BE(LENGTHS_POSITION + 4),
    payloadLength: bytes.readUInt32BE(LENGTHS_POSITION + 8),
  };
}

export function encodeExpiry(expiresAt: EpochMs | null): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(expiresAt ?? Number.POSITIVE_INFINITY);
  return bytes;
}

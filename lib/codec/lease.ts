import { randomBytes } from 'node:crypto';
import { allocateFrame, BodyKind } from './frame.js';

/** Random enough that no lease ever comes back. */
const RANDOM_BYTES = 12;

/** No tag has this name: who looks for its stamp finds none, and takes the entry for one whose tags were invalidated. */
const HEAD = allocateFrame(BodyKind.Lease, 0, { tags: { '': '' } }).bytes;

/** Returns the payload that holds the place of a value while it is computed; unlike any other. */
export function newLease(): Buffer {
  return Buffer.concat([HEAD, randomBytes(RANDOM_BYTES)]);
}

export function isLease(payload: Buffer): boolean {
  return payload.length === HEAD.length + RANDOM_BYTES && payload[2] === BodyKind.Lease;
}

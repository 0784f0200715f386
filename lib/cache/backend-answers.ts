import { types } from 'node:util';
import type { StoredEntry } from '../backends/cache-backend.js';
import { CacheBackendError, CacheError } from '../core/errors.js';
import { messageOf, show } from '../core/show.js';

/**
 * Returns what a backend gave as the contract has it: backends of users follow clients that have `null` for a miss and plain
 * Uint8Arrays for bytes. What is no entry at all is a failure of the backend, not a miss.
 *
 * @param mayLeaveOutExpiry the backend tells the end of entries in another method
 * @throws {TypeError}
 */
export function checkedEntry(
  given: StoredEntry | null | undefined,
  mayLeaveOutExpiry: boolean,
): StoredEntry | undefined {
  if (given === undefined || given === null) return undefined;
  const { expiresAt, payload } = given;
  const isLeftOut = expiresAt === undefined && mayLeaveOutExpiry;
  const isMoment = expiresAt === null || typeof expiresAt === 'number' || isLeftOut;
  if (isMoment && Buffer.isBuffer(payload)) return given;
  const bytes: unknown = payload;
  if (isMoment && types.isUint8Array(bytes)) {
    return { payload: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), expiresAt };
  }
  const expected = '{ payload: Buffer, expiresAt: number | null } or undefined';
  throw new TypeError(`the backend gave ${show(given)} in place of ${expected}`);
}

/** Returns what to throw for whatever a backend threw: it says which cache, operation and key. Errors of this library stay as they are. */
export function failureOf(
  alias: string,
  operation: string,
  key: string | undefined,
  error: unknown,
): CacheError {
  if (error instanceof CacheError) return error;
  const subject = key === undefined ? '' : ` of ${JSON.stringify(key)}`;
  return new CacheBackendError(`Cache "${alias}": ${operation}${subject} failed: ${messageOf(error)}`, {
    cause: error,
  });
}

/** Nearly no batch has anything to mend, so the map that came is not copied before that is known. */
export function withMended(
  given: ReadonlyMap<string, StoredEntry>,
  mended: ReadonlyMap<string, StoredEntry | undefined>,
): Map<string, StoredEntry> {
  const found = new Map(given);
  for (const [key, entry] of mended) {
    if (entry) found.set(key, entry);
    else found.delete(key);
  }
  return found;
}

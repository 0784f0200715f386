import { NotANumberError } from '../core/errors.js';
import { UnreadablePayloadError } from './frame.js';

/** The longest safe integer, with its sign, in characters. */
const MAX_INTEGER_LENGTH = 17;

/** Tells whether a value is stored as plain digits. */
export function isCountable(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** Writes a safe integer as decimal digits, so that servers can count with it. */
export function encodeInteger(integer: number): Buffer {
  return Buffer.from(String(integer), 'latin1');
}

/**
 * Reads a payload of decimal digits.
 *
 * @throws {UnreadablePayloadError} unless it is exactly how a safe integer is written
 */
export function decodeInteger(payload: Buffer): number {
  const text = payload.length <= MAX_INTEGER_LENGTH ? payload.toString('latin1') : '';
  const integer = Number(text);
  // Stores that count in place leave blanks behind a number that became shorter; nothing else may differ.
  if (isCountable(integer) && String(integer) === text.trimEnd()) return integer;
  throw new UnreadablePayloadError('neither a frame nor an integer');
}

/**
 * Returns what a counter holds after adding `delta` to its payload.
 *
 * @throws {NotANumberError} if the payload is no integer or the sum leaves the range of safe integers
 */
export function addToInteger(key: string, payload: Buffer, delta: number): number {
  let sum: number;
  try {
    sum = decodeInteger(payload) + delta;
  } catch {
    throw new NotANumberError(
      `The entry "${key}" does not hold an integer, so it cannot be counted up or down.`,
    );
  }
  if (Number.isSafeInteger(sum)) return sum;
  throw new NotANumberError(`Adding ${delta} to "${key}" leaves the range of safe integers.`);
}

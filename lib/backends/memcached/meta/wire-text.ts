import { InvalidCacheKeyError } from '../../../core/errors.js';

/** The longest key as sent: the server counts the base64 form, too. */
const MAX_KEY_BYTES = 250;
const MAX_EXPTIME = 2 ** 31 - 1;

/**
 * Returns a key as it stands in a command, with the flag that belongs behind it: as it is if it is visible ASCII, otherwise in base64 with
 * the flag `b`. So no key can end a line or begin another word.
 *
 * @throws {InvalidCacheKeyError}
 */
export function keyOnTheWire(key: string): { word: string; flag: '' | ' b' } {
  if (isVisibleAscii(key)) {
    assertLength(key, key.length, 'bytes');
    return { word: key, flag: '' };
  }
  if (!key.isWellFormed()) throw new InvalidCacheKeyError(key, 'A memcached key must be well-formed text.');
  const word = Buffer.from(key).toString('base64');
  assertLength(key, word.length, 'bytes in base64, which its characters make necessary');
  return { word, flag: ' b' };
}

function isVisibleAscii(key: string): boolean {
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}

function assertLength(key: string, bytes: number, unit: string): void {
  if (bytes > 0 && bytes <= MAX_KEY_BYTES) return;
  throw new InvalidCacheKeyError(
    key,
    `A memcached key has 1 to ${MAX_KEY_BYTES} bytes as sent; this one takes ${bytes} ${unit}.`,
  );
}

/**
 * Returns the flag for a lifetime as the server takes it, 0 for no end.
 *
 * @throws {RangeError}
 */
export function lifetimeFlag(exptime: number): string {
  if (Number.isInteger(exptime) && exptime >= 0 && exptime <= MAX_EXPTIME) return ` T${exptime}`;
  throw new RangeError(`A memcached lifetime is a whole number from 0 to ${MAX_EXPTIME}; got ${exptime}.`);
}

/**
 * Returns the flags for an addition: mode and amount.
 *
 * @throws {RangeError}
 */
export function deltaFlags(delta: number): string {
  if (!Number.isSafeInteger(delta)) throw new RangeError(`Memcached counts in whole numbers; got ${delta}.`);
  return delta < 0 ? ` MD D${-delta}` : ` MI D${delta}`;
}

/**
 * Returns the flag for "only if the item still has this number".
 *
 * @throws {RangeError}
 */
export function casFlag(cas: string): string {
  if (/^\d{1,20}$/.test(cas)) return ` C${cas}`;
  throw new RangeError(`A memcached cas number consists of digits; got ${JSON.stringify(cas)}.`);
}

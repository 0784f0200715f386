import { InvalidCacheArgumentError, InvalidCacheKeyError } from './errors.js';
import { show } from './show.js';

/** Builds the final key, the one the store sees, from the user's key, the prefix and the version. */
export type KeyFunction = (key: string, keyPrefix: string, version: number) => string;

/** The longest final key, in bytes, that every store accepts: memcached's limit. */
export const MAX_PORTABLE_KEY_BYTES = 250;

/** The default key function: `prefix:version:key`. */
export const defaultKeyFunction: KeyFunction = (key, keyPrefix, version) => `${keyPrefix}:${version}:${key}`;

/** White space in the Unicode sense, and the control characters U+0000 to U+001F and U+007F to U+009F. */
const UNPORTABLE_CHARACTER = /[\s\p{Cc}]/u;

/**
 * Refuses keys that no store can tell apart: anything but text, and text with half of a surrogate pair, which
 * becomes the same replacement character in every key once it is written as UTF-8.
 *
 * @throws {InvalidCacheKeyError}
 */
export function assertKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') {
    throw new InvalidCacheKeyError(key, `A cache key must be a string; got ${show(key)}.`);
  }
  if (!key.isWellFormed()) {
    throw new InvalidCacheKeyError(
      key,
      `The cache key ${show(key)} holds half of a surrogate pair; give well-formed text.`,
    );
  }
}

/**
 * Returns why a final key would not survive a move to memcached, or `undefined` if it would.
 * Length is counted in bytes of UTF-8, as memcached counts, not in characters.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/cache/#cache-key-warnings
 */
export function unportableReason(finalKey: string): string | undefined {
  // A character takes three bytes at most, so short keys need no count.
  if (finalKey.length * 3 > MAX_PORTABLE_KEY_BYTES) {
    const bytes = Buffer.byteLength(finalKey);
    if (bytes > MAX_PORTABLE_KEY_BYTES)
      return `it has ${bytes} bytes and the limit is ${MAX_PORTABLE_KEY_BYTES}`;
  }
  const character = UNPORTABLE_CHARACTER.exec(finalKey)?.[0];
  if (character === undefined) return undefined;
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return `it holds white space or a control character (U+${code})`;
}

/**
 * Tells at little cost that a text needs no look by the two checks above: short, and of visible ASCII characters alone. Most keys are.
 */
export function isPlainKey(key: unknown): key is string {
  if (typeof key !== 'string' || key.length > MAX_PORTABLE_KEY_BYTES) return false;
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}

/** @throws {InvalidCacheArgumentError} if a version is not a whole number */
export function assertVersion(version: unknown): asserts version is number {
  if (!Number.isSafeInteger(version)) {
    throw new InvalidCacheArgumentError(`version must be a whole number; got ${show(version)}.`);
  }
}

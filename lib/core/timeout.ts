import type { Clock, EpochMs, Seconds } from './clock.js';
import { InvalidTimeoutError } from './errors.js';
import { show } from './show.js';

/**
 * A lifetime in seconds, or text with a unit: `'500ms'`, `'90s'`, `'15m'`, `'2h'`, `'7d'`.
 * `undefined` is the default of the cache, `null` never expires, `0` or less is not kept.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/cache/#cache-arguments
 */
export type Timeout = Seconds | string | null | undefined;

/** A lifetime in milliseconds, or `null` for one without end. */
export type LifetimeMs = number | null;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The furthest moment that a JavaScript Date can hold. */
const LAST_MOMENT: EpochMs = 8.64e15;

/**
 * Turns a timeout in seconds, or text with a unit, into milliseconds; `null` stays `null`.
 *
 * @param name how the error message calls the value
 * @throws {InvalidTimeoutError} for NaN, infinities, empty or malformed text, and other types
 */
export function parseTimeout(timeout: Seconds | string | null, name = 'timeout'): LifetimeMs {
  if (timeout === null) return null;
  if (typeof timeout === 'number' && Number.isFinite(timeout)) return timeout * 1000;
  if (typeof timeout === 'string') {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(timeout);
    if (match) return Number(match[1]) * UNIT_MS[match[2]!]!;
  }
  throw new InvalidTimeoutError(
    `${name} must be a number of seconds, text with a unit such as '500ms', '90s', '15m', '2h' or '7d', ` +
      `or null for an entry that never expires; got ${show(timeout)}.`,
  );
}

/**
 * Returns the moment at which an entry with this timeout (seconds or text) ends, or `null` for never. A moment that is
 * not after now means that the entry is not kept.
 *
 * @param fallback the lifetime for `undefined`, in milliseconds or `null`
 * @throws {InvalidTimeoutError} if the timeout cannot be understood or ends after the year 275760
 */
export function expiryOf(timeout: Timeout, fallback: LifetimeMs, clock: Clock): EpochMs | null {
  const lifetime = timeout === undefined ? fallback : parseTimeout(timeout);
  if (lifetime === null) return null;
  // Rounded up, so that a fraction of a millisecond is not taken for "not kept".
  const expiresAt = Math.ceil(clock.now() + lifetime);
  if (expiresAt <= LAST_MOMENT) return expiresAt;
  throw new InvalidTimeoutError(
    `timeout must end before the year 275760; got ${show(timeout)}. For an entry that never expires give null.`,
  );
}

/** Tells whether a moment has come. `null` never comes. */
export function isExpired(expiresAt: EpochMs | null, clock: Clock): boolean {
  if (expiresAt === null) return false;
  return clock.hasPassed === undefined ? expiresAt <= clock.now() : clock.hasPassed(expiresAt);
}

import type { Clock, EpochMs } from '../../core/clock.js';

/** Above this many seconds memcached takes a lifetime for a date. */
const LONGEST_RELATIVE_SECONDS = 30 * 86_400;
/** Dates beyond this one, of 2038, do not fit into the server's number. */
const LAST_DATE_SECONDS = 2 ** 31 - 1;
/** A date in January 1970: what is stored with it is over at once. Zero would mean never, and not every client takes a negative number. */
const LONG_AGO = LONGEST_RELATIVE_SECONDS + 1;
/** What the server takes for no end. */
const NEVER = 0;

/**
 * Returns the end of an entry as memcached is told of it: seconds from now, rounded up, or a date where they are many.
 * A date is of the real clock, whatever clock the cache has, since the server compares it with its own.
 */
export function exptimeOf(expiresAt: EpochMs | null, clock: Clock): number {
  if (expiresAt === null) return NEVER;
  const remainingMs = expiresAt - clock.now();
  return remainingMs <= 0 ? LONG_AGO : exptimeIn(remainingMs / 1000);
}

/** As `exptimeOf`, for an entry with so many seconds left. */
export function exptimeIn(seconds: number | null): number {
  if (seconds === null) return NEVER;
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole <= LONGEST_RELATIVE_SECONDS) return whole;
  const date = Math.ceil(Date.now() / 1000) + whole;
  return date <= LAST_DATE_SECONDS ? date : NEVER;
}

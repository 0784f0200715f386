import type { EpochMs } from '../core/clock.js';
import { type CacheDirectives, deltaSeconds, isAllowed, MAX_DELTA_SECONDS } from './cache-control.js';
import { fieldText, type HeaderFields } from './header-fields.js';
import { parseHttpDate } from './http-date.js';
import { HEURISTICALLY_CACHEABLE } from './status-codes.js';

/** What freshness is worked out from. */
export interface FreshnessFacts {
  readonly status: number;
  readonly headers: HeaderFields;
  /** Those that count: of Cache-Control, or of the targeted field that stands in its place. */
  readonly directives: CacheDirectives;
  /** Whether a targeted field stands in the place of Cache-Control, so that Expires does not count either. */
  readonly isTargeted: boolean;
  readonly respondedAt: EpochMs;
}

/** How freshness is guessed where nothing is said. */
export interface Heuristics {
  /** The part of the time since the last change that a response stays fresh. */
  readonly fraction: number;
  /** The longest that a response stays fresh on a guess, in seconds. */
  readonly longest: number;
}

/**
 * Returns how many seconds after it was made a response is fresh, as it says itself: `s-maxage`, or else `max-age`, or else `Expires`
 * minus `Date`. 0 for what cannot be read, since that is taken for stale; undefined if it says nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
 */
export function explicitLifetime(facts: FreshnessFacts): number | undefined {
  const { directives, isTargeted } = facts;
  const said = deltaSeconds(directives, 's-maxage') ?? deltaSeconds(directives, 'max-age');
  return said ?? (isTargeted ? undefined : lifetimeOfExpires(facts));
}

/** A Date that is absent or cannot be read is when the response came. */
function lifetimeOfExpires({ headers, respondedAt }: FreshnessFacts): number | undefined {
  const field = fieldText(headers['expires']);
  if (field === undefined) return undefined;
  const expires = parseHttpDate(field, respondedAt);
  if (expires === undefined) return 0;
  const date = parseHttpDate(fieldText(headers['date']), respondedAt) ?? respondedAt;
  return Math.min(Math.max(0, (expires - date) / 1000), MAX_DELTA_SECONDS);
}

/**
 * Returns how many seconds after it was made a response may be taken for fresh that says nothing itself: a part of the time since its last
 * change. Undefined for one that must not be guessed at: without a last change that lies before its Date, or with a status of
 * which nothing is known, unless it says `public`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.2
 */
export function heuristicLifetime(
  facts: FreshnessFacts,
  { fraction, longest }: Heuristics,
): number | undefined {
  const { directives, headers, respondedAt, status } = facts;
  if (!HEURISTICALLY_CACHEABLE.has(status) && !isAllowed(directives, 'public')) return undefined;
  const lastModified = parseHttpDate(fieldText(headers['last-modified']), respondedAt);
  const date = parseHttpDate(fieldText(headers['date']), respondedAt) ?? respondedAt;
  if (lastModified === undefined || lastModified >= date) return undefined;
  return Math.min(((date - lastModified) / 1000) * fraction, longest);
}

import { type CacheDirectives, deltaSeconds, parseCacheControl, readableSeconds } from './cache-control.js';
import { fieldText, type HeaderFields } from './header-fields.js';

/** What a stored response says of its reuse. */
export interface ReuseTerms {
  /** For how many seconds after it was made it is fresh; `null` for ever. */
  readonly lifetime: number | null;
  /** How many seconds ago it was made when it was stored. */
  readonly initialAge?: number;
  /** It is never used without asking whoever made it. */
  readonly needsValidation?: boolean;
  /** Once it is stale, it is not used without asking, whatever happens. */
  readonly mustRevalidate?: boolean;
  /** For how many seconds after its freshness it is used while a new one is fetched. */
  readonly staleWhileRevalidate?: number;
  /** For how many seconds after its freshness it is used where a new one cannot be had; undefined: not said. */
  readonly staleIfError?: number;
  /** While it is fresh, nobody needs to ask for a new one. */
  readonly isImmutable?: boolean;
}

/**
 * How a stored response may be used: as it is; as it is, while a new one is fetched; or once whoever made it was asked.
 */
export type Reuse = 'fresh' | 'while-revalidating' | 'validate';

/**
 * Returns the directives of a request. `Pragma: no-cache` counts where there is no Cache-Control.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.4
 */
export function requestDirectivesOf(headers: HeaderFields): CacheDirectives {
  const field = fieldText(headers['cache-control']);
  if (field !== undefined) return parseCacheControl(field);
  const pragma = parseCacheControl(fieldText(headers['pragma']));
  return pragma.has('no-cache') ? new Map([['no-cache', true]]) : NOTHING_SAID;
}

const NOTHING_SAID: CacheDirectives = new Map();

/**
 * Tells how a stored response may be used.
 *
 * @param age of the response, in seconds
 * @param wishes what the request says, where that counts
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4
 */
export function reuseOf(terms: ReuseTerms, age: number, wishes: CacheDirectives = NOTHING_SAID): Reuse {
  if (terms.needsValidation) return 'validate';
  const { lifetime } = terms;
  if (lifetime !== null && age >= lifetime) return reuseOfStale(terms, age, age - lifetime, wishes);
  return isYoungEnough(terms, age, wishes) ? 'fresh' : 'validate';
}

function reuseOfStale(terms: ReuseTerms, age: number, staleness: number, wishes: CacheDirectives): Reuse {
  if (terms.mustRevalidate || !isYoungEnough(terms, age, wishes)) return 'validate';
  if (staleness < (terms.staleWhileRevalidate ?? 0)) return 'while-revalidating';
  return isTolerated(staleness, wishes) ? 'fresh' : 'validate';
}

/**
 * A `max-age` is what a reload says, and asks nothing of what is immutable while that is fresh; `no-cache` still does.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8246#section-2
 */
function isYoungEnough(terms: ReuseTerms, age: number, wishes: CacheDirectives): boolean {
  if (wishes.size === 0) return true;
  if (wishes.has('no-cache')) return false;
  const { isImmutable = false, lifetime } = terms;
  const isFresh = lifetime === null || age < lifetime;
  const oldest = isImmutable && isFresh ? undefined : deltaSeconds(wishes, 'max-age');
  if (oldest !== undefined && age > oldest) return false;
  const shortest = deltaSeconds(wishes, 'min-fresh');
  return shortest === undefined || lifetime === null || lifetime - age >= shortest;
}

/** @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1.2 */
function isTolerated(staleness: number, wishes: CacheDirectives): boolean {
  if (wishes.get('max-stale') === true) return true;
  const longest = readableSeconds(wishes, 'max-stale');
  return longest !== undefined && staleness <= longest;
}

/**
 * Tells whether a stored response may answer where a new one cannot be had.
 *
 * @param otherwise for how many seconds past its freshness, where the response does not say
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.4
 * @see https://www.rfc-editor.org/rfc/rfc5861#section-4
 */
export function mayStandIn(terms: ReuseTerms, age: number, otherwise: number): boolean {
  if (terms.needsValidation) return false;
  if (terms.lifetime === null || age < terms.lifetime) return true;
  return !terms.mustRevalidate && age - terms.lifetime < (terms.staleIfError ?? otherwise);
}

import { type Clock, systemClock } from '../core/clock.js';
import { deltaSeconds, formatCacheControl, parseCacheControl, withMaxAge } from './cache-control.js';
import {
  type CacheControlOptions,
  deltaSecondsOf,
  type WantedDirective,
  wantedDirectives,
} from './cache-control-options.js';
import { type HeaderBearer, headerOf, headerTargetOf } from './header-target.js';
import { formatHttpDate } from './http-date.js';

/**
 * Adds directives to `Cache-Control`, beside those that the response has: of `max-age` the smaller stays, `public` and `private` take each
 * other's place, header names of `private` and `noCache` add up unless the whole response is meant.
 *
 * @throws {InvalidCacheArgumentError | InvalidTimeoutError} for an unknown option and for a value that it does not take
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
 * @see https://docs.djangoproject.com/en/stable/ref/utils/#django.utils.cache.patch_cache_control
 * @example
 * ```ts
 * patchCacheControl(response, { public: true, maxAge: '15m', staleIfError: '1d' });
 * ```
 * @publicApi
 */
export function patchCacheControl(response: HeaderBearer, options: CacheControlOptions): void {
  const wanted = wantedDirectives(options);
  const target = headerTargetOf(response);
  const present = headerOf(target, 'Cache-Control');
  const field = withDirectives(present, wanted);
  if (field !== '') target.setHeader('Cache-Control', field);
  else if (present !== undefined) target.removeHeader('Cache-Control');
}

/** Returns a Cache-Control field with what is wanted of it; empty if nothing is left to say. */
export function withDirectives(
  field: string | undefined,
  wanted: ReadonlyMap<string, WantedDirective>,
): string {
  const directives = new Map(parseCacheControl(field));
  if (isWanted(wanted, 'public')) directives.delete('private');
  if (isWanted(wanted, 'private')) directives.delete('public');
  for (const [name, value] of wanted) {
    if (value === false) directives.delete(name);
    else directives.set(name, merged(name, directives.get(name), value));
  }
  return formatCacheControl(directives);
}

function isWanted(wanted: ReadonlyMap<string, WantedDirective>, name: string): boolean {
  return (wanted.get(name) ?? false) !== false;
}

function merged(name: string, present: string | true | undefined, value: string | true): string | true {
  if (present === undefined) return value;
  if (name === 'private' || name === 'no-cache') return unitedFields(present, value);
  if (name !== 'max-age') return value;
  return String(Math.min(deltaSeconds(new Map([[name, present]]), name)!, Number(value)));
}

/** Returns what two directives such as `private` say together: the whole response, or the fields of both. */
function unitedFields(one: string | true, other: string | true): string | true {
  if (one === true || other === true) return true;
  const spellings = new Map<string, string>();
  for (const name of `${one},${other}`.split(',').map((each) => each.trim())) {
    if (name !== '' && !spellings.has(name.toLowerCase())) spellings.set(name.toLowerCase(), name);
  }
  return [...spellings.values()].join(', ');
}

const NEVER = wantedDirectives({
  maxAge: 0,
  noCache: true,
  noStore: true,
  mustRevalidate: true,
  private: true,
  sMaxage: false,
  immutable: false,
  staleWhileRevalidate: false,
  staleIfError: false,
  // A cache that knows the status may pass over no-store beside it.
  mustUnderstand: false,
});

/** Fields that caches in front of the application go by instead of Cache-Control. @see https://www.rfc-editor.org/rfc/rfc9213 */
const TARGETED_FIELDS = ['CDN-Cache-Control', 'Surrogate-Control'];

/**
 * Tells every cache on the way, browsers included, not to keep the response: `max-age=0, no-cache, no-store, must-revalidate, private`, an
 * `Expires` in the past, and nothing that says otherwise.
 *
 * @see https://docs.djangoproject.com/en/stable/ref/utils/#django.utils.cache.add_never_cache_headers
 * @publicApi
 */
export function neverCache(response: HeaderBearer): void {
  const target = headerTargetOf(response);
  target.setHeader('Cache-Control', withDirectives(headerOf(target, 'Cache-Control'), NEVER));
  target.setHeader('Expires', formatHttpDate(0));
  for (const name of TARGETED_FIELDS) target.removeHeader(name);
}

/**
 * Returns the seconds of `max-age`, or undefined if the response has none; 0 if they are no whole number, since a cache takes such a
 * response for stale.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
 * @publicApi
 */
export function getMaxAge(response: HeaderBearer): number | undefined {
  return deltaSeconds(parseCacheControl(headerOf(headerTargetOf(response), 'Cache-Control')), 'max-age');
}

/**
 * Tells browsers and caches how long the response is good: the smaller of the timeout and the `max-age` that is there, and `Expires` to match
 * unless there is one.
 *
 * @param timeout seconds or text with a unit; `null` is a year; below zero is zero
 * @throws {InvalidTimeoutError}
 * @see https://docs.djangoproject.com/en/stable/ref/utils/#django.utils.cache.patch_response_headers
 * @publicApi
 */
export function patchResponseHeaders(
  response: HeaderBearer,
  timeout: number | string | null,
  clock: Clock = systemClock,
): void {
  const target = headerTargetOf(response);
  const field = withMaxAge(headerOf(target, 'Cache-Control'), deltaSecondsOf(timeout));
  target.setHeader('Cache-Control', field);
  if (target.getHeader('Expires') !== undefined) return;
  const maxAge = deltaSeconds(parseCacheControl(field), 'max-age') ?? 0;
  target.setHeader('Expires', formatHttpDate(clock.now() + maxAge * 1000));
}

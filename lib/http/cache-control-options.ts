import { InvalidCacheArgumentError } from '../core/errors.js';
import { show } from '../core/show.js';
import { closestTo } from '../core/suggestion.js';
import { parseTimeout, type Timeout } from '../core/timeout.js';
import { MAX_DELTA_SECONDS } from './cache-control.js';
import { checkedHeaderName } from './header-target.js';

/**
 * The directives of `Cache-Control`, for `patchCacheControl` and `@CacheControl`. What is `undefined` is left as the response has it, `false`
 * takes a directive away. Times are seconds or text with a unit (`'15m'`); `null` is a year, the longest that HTTP has a use for;
 * below zero is zero.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
 * @publicApi
 */
export interface CacheControlOptions {
  /** For everybody, also for those who showed a credential. Takes the place of `private`. */
  public?: boolean | undefined;
  /** For one person: the whole response, or these headers of it. Takes the place of `public`. */
  private?: boolean | readonly string[] | undefined;
  /** Not to be used again without asking: the whole response, or these headers of it. */
  noCache?: boolean | readonly string[] | undefined;
  /** Not to be kept anywhere. */
  noStore?: boolean | undefined;
  /** Not to be changed on its way. */
  noTransform?: boolean | undefined;
  /** Never to be used when stale. */
  mustRevalidate?: boolean | undefined;
  /** Never to be used when stale by caches that several people share. */
  proxyRevalidate?: boolean | undefined;
  /** Only to be kept by caches that know the meaning of the status. */
  mustUnderstand?: boolean | undefined;
  /** Not to be asked for anew while fresh, even on a reload. @see https://www.rfc-editor.org/rfc/rfc8246 */
  immutable?: boolean | undefined;
  /** How long everybody may use it. The smaller of this and what the response says already counts. */
  maxAge?: Timeout | false;
  /** How long caches that several people share may use it. */
  sMaxage?: Timeout | false;
  /** How long it may be used when stale while a new one is fetched. @see https://www.rfc-editor.org/rfc/rfc5861#section-3 */
  staleWhileRevalidate?: Timeout | false;
  /** How long it may be used when stale if a new one cannot be had. @see https://www.rfc-editor.org/rfc/rfc5861#section-4 */
  staleIfError?: Timeout | false;
}

/** What one option wants of a directive: a value, none (`true`), or that it goes (`false`). */
export type WantedDirective = string | boolean;

type Reader = (value: unknown, option: string) => WantedDirective;

/** How each option is read, and the directive that it stands for. */
const READERS: Readonly<Record<keyof CacheControlOptions, readonly [directive: string, read: Reader]>> = {
  public: ['public', flag],
  private: ['private', flagOrFields],
  noCache: ['no-cache', flagOrFields],
  noStore: ['no-store', flag],
  noTransform: ['no-transform', flag],
  mustRevalidate: ['must-revalidate', flag],
  proxyRevalidate: ['proxy-revalidate', flag],
  mustUnderstand: ['must-understand', flag],
  immutable: ['immutable', flag],
  maxAge: ['max-age', secondsOrNone],
  sMaxage: ['s-maxage', secondsOrNone],
  staleWhileRevalidate: ['stale-while-revalidate', secondsOrNone],
  staleIfError: ['stale-if-error', secondsOrNone],
};

/**
 * Reads the options of `patchCacheControl`: what is wanted of each directive, in the order of the options.
 *
 * @param place how messages call what was given the options
 * @throws {InvalidCacheArgumentError | InvalidTimeoutError} for an unknown option and for a value that it does not take
 */
export function wantedDirectives(
  options: CacheControlOptions,
  place = 'patchCacheControl',
): ReadonlyMap<string, WantedDirective> {
  const wanted = new Map<string, WantedDirective>();
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(READERS, option)) throw unknownOption(option, place);
    if (value === undefined) continue;
    const [directive, read] = READERS[option as keyof CacheControlOptions];
    wanted.set(directive, read(value, `${option} of ${place}`));
  }
  if (wanted.get('public') === true && wanted.get('private') === true) {
    throw new InvalidCacheArgumentError(
      `${place} was told that the response is public and private. Say one of them, or name the headers that are private.`,
    );
  }
  return wanted;
}

function unknownOption(option: string, place: string): InvalidCacheArgumentError {
  const known = Object.keys(READERS);
  const nearest = closestTo(option, known);
  return new InvalidCacheArgumentError(
    `${place} does not know the option ${show(option)}. ` +
      (nearest === undefined ? `It takes ${known.join(', ')}.` : `Did you mean "${nearest}"?`),
  );
}

function flag(value: unknown, option: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidCacheArgumentError(`${option} must be true or false; got ${show(value)}.`);
}

function flagOrFields(value: unknown, option: string): WantedDirective {
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.length > 0)
    return value.map((name: unknown) => checkedHeaderName(name, option)).join(', ');
  throw new InvalidCacheArgumentError(
    `${option} must be true, false or a list of at least one name of a header; got ${show(value)}.`,
  );
}

function secondsOrNone(value: unknown, option: string): WantedDirective {
  return value === false ? false : String(deltaSecondsOf(value as number | string | null, option));
}

/** What is told of a response that never expires. */
const FOR_EVER_SECONDS = 31_536_000;

/**
 * Returns a timeout as HTTP writes it: whole seconds, rounded down, none below zero; `null` is a year.
 *
 * @throws {InvalidTimeoutError} for what is no timeout
 */
export function deltaSecondsOf(timeout: number | string | null, name = 'timeout'): number {
  const lifetime = parseTimeout(timeout, name);
  if (lifetime === null) return FOR_EVER_SECONDS;
  return Math.min(Math.max(0, Math.floor(lifetime / 1000)), MAX_DELTA_SECONDS);
}

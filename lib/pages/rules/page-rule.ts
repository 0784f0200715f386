import { type Seconds, systemClock } from '../../core/clock.js';
import {
  byteSize,
  duration,
  flag,
  functionOption,
  lifetime,
  milliseconds,
  type OptionRules,
  parseOptions,
  text,
} from '../../core/options.js';
import { CacheConfigurationError } from '../../core/errors.js';
import { expiryOf, type LifetimeMs, parseTimeout, type Timeout } from '../../core/timeout.js';
import { type EarlyChoice, earlyOption, type EarlyOptions } from '../early/early-option.js';
import { negativeOption, type NegativeTimeouts } from './negative-option.js';
import { type PageQuery, queryOption } from './query-option.js';
import type { StandardsChoices } from '../policies/standards-policy.js';
import { standardsOption, type StandardsOptions } from './standards-option.js';
import type { RequestView } from '../requests/page-request.js';
import { type TagSource, tagSourcesOption, type TagSources } from './tag-sources.js';
import { varyOption } from './vary-names.js';

/** The options of `@CachePage`. `Request` is what its functions take: what Express and Fastify have in common, or the platform's own type. */
export interface CachePageOptions<Request = RequestView> {
  /**
   * The alias of the cache that keeps the pages.
   *
   * @default 'default'
   */
  cache?: string;
  /**
   * Keeps these pages apart from others of the same URL in the same cache.
   *
   * @default ''
   */
  keyPrefix?: string;
  /** Request headers that the pages differ by, as with `@VaryOnHeaders`. */
  vary?: string | readonly string[];
  /** What the pages are made of, as with `@CacheTags`: names, and functions of the request that return names. */
  tags?: TagSource<Request> | readonly TagSource<Request>[];
  /**
   * Which parts of the query tell pages apart, so that made-up parameters cannot walk around the cache. The handler sees the whole query, and
   * must not look at what is left out here.
   *
   * @default the whole query as it was written
   */
  query?: PageQuery;
  /**
   * How long browsers may use the page, where that differs from how long the server keeps it.
   *
   * @default the timeout of the page
   */
  maxAge?: Timeout;
  /**
   * Tells browsers nothing of a lifetime: neither `max-age` nor `Expires`. They may still ask with the `ETag`.
   *
   * @default false
   */
  serverOnly?: boolean;
  /**
   * How long answers with other statuses than 200 are kept: a timeout for 404 and 410, or timeouts by status.
   *
   * @default they are not kept
   */
  negative?: Timeout | NegativeTimeouts;
  /** Leaves requests alone for which it returns true: they go to the handler, and their answers are not stored. */
  unless?: (request: Request) => boolean;
  /**
   * Shares the pages among visitors with different cookies even if something looks at these while a page is made: cookies change nothing in it.
   *
   * @default false: an answer that was made with a look at cookies, or at what middleware has made of them, gets `Vary: Cookie`
   */
  ignoreCookies?: boolean;
  /**
   * For how long past its timeout a page still answers while a new one is computed, once for all: a number of seconds, or text with a unit. The
   * handler runs again in a request of its own, without the visitor's cookies and credentials unless pages differ by them, and through the guards.
   * `0`: not at all.
   *
   * @default 0
   * @see https://www.rfc-editor.org/rfc/rfc5861#section-3
   */
  staleWhileRevalidate?: Seconds | string;
  /**
   * For how long past its timeout a page still answers where the handler fails: throws an error that is no `HttpException` or one of status 408 or
   * 500 to 599, answers with such a status, or takes longer than `softTimeoutMs`. `0`: not at all.
   *
   * @default 0
   * @see https://www.rfc-editor.org/rfc/rfc5861#section-4
   */
  staleIfError?: Seconds | string;
  /**
   * How long a visitor waits for a new page, in milliseconds, where `staleIfError` has an old one. The new one is computed to its end for those
   * who come later.
   *
   * @default without end
   */
  softTimeoutMs?: number;
  /**
   * Makes the cache of the handler a shared cache as RFC 9111 has it, for example in front of another server: what the answers say in Cache-Control, Expires,
   * Vary and other fields decides what is kept, and for how long. `true`, or options. No timeout is given then.
   *
   * @default false
   */
  standards?: boolean | StandardsOptions;
  /**
   * Lets the HTTP server answer hits from the memory of this process, before the platform and Nest see the request: for pages that are the same for
   * everybody who sends the same URL, Host and fields of `Vary`, whatever middleware and guards would say. A handler with guards, own, of its
   * class or global, ends the start of the application, unless `{ skipGuards: true }` says that none of them matters. Logs and metrics hear of such
   * answers by the event `early` of `CacheRegistry.events`.
   *
   * @default false
   */
  early?: boolean | EarlyOptions;
  /**
   * For how long early answers go out before the application answers once more, in milliseconds: as long as that may an invalidation by another process go
   * unnoticed. One in this process counts at once.
   *
   * @default 1000
   */
  earlyRecheckMs?: number;
  /**
   * The longest body that is stored: a whole number of bytes, or text such as `'1mb'`. A longer one passes through, and is not held
   * in memory beyond the limit.
   *
   * @default '1mb'
   */
  bodyLimit?: number | string;
}

/** What `@CachePage` says of a handler, checked. Undefined parts are not said. */
export interface PageRule {
  readonly timeout?: LifetimeMs | undefined;
  readonly cache?: string | undefined;
  readonly keyPrefix?: string | undefined;
  readonly vary?: readonly string[] | undefined;
  readonly tags?: TagSources | undefined;
  readonly query?: PageQuery | undefined;
  /** Milliseconds; `null`: browsers are told nothing; `'as-kept'`: what the server does. */
  readonly browserMaxAge?: number | null | 'as-kept' | undefined;
  readonly negative?: ReadonlyMap<number, LifetimeMs> | undefined;
  readonly unless?: ((request: RequestView) => boolean) | undefined;
  readonly ignoreCookies?: boolean | undefined;
  /** Milliseconds past the lifetime. */
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
  readonly softTimeoutMs?: number | undefined;
  /** Given if the answers' own words decide. */
  readonly standards?: StandardsChoices | false | undefined;
  readonly early?: EarlyChoice | false | undefined;
  readonly earlyRecheckMs?: number | undefined;
  readonly bodyLimit?: number | undefined;
}

export const DEFAULT_BODY_LIMIT = 1024 ** 2;

/** What browsers are told of a page that never expires: one year, the longest that HTTP has a use for. */
export const FOR_EVER_MS = 31_536_000_000;

interface ParsedOptions extends Omit<PageRule, 'timeout' | 'browserMaxAge'> {
  readonly maxAge?: LifetimeMs | undefined;
  readonly serverOnly?: boolean | undefined;
}

const optionRules: OptionRules<ParsedOptions> = {
  cache: text,
  keyPrefix: text,
  vary: varyOption,
  tags: tagSourcesOption,
  query: queryOption,
  maxAge: lifetime,
  serverOnly: flag,
  negative: negativeOption,
  unless: functionOption('(request) => boolean'),
  ignoreCookies: flag,
  staleWhileRevalidate: duration,
  staleIfError: duration,
  softTimeoutMs: milliseconds(1),
  standards: standardsOption,
  early: earlyOption,
  earlyRecheckMs: milliseconds(1),
  bodyLimit: byteSize,
};

/** @throws {InvalidTimeoutError | CacheConfigurationError} when the class is loaded */
export function pageRuleOf(timeout: Timeout, options: object): PageRule {
  const parsed = parseOptions(optionRules, options as Record<string, unknown>, '@CachePage');
  const { maxAge, serverOnly, ...rest } = parsed;
  if (parsed.standards) assertNoOtherWord(timeout, parsed);
  const browserMaxAge = browserMaxAgeOf(maxAge, serverOnly);
  const rule = browserMaxAge === undefined ? rest : { ...rest, browserMaxAge };
  if (timeout === undefined) return rule;
  const lifetimeMs = parseTimeout(timeout, 'the timeout of @CachePage');
  // Refuses one that no Date can hold the end of.
  expiryOf(timeout, null, systemClock);
  return { ...rule, timeout: lifetimeMs };
}

/** Options that say what the answers themselves say with `standards`. */
const SAID_BY_ANSWERS = [
  'maxAge',
  'serverOnly',
  'negative',
  'ignoreCookies',
  'staleWhileRevalidate',
  'staleIfError',
] as const;

function assertNoOtherWord(timeout: Timeout, parsed: ParsedOptions): void {
  const given = SAID_BY_ANSWERS.find((name) => parsed[name] !== undefined);
  const name = timeout === undefined ? given && `"${given}"` : 'a timeout';
  if (name === undefined) return;
  throw new CacheConfigurationError(
    `@CachePage: with "standards" the answers say themselves how they may be used, and ${name} would say it again. ` +
      'Take one of the two away.',
  );
}

function browserMaxAgeOf(
  maxAge: LifetimeMs | undefined,
  serverOnly: boolean | undefined,
): PageRule['browserMaxAge'] {
  if (maxAge !== undefined && serverOnly) {
    throw new CacheConfigurationError(
      '@CachePage: "maxAge" tells browsers a lifetime and "serverOnly" tells them none. Give one of them.',
    );
  }
  if (maxAge !== undefined) return maxAge === null ? FOR_EVER_MS : Math.max(0, maxAge);
  if (serverOnly === undefined) return undefined;
  return serverOnly ? null : 'as-kept';
}

/** Merges what is said of a class and of one of its methods; the method wins, option by option, and lists unite. */
export function mergeRules(
  ofClass: PageRule | undefined,
  ofMethod: PageRule | undefined,
): PageRule | undefined {
  if (!ofClass || !ofMethod) return ofMethod ?? ofClass;
  const said = Object.entries(ofMethod).filter(([, value]) => value !== undefined);
  return { ...ofClass, ...Object.fromEntries(said), ...unitedLists(ofClass, ofMethod) };
}

function unitedLists(ofClass: PageRule, ofMethod: PageRule): Pick<PageRule, 'vary' | 'tags'> {
  return {
    ...(ofClass.vary && ofMethod.vary ? { vary: [...new Set([...ofClass.vary, ...ofMethod.vary])] } : {}),
    ...(ofClass.tags && ofMethod.tags ? { tags: [...ofClass.tags, ...ofMethod.tags] } : {}),
  };
}

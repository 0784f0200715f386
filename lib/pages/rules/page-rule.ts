import { systemClock } from '../../core/clock.js';
import {
  byteSize,
  flag,
  functionOption,
  lifetime,
  type OptionRules,
  parseOptions,
  text,
} from '../../core/options.js';
import { CacheConfigurationError } from '../../core/errors.js';
import { expiryOf, type LifetimeMs, parseTimeout, type Timeout } from '../../core/timeout.js';
import { negativeOption, type NegativeTimeouts } from './negative-option.js';
import { type PageQuery, queryOption } from './query-option.js';
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
  bodyLimit: byteSize,
};

/** @throws {InvalidTimeoutError | CacheConfigurationError} when the class is loaded */
export function pageRuleOf(timeout: Timeout, options: object): PageRule {
  const parsed = parseOptions(optionRules, options as Record<string, unknown>, '@CachePage');
  const { maxAge, serverOnly, ...rest } = parsed;
  const browserMaxAge = browserMaxAgeOf(maxAge, serverOnly);
  const rule = browserMaxAge === undefined ? rest : { ...rest, browserMaxAge };
  if (timeout === undefined) return rule;
  const lifetimeMs = parseTimeout(timeout, 'the timeout of @CachePage');
  // Refuses one that no Date can hold the end of.
  expiryOf(timeout, null, systemClock);
  return { ...rule, timeout: lifetimeMs };
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

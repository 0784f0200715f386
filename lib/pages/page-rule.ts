import { byteSize, type OptionRules, parseOptions, text } from '../core/options.js';
import { systemClock } from '../core/clock.js';
import { expiryOf, type LifetimeMs, parseTimeout, type Timeout } from '../core/timeout.js';

/** The options of `@CachePage`. */
export interface CachePageOptions {
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
  readonly bodyLimit?: number | undefined;
}

export const DEFAULT_BODY_LIMIT = 1024 ** 2;

const optionRules: OptionRules<{ cache: string; keyPrefix: string; bodyLimit: number }> = {
  cache: text,
  keyPrefix: text,
  bodyLimit: byteSize,
};

/** @throws {InvalidTimeoutError | CacheConfigurationError} when the class is loaded */
export function pageRuleOf(timeout: Timeout, options: CachePageOptions): PageRule {
  const parsed = parseOptions(optionRules, options as Record<string, unknown>, '@CachePage');
  if (timeout === undefined) return parsed;
  const lifetime = parseTimeout(timeout, 'the timeout of @CachePage');
  // Refuses one that no Date can hold the end of.
  expiryOf(timeout, null, systemClock);
  return { ...parsed, timeout: lifetime };
}

/** Merges what is said of a class and of one of its methods; the method wins, option by option. */
export function mergeRules(
  ofClass: PageRule | undefined,
  ofMethod: PageRule | undefined,
): PageRule | undefined {
  if (!ofClass || !ofMethod) return ofMethod ?? ofClass;
  const said = Object.entries(ofMethod).filter(([, value]) => value !== undefined);
  return { ...ofClass, ...Object.fromEntries(said) };
}

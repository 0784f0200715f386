import { duration, flag, type OptionRule, type OptionRules, parseOptions } from '../../core/options.js';
import { isToken } from '../../http/header-target.js';
import type { Heuristics } from '../../http/freshness.js';
import type { Seconds } from '../../core/clock.js';
import type { StandardsChoices } from '../policies/standards-policy.js';

/** What RFC 9111 leaves open to a shared cache. */
export interface StandardsOptions {
  /**
   * Response fields that are meant for this cache and stand in the place of Cache-Control where they are present, the nearest first.
   *
   * @default ['NestCache-Control', 'CDN-Cache-Control']
   * @see https://www.rfc-editor.org/rfc/rfc9213
   */
  targets?: readonly string[];
  /**
   * Whether answers that say nothing of their freshness, but when they last changed, are taken for fresh for a part of that time: `true` for a tenth of it
   * and a day at most, or both as you like.
   *
   * @default false
   * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.2
   */
  heuristics?: boolean | { fraction?: number; longest?: Seconds | string };
  /**
   * Whether requests decide with Cache-Control: `no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached`. Who may reload at will
   * may also keep your handlers busy.
   *
   * @default false
   * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1
   */
  obeyRequests?: boolean;
  /**
   * Whether answers that set cookies are kept, and the cookies with them. RFC 9111 lets a cache do so; it hands the cookies of one visitor to all.
   *
   * @default false
   * @see https://www.rfc-editor.org/rfc/rfc9111#section-7.3
   */
  storeSetCookie?: boolean;
  /**
   * How long answers are kept that are stale, to ask whether they are still good.
   *
   * @default '1d'
   */
  keepStale?: Seconds | string;
  /**
   * Whether a stale answer that does not forbid it answers where the handler fails, though it does not say `stale-if-error`.
   *
   * @default true
   * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.4
   */
  serveStaleOnFailure?: boolean;
}

interface ParsedOptions {
  readonly targets?: readonly string[];
  readonly heuristics?: Heuristics | false;
  readonly obeyRequests?: boolean;
  readonly storeSetCookie?: boolean;
  readonly keepStale?: number;
  readonly serveStaleOnFailure?: boolean;
}

const DEFAULT_TARGETS = ['nestcache-control', 'cdn-cache-control'];
const DEFAULT_HEURISTICS: Heuristics = { fraction: 0.1, longest: 86_400 };
const DEFAULT_KEEP_STALE_MS = 86_400_000;

const heuristicRules: OptionRules<{ fraction?: number; longest?: number }> = {
  fraction: {
    expected: 'a number above 0, up to 1',
    parse: (value) => {
      if (typeof value === 'number' && value > 0 && value <= 1) return value;
      throw new RangeError('not as expected');
    },
    fromText: Number,
  },
  longest: duration,
};

const optionRules: OptionRules<ParsedOptions> = {
  targets: {
    expected: "a list of names of headers, such as ['CDN-Cache-Control']",
    parse: (value) => {
      const areNames =
        Array.isArray(value) && value.every((name) => typeof name === 'string' && isToken(name));
      if (areNames) return value.map((name: string) => name.toLowerCase());
      throw new TypeError('not as expected');
    },
    fromText: (text) => text.split(','),
  },
  heuristics: {
    expected: "true, false or options such as { fraction: 0.1, longest: '1d' }",
    parse: heuristicsOf,
    fromText: (text) => text,
    isNested: true,
  },
  obeyRequests: flag,
  storeSetCookie: flag,
  keepStale: duration,
  serveStaleOnFailure: flag,
};

function heuristicsOf(value: unknown): Heuristics | false {
  if (typeof value === 'boolean') return value && DEFAULT_HEURISTICS;
  const { fraction, longest } = parseOptions(heuristicRules, optionsWithin(value), '@CachePage: heuristics');
  return {
    fraction: fraction ?? DEFAULT_HEURISTICS.fraction,
    longest: longest === undefined ? DEFAULT_HEURISTICS.longest : longest / 1000,
  };
}

function optionsWithin(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new TypeError('no options');
}

/** `false` for what is switched off, which a method may do that its class switches on. */
export const standardsOption: OptionRule<StandardsChoices | false> = {
  expected: 'true, false or options',
  parse: (value) => {
    if (value === false) return false;
    const options = value === true ? {} : optionsWithin(value);
    return choicesOf(parseOptions(optionRules, options, '@CachePage: standards'));
  },
  fromText: (text) => text,
  isNested: true,
};

function choicesOf(options: ParsedOptions): StandardsChoices {
  return {
    targets: options.targets ?? DEFAULT_TARGETS,
    heuristics: options.heuristics || undefined,
    obeysRequests: options.obeyRequests ?? false,
    storesSetCookie: options.storeSetCookie ?? false,
    keepStaleMs: options.keepStale ?? DEFAULT_KEEP_STALE_MS,
    standsIn: options.serveStaleOnFailure ?? true,
  };
}

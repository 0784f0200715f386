import { flag, type OptionRule, type OptionRules, parseOptions } from '../../core/options.js';
import { isToken } from '../../http/header-target.js';
import { optionsObject } from './options-object.js';
import type { PlatformRequest, RequestView } from '../requests/page-request.js';

/** What answers tell of the cache, for all pages of the application. */
export interface PagesOptions {
  /**
   * Whether `Cache-Status` (RFC 9211) tells the client what the cache did: always, never, or as a function of the request says.
   *
   * @default true
   */
  cacheStatus?: boolean | ((request: RequestView) => boolean);
  /**
   * Whether answers with `@CacheTags` carry `Cache-Groups`, and those with `@InvalidateTags` `Cache-Group-Invalidation` (RFC 9875), for caches in
   * front of the application.
   *
   * @default false
   */
  cacheGroups?: boolean;
  /**
   * The header in which a CDN expects the tags of `@CacheTags`: `'Cache-Tag'`, `'Surrogate-Key'`, or what yours calls it.
   *
   * @default none
   */
  tagHeader?: string;
}

/** Checked. */
export interface PageHeaders {
  tellsStatus(request: PlatformRequest): boolean;
  readonly cacheGroups: boolean;
  readonly tagHeader: string | undefined;
}

type CacheStatusOption = Required<PagesOptions>['cacheStatus'];

const optionRules: OptionRules<PagesOptions> = {
  cacheStatus: {
    expected: 'true, false or a function (request) => boolean',
    parse: (value) => {
      if (typeof value === 'boolean' || typeof value === 'function') return value as CacheStatusOption;
      throw new TypeError('not as expected');
    },
    fromText: (value) => value,
  } satisfies OptionRule<CacheStatusOption>,
  cacheGroups: flag,
  tagHeader: {
    expected: "the name of a header, such as 'Cache-Tag' or 'Surrogate-Key'",
    parse: (value) => {
      if (typeof value === 'string' && isToken(value)) return value;
      throw new TypeError('not as expected');
    },
    fromText: (value) => value,
  },
};

/** @throws {CacheConfigurationError} */
export function pageHeadersOf(options: object = {}): PageHeaders {
  const parsed = parseOptions(optionRules, optionsObject(options, 'pages'), 'CacheModule: pages');
  const { cacheGroups = false, cacheStatus = true, tagHeader } = parsed;
  const tellsStatus =
    typeof cacheStatus === 'function'
      ? (request: PlatformRequest) => cacheStatus(request as RequestView)
      : () => cacheStatus;
  return { tellsStatus, cacheGroups, tagHeader };
}

import { RequestMethod } from '@nestjs/common';
import {
  METHOD_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
  RouteParamtypes,
  SSE_METADATA,
} from '@nestjs/common/internal';
import { lifetime, type OptionRules, parseOptions, text } from '../../core/options.js';
import type { LifetimeMs, Timeout } from '../../core/timeout.js';
import { fieldText } from '../../http/header-fields.js';
import { wildcardTest } from '../../http/wildcard.js';
import { optionsObject } from './options-object.js';
import { hasUser, type PlatformRequest } from '../requests/page-request.js';

/** The cache for all pages of the application that have no rule of their own. */
export interface SiteOptions {
  /**
   * The alias of the cache that keeps the pages.
   *
   * @default 'default'
   */
  cache?: string;
  /**
   * How long pages are kept, and browsers are told.
   *
   * @default that of the cache
   */
  timeout?: Timeout;
  /**
   * Keeps these pages apart from others in the same cache.
   *
   * @default ''
   */
  keyPrefix?: string;
  /**
   * Cookies that no page depends on, such as those of analytics; `*` stands for any text. Requests with any other cookie are left alone.
   *
   * @default none: requests with cookies are left alone
   * @example ['_ga*', 'consent']
   */
  ignoreCookies?: readonly string[];
}

/** Checked. */
export interface SiteRule {
  readonly cache?: string | undefined;
  readonly timeout?: LifetimeMs | undefined;
  readonly keyPrefix?: string | undefined;
  /** Whether a request may be of somebody in particular. */
  isPersonal(request: PlatformRequest): boolean;
}

interface ParsedOptions extends Omit<SiteOptions, 'timeout'> {
  timeout?: LifetimeMs;
}

const optionRules: OptionRules<ParsedOptions> = {
  cache: text,
  timeout: lifetime,
  keyPrefix: text,
  ignoreCookies: {
    expected: "a list of names of cookies such as ['_ga*']",
    parse: (value) => {
      const isExpected =
        Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
      if (isExpected) return value as string[];
      throw new TypeError('not as expected');
    },
    fromText: (value) => value,
  },
};

/** @throws {CacheConfigurationError} */
export function siteRuleOf(options: object): SiteRule {
  const parsed = parseOptions(optionRules, optionsObject(options, 'site'), 'CacheModule: site');
  const { ignoreCookies = [], ...rest } = parsed;
  const ignored = ignoreCookies.map(wildcardTest);
  return {
    ...rest,
    isPersonal: (request) =>
      hasUser(request) ||
      hasCredential(request) ||
      cookieNames(request).some((name) => !ignored.some((matches) => matches(name))),
  };
}

/** Headers in which applications take credentials, their own inventions included. */
const CREDENTIAL =
  /(?:^|-)(?:auth|authorization|authentication|token|key|apikey|session|secret|jwt|csrf|xsrf|signature|user|username|userid|uid|email|account|tenant|principal|cert|certificate|dn|identity|assertion)(?:-|$)|^x-amzn-oidc/;

/** Headers of browsers that only look like it. */
const NO_CREDENTIALS = new Set(['sec-fetch-user', 'sec-websocket-key']);

function hasCredential({ headers }: PlatformRequest): boolean {
  return Object.keys(headers).some((name) => {
    if (name === 'user-agent' || NO_CREDENTIALS.has(name)) return false;
    return CREDENTIAL.test(name);
  });
}

function cookieNames({ headers }: PlatformRequest): string[] {
  const pairs = (fieldText(headers['cookie']) ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair !== '').map((pair) => pair.split('=', 1)[0]!.trim());
}

/** What a handler without a rule of its own lets see of what it depends on. */
export interface HandlerInputs {
  /** Whether its answers may differ by what no address tells: the client, its session, or headers that it does not name. */
  readonly isUnclear: boolean;
  /** The request headers that it takes as parameters. */
  readonly headers: readonly string[];
}

/** Returns whether a handler answers GET, and with a page. */
export function isPageHandler(handler: object): boolean {
  const isRoute = Reflect.hasMetadata(PATH_METADATA, handler);
  const isGet = Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.GET;
  return isRoute && isGet && !Reflect.hasMetadata(SSE_METADATA, handler);
}

/** Parameters of handlers that stand for the client and not for the page. */
const UNCLEAR_PARAMETERS: ReadonlySet<number> = new Set([RouteParamtypes.SESSION, RouteParamtypes.IP]);
const HEADERS_PARAMETER: number = RouteParamtypes.HEADERS;

/** The name under which a class has a method; the function may have another, if a decorator put one of its own in its place. */
function methodNameOf(prototype: object | null | undefined, method: object): string | undefined {
  if (!prototype) return undefined;
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  const own = descriptors.find(([, { value }]) => value === method)?.[0];
  return own ?? methodNameOf(Object.getPrototypeOf(prototype) as object | null, method);
}

/** Reads the parameters of a handler. */
export function inputsOf(controller: object, handler: object): HandlerInputs {
  const name = methodNameOf((controller as { prototype?: object }).prototype, handler);
  const parameters =
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name ?? '') as
      Record<string, { readonly data?: unknown }> | undefined) ?? {};
  const headers: string[] = [];
  let isUnclear = false;
  for (const [place, { data }] of Object.entries(parameters)) {
    const kind = Number(place.split(':', 1)[0]);
    if (UNCLEAR_PARAMETERS.has(kind)) isUnclear = true;
    if (kind !== HEADERS_PARAMETER) continue;
    if (typeof data === 'string') headers.push(data);
    else isUnclear = true;
  }
  return { isUnclear, headers };
}

import type { ServerResponse } from 'node:http';
import { formatTagHeader, patchCacheGroups } from '../../http/cache-groups.js';
import {
  type CacheControlOptions,
  type WantedDirective,
  wantedDirectives,
} from '../../http/cache-control-options.js';
import { fieldText } from '../../http/header-fields.js';
import { withPolicy } from '../../http/cache-control-policy.js';
import { neverCache } from '../../http/patch-cache-control.js';
import { hasVary, patchVary } from '../../http/patch-vary.js';
import type { PageHeaders } from '../rules/pages-options.js';
import type { PolicyRule } from './policy-rule.js';

/** Directives that let others use an answer. An error is not theirs because the page would have been. */
const PERMISSIONS: ReadonlySet<string> = new Set([
  'public',
  'max-age',
  's-maxage',
  'immutable',
  'stale-while-revalidate',
  'stale-if-error',
]);

/** Responses whose `Vary: Cookie` speaks of the cookies that `@VaryOnCookie` names, and of nothing else. */
const variesOnNamedCookies = new WeakSet<object>();

/** Whether the pages of a response are told apart by named cookies, which are in the address already, and not by `Cookie` as a whole. */
export function variesOnNamedCookiesAlone(response: ServerResponse): boolean {
  return variesOnNamedCookies.has(response);
}

/** What the decorators of a handler say in the head of its answers. */
export class HeadPolicies {
  readonly #directives: ReadonlyMap<string, WantedDirective>;
  readonly #directivesOfErrors: ReadonlyMap<string, WantedDirective>;

  constructor(
    private readonly rule: PolicyRule,
    private readonly headers: PageHeaders,
  ) {
    this.#directives = directivesOf(rule.cacheControl);
    this.#directivesOfErrors = new Map(
      [...this.#directives].filter(([name, value]) => value === false || !PERMISSIONS.has(name)),
    );
  }

  /** Whether there is anything to say. */
  get isEmpty(): boolean {
    const { cacheControl, cookies, neverCache: never, tags, vary } = this.rule;
    return !cacheControl && !cookies && !never && !vary && !(tags && this.#tellsTags);
  }

  get #tellsTags(): boolean {
    return this.headers.cacheGroups || this.headers.tagHeader !== undefined;
  }

  /** @param tags the tags of the request */
  apply(response: ServerResponse, tags: readonly string[]): void {
    const isError = response.statusCode >= 400;
    this.#applyVary(response);
    this.#applyCacheControl(response, isError ? this.#directivesOfErrors : this.#directives);
    if (this.rule.neverCache) neverCache(response);
    else if (response.statusCode < 500) this.#applyTags(response, tags);
  }

  #applyVary(response: ServerResponse): void {
    const { cookies, vary = [] } = this.rule;
    patchVary(response, ...vary);
    if (!cookies || hasVary(response, 'Cookie')) return;
    patchVary(response, 'Cookie');
    variesOnNamedCookies.add(response);
  }

  #applyCacheControl(response: ServerResponse, wanted: ReadonlyMap<string, WantedDirective>): void {
    if (wanted.size === 0) return;
    const present = fieldText(response.getHeader('Cache-Control'));
    const field = withPolicy(present, wanted);
    if (field !== '') response.setHeader('Cache-Control', field);
    else if (present !== undefined) response.removeHeader('Cache-Control');
  }

  #applyTags(response: ServerResponse, tags: readonly string[]): void {
    const { cacheGroups, tagHeader } = this.headers;
    if (cacheGroups) patchCacheGroups(response, 'Cache-Groups', tags);
    if (tagHeader === undefined) return;
    const field = formatTagHeader(tagHeader, tags, fieldText(response.getHeader(tagHeader)));
    if (field !== undefined) response.setHeader(tagHeader, field);
  }
}

function directivesOf(options: CacheControlOptions | undefined): ReadonlyMap<string, WantedDirective> {
  return wantedDirectives(options ?? {}, '@CacheControl');
}

import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { CacheConfigurationError } from '../../core/errors.js';
import { hasOwnPageRule, pageRuleFor } from '../cache-page.decorator.js';
import { type PolicyRule, policyRuleFor, policyRuleOf } from '../decorators/policy-rule.js';
import type { PlatformRequest, RequestView } from '../requests/page-request.js';
import type { PageRule } from './page-rule.js';
import { inputsOf, isPageHandler, type SiteRule } from './site.js';
import type { TagSources } from './tag-sources.js';

/** What is known of the pages of a handler before there is a request. */
export interface PageDecision {
  readonly rule: PageRule;
  /** In lower case. */
  readonly vary: readonly string[];
  readonly cookies: readonly string[];
  readonly tags: TagSources;
  readonly isSite: boolean;
  unless(request: PlatformRequest): boolean;
}

/** All that the decorators and the options of the module say of a handler, brought together. */
export interface Decisions {
  readonly page: PageDecision | undefined;
  /** With what `@CachePage` says of headers and tags in it. */
  readonly policies: PolicyRule;
}

/** @throws {CacheConfigurationError} if decorators of one place contradict each other */
export function decisionsFor(controller: object, handler: object, site: SiteRule | undefined): Decisions {
  assertConsistent(controller, handler);
  const policies = policyRuleFor(controller, handler, hasOwnPageRule(handler));
  if (policies.neverCache) return { page: undefined, policies };
  const rule = pageRuleFor(controller, handler);
  if (rule) return decided(rule, policies, (request) => Boolean(rule.unless?.(request as RequestView)));
  return site && !policies.noSiteCache && isPageHandler(handler)
    ? decidedForSite(controller, handler, site, policies)
    : { page: undefined, policies };
}

function decidedForSite(
  controller: object,
  handler: object,
  site: SiteRule,
  policies: PolicyRule,
): Decisions {
  const { headers, isUnclear } = inputsOf(controller, handler);
  if (isUnclear) return { page: undefined, policies };
  const { cache, keyPrefix, timeout } = site;
  const rule: PageRule = { cache, keyPrefix, timeout, ...(headers.length > 0 && { vary: headers }) };
  return decided(rule, policies, (request) => site.isPersonal(request), true);
}

function decided(
  rule: PageRule,
  policies: PolicyRule,
  unless: (request: PlatformRequest) => boolean,
  isSite = false,
): Decisions {
  const vary = [...(rule.vary ?? []), ...(policies.vary ?? [])];
  const tags = [...(rule.tags ?? []), ...(policies.tags ?? [])];
  const page: PageDecision = {
    rule,
    vary: [...new Set(vary.map((name) => name.toLowerCase()))].toSorted(),
    cookies: (policies.cookies ?? []).toSorted(),
    tags,
    isSite,
    unless,
  };
  const withPage = { ...policies, ...(vary.length > 0 && { vary }), ...(tags.length > 0 && { tags }) };
  return { page, policies: withPage };
}

function assertConsistent(controller: object, handler: object): void {
  for (const place of [controller, handler]) {
    if (hasOwnPageRule(place) && policyRuleOf(place).neverCache)
      throw contradiction(
        controller,
        handler,
        '@CachePage and @NeverCache stand at the same place. Remove one of them.',
      );
  }
  const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
  const isSafe = method === RequestMethod.GET || method === RequestMethod.HEAD;
  if (isSafe && policyRuleOf(handler).invalidates) {
    throw contradiction(
      controller,
      handler,
      '@InvalidateTags is for methods that change something (POST, PUT, PATCH, DELETE); this one reads. ' +
        'Take it away, or name the tags of the page with @CacheTags.',
    );
  }
}

function contradiction(controller: object, handler: object, text: string): CacheConfigurationError {
  const [className, method] = [controller, handler].map((each) => (each as { name?: string }).name);
  return new CacheConfigurationError(`${className}.${method}: ${text}`);
}

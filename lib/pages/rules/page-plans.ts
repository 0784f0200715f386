import {
  REDIRECT_METADATA,
  RENDER_METADATA,
  SSE_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import type { CacheRegistry } from '../../cache/cache-registry.js';
import { DEFAULT_ALIAS } from '../../cache/cache-registry.js';
import { CacheConfigurationError } from '../../core/errors.js';
import type { CacheView } from '../../cache/cache-view.js';
import type { LifetimeMs } from '../../core/timeout.js';
import { queryNormalizer } from '../../http/query-rule.js';
import { Policies } from '../decorators/policies.js';
import { decisionsFor, type PageDecision } from './page-decision.js';
import type { PageEntry } from '../store/page.js';
import { pageCodec } from '../store/page-codec.js';
import type { PlatformRequest } from '../requests/page-request.js';
import type { EarlyChoice } from '../early/early-option.js';
import type { PagePolicy } from '../policies/page-policy.js';
import { RulePolicy } from '../policies/rule-policy.js';
import { StandardsPolicy } from '../policies/standards-policy.js';
import { DEFAULT_BODY_LIMIT, type PageRule } from './page-rule.js';
import { PageStore } from '../store/page-store.js';
import type { PageHeaders } from './pages-options.js';
import type { SiteRule } from './site.js';
import { allTagsFor } from './tag-sources.js';

/** All that is decided once per handler. */
export interface PagePlan {
  /** Names the handler, alike in all processes. */
  readonly route: string;
  readonly store: PageStore;
  /** Which answers are kept, for how long and for whom. */
  readonly policy: PagePolicy;
  readonly bodyLimit: number;
  /** Given if the HTTP server answers with the pages, before anything else has seen a request. */
  readonly early: EarlyRule | undefined;
  /** Class and method, for people. */
  readonly handlerName: string;
  readonly cacheAlias: string;
  /** How long visitors wait for a new page where there is an old one, milliseconds; undefined: to the end. */
  readonly softTimeoutMs: number | undefined;
  /** Request headers, in lower case, that the pages vary on for sure, before any has been computed. */
  readonly vary: readonly string[];
  /** Cookies that are part of the address. */
  readonly cookies: readonly string[];
  /** Whether Nest sends what the handler returns, and does not make something else of it. */
  readonly answersPlainly: boolean;
  /** Whether the pages are cached by `forRoot({ site })` and not by a rule of their own. */
  readonly isSite: boolean;
  /** The tags that are named for a page, beside those of its path; undefined if there cannot be such a page. */
  tagsOf(request: PlatformRequest): readonly string[] | undefined;
  /** Whether a request is none of the cache's business. */
  unless(request: PlatformRequest): boolean;
  /** The URL under which a page is kept: without the parts of the query that the handler does not look at. */
  addressOf(url: string): string;
  /** Whether the client is told in `Cache-Status` what the cache did. */
  tellsStatus(request: PlatformRequest): boolean;
}

export interface EarlyRule extends EarlyChoice {
  /** For how long the application is not asked, milliseconds. */
  readonly recheckMs: number;
}

/** What is done for one handler. */
export interface HandlerPlan {
  /** Absent if its pages are not cached. */
  readonly page?: PagePlan | undefined;
  /** Absent if no decorator asks for more than a page. */
  readonly policies?: Policies | undefined;
}

/** What the plans go by beside the decorators. */
export interface PageSettings {
  readonly headers: PageHeaders;
  readonly site?: SiteRule | undefined;
}

const NOTHING: HandlerPlan = {};
const OTHER_ANSWERS = [RENDER_METADATA, REDIRECT_METADATA, SSE_METADATA];

/** Finds the plan for a handler, worked out at its first request. */
export class PagePlans {
  readonly #plans = new WeakMap<object, Map<object, HandlerPlan>>();
  readonly #stores = new Map<string, PageStore>();
  readonly #caches = new Map<string, CacheView<PageEntry>>();

  constructor(
    private readonly registry: CacheRegistry,
    private readonly settings: PageSettings,
  ) {}

  /** The caches that keep pages, of the handlers planned so far. */
  get caches(): readonly CacheView<PageEntry>[] {
    return [...this.#caches.values()];
  }

  /** Methods that classes inherit have a plan per class. */
  planFor(controller: object, handler: object): HandlerPlan {
    let plans = this.#plans.get(controller);
    if (!plans) this.#plans.set(controller, (plans = new Map<object, HandlerPlan>()));
    let plan = plans.get(handler);
    if (!plan) plans.set(handler, (plan = this.#plan(controller, handler)));
    return plan;
  }

  /** Takes everything with these tags out of the caches that keep pages and out of `default`. Rejects if one did not confirm. */
  async invalidateEverywhere(tags: readonly string[]): Promise<void> {
    await invalidateIn(new Set([...this.caches, this.#cacheOf(DEFAULT_ALIAS)]), tags);
  }

  #plan(controller: object, handler: object): HandlerPlan {
    const decisions = decisionsFor(controller, handler, this.settings.site);
    const policies = new Policies(decisions.policies, this.settings.headers, (tags) =>
      this.invalidateEverywhere(tags),
    );
    const page = decisions.page && this.#pagePlan(controller, handler, decisions.page);
    if (!page && policies.isEmpty) return NOTHING;
    return { page, policies: policies.isEmpty ? undefined : policies };
  }

  #pagePlan(controller: object, handler: object, decision: PageDecision): PagePlan {
    const { cookies, rule, tags, vary } = decision;
    const store = this.#storeFor(rule.cache ?? DEFAULT_ALIAS, rule.keyPrefix ?? '');
    return {
      route: routeOf(controller, handler),
      store,
      policy: policyOf(decision, store.cache.defaultTimeout),
      bodyLimit: rule.bodyLimit ?? DEFAULT_BODY_LIMIT,
      softTimeoutMs: rule.softTimeoutMs,
      early: earlyRuleOf(controller, handler, rule),
      handlerName: nameOf(controller, handler),
      cacheAlias: rule.cache ?? DEFAULT_ALIAS,
      vary,
      cookies,
      answersPlainly: OTHER_ANSWERS.every((key) => !Reflect.hasMetadata(key, handler)),
      isSite: decision.isSite,
      tagsOf: (request) => allTagsFor(tags, request),
      unless: decision.unless,
      addressOf: queryNormalizer(rule.query ?? {}),
      tellsStatus: (request) => this.settings.headers.tellsStatus(request),
    };
  }

  #storeFor(alias: string, keyPrefix: string): PageStore {
    const name = JSON.stringify([alias, keyPrefix]);
    let store = this.#stores.get(name);
    if (!store) {
      const cache = this.#cacheOf(alias);
      this.#caches.set(alias, cache);
      this.#stores.set(name, (store = new PageStore(cache, keyPrefix)));
    }
    return store;
  }

  #cacheOf(alias: string): CacheView<PageEntry> {
    return this.#caches.get(alias) ?? this.registry.get(alias).view(pageCodec);
  }
}

const DEFAULT_EARLY_RECHECK_MS = 1000;

/** @throws {CacheConfigurationError} for what only a request that the platform has seen can tell */
function earlyRuleOf(
  controller: object,
  handler: object,
  { early, earlyRecheckMs = DEFAULT_EARLY_RECHECK_MS, unless }: PageRule,
): EarlyRule | undefined {
  if (!early) return undefined;
  if (!unless) return { ...early, recheckMs: earlyRecheckMs };
  throw new CacheConfigurationError(
    `${nameOf(controller, handler)}: "unless" looks at requests that "early" answers before. Take one of the two away.`,
  );
}

function nameOf(controller: object, handler: object): string {
  return [controller, handler].map((each) => (each as { readonly name?: string }).name).join('.');
}

function policyOf({ cookies, rule }: PageDecision, defaultTimeout: LifetimeMs): PagePolicy {
  if (rule.standards) return new StandardsPolicy(rule.standards);
  const { browserMaxAge, staleIfError = 0, staleWhileRevalidate = 0 } = rule;
  return new RulePolicy({
    lifetime: rule.timeout === undefined ? defaultTimeout : rule.timeout,
    browserMaxAge: browserMaxAge === 'as-kept' ? undefined : browserMaxAge,
    negative: rule.negative ?? new Map<number, LifetimeMs>(),
    staleIfError,
    staleWhileRevalidate,
    watchesCookies: cookies.length === 0 && !rule.ignoreCookies,
  });
}

/** Tries them all, whatever fails. */
export async function invalidateIn(
  caches: Iterable<CacheView<PageEntry>>,
  tags: readonly string[],
): Promise<void> {
  const outcomes = await Promise.allSettled([...caches].map((cache) => cache.invalidateTags(tags)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Handlers of one URL differ in class, method or the version that they stand for. */
function routeOf(controller: object, handler: object): string {
  const version: unknown =
    Reflect.getMetadata(VERSION_METADATA, handler) ?? Reflect.getMetadata(VERSION_METADATA, controller);
  return JSON.stringify([
    (controller as { name?: string }).name,
    (handler as { name?: string }).name,
    version,
  ]);
}

import { fieldText } from '../../http/header-fields.js';
import { refusalToAnswer } from '../../http/storability.js';
import { selectingValues } from '../../http/vary.js';
import { cookieValues } from '../requests/cookie-values.js';
import { ageOf, type Page } from '../store/page.js';
import type { PagePlan } from '../rules/page-plans.js';
import {
  type PageRequest,
  pageRequestOf,
  type PlatformRequest,
  type ServedRequest,
} from '../requests/page-request.js';

/** What a page cache does with a request, and why. */
export interface PageExplanation {
  /** What would happen to the request now: `hit`, `miss`, `bypass` (the cache is not asked), `not-cached` (there is none for it). */
  readonly outcome: 'hit' | 'miss' | 'bypass' | 'not-cached';
  /** The reason, for people. */
  readonly reason: string;
  /** Class and method that answer; undefined if no route leads to one. */
  readonly handler?: string;
  /** Under which key the page lies, before the prefix of the cache. */
  readonly key?: string;
  /** What sets this page apart from others of its URL: request headers, and cookies as `cookie:name`, with what the request has for them; `null`: nothing. */
  readonly variant?: Readonly<Record<string, string | null>>;
  /** The tags by which it can be invalidated. */
  readonly tags?: readonly string[];
  readonly page?: PageFacts;
}

/** What is known of a stored page. Times in seconds. */
export interface PageFacts {
  readonly status: number;
  readonly bytes: number;
  readonly entityTag: string | undefined;
  readonly isPublic: boolean;
  readonly storedAt: Date;
  readonly age: number;
  /** How long it is kept; `null`: for ever. */
  readonly lifetime: number | null;
  /** How long it is still good; `null`: for ever. */
  readonly freshFor: number | null;
}

/** Explains what the cache of a handler does with a request. Nothing is computed, stored or counted. */
export async function explainPage(
  plan: PagePlan,
  platformRequest: PlatformRequest,
  handler: string,
): Promise<PageExplanation> {
  const request = pageRequestOf(platformRequest, plan);
  const refusal = refusalFor(plan, platformRequest, request);
  if (refusal !== undefined) return { outcome: 'bypass', reason: refusal, handler, tags: request.tags };
  const { address, page, refusal: lastRefusal, variesOn } = await plan.store.inspect(request);
  const values = selectingValues(variesOn, request.headers, request.normalizesFields);
  const found = {
    handler,
    key: address,
    variant: {
      ...Object.fromEntries(plan.cookies.map((name) => [`cookie:${name}`, cookieOf(request, name)])),
      ...Object.fromEntries(variesOn.map((name, index) => [name, values[index] ?? null])),
    },
    tags: request.tags,
  };
  if (!page) return { outcome: 'miss', reason: reasonForMiss(plan, lastRefusal), ...found };
  const facts = factsOf(page, plan.store.cache.clock.now());
  if (!plan.policy.mayHave(page, request)) {
    const reason = 'the request shows who asks and the stored page does not say public';
    return { outcome: 'bypass', reason, ...found, page: facts };
  }
  return { ...outcomeOf(plan, page, request), ...found, page: facts };
}

function outcomeOf(
  { policy, store }: PagePlan,
  page: Page,
  request: PageRequest,
): Pick<PageExplanation, 'outcome' | 'reason'> {
  const reuse = policy.reuseOf(page, ageOf(page, store.cache.clock.now()), request);
  if (reuse === 'fresh') return { outcome: 'hit', reason: 'a fresh page is stored' };
  return reuse === 'while-revalidating'
    ? { outcome: 'hit', reason: 'a stale page is stored, which answers while a new one is computed' }
    : { outcome: 'miss', reason: 'the page that is stored is stale' };
}

function cookieOf({ headers }: PageRequest, name: string): string | null {
  const values = cookieValues(fieldText(headers['cookie']), name);
  return values.length === 0 ? null : values.join('; ');
}

function refusalFor(
  plan: PagePlan,
  platformRequest: PlatformRequest,
  request: ServedRequest,
): string | undefined {
  if (plan.unless(platformRequest)) {
    return plan.isSite
      ? 'the request has a user, a credential or a cookie, which the cache of the site leaves alone'
      : 'the option "unless" leaves the request alone';
  }
  return request.isStorable
    ? refusalToAnswer(request)
    : 'a tag of the page would be empty, too long or no text';
}

function reasonForMiss({ policy }: PagePlan, lastRefusal: string | undefined): string {
  if (!policy.keepsPages) return 'its timeout is 0: nothing is stored';
  return lastRefusal === undefined
    ? 'no fresh page is stored'
    : `no fresh page is stored; the last answer in this process was not, since ${lastRefusal}`;
}

function factsOf(page: Page, now: number): PageFacts {
  const age = ageOf(page, now);
  return {
    status: page.status,
    bytes: page.body.length,
    entityTag: page.entityTag,
    isPublic: page.isPublic,
    storedAt: new Date(page.storedAt),
    age,
    lifetime: page.lifetime,
    freshFor: page.lifetime === null ? null : page.lifetime - age,
  };
}

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { EpochMs } from '../../core/clock.js';
import { type CacheEvents, emitSafely } from '../../cache/cache-events.js';
import type { ServedRequest } from '../requests/page-request.js';
import { replayAlone } from '../responses/replay.js';
import type { PagePlan } from '../rules/page-plans.js';
import { ageOf, type Page } from '../store/page.js';
import { Recent } from '../store/recent.js';
import { type EarlyPage, earlyPageOf, isFor } from './early-page.js';

/** How many URLs have early answers; what was learned longest ago makes room. */
const URLS_REMEMBERED = 2000;
/** How many pages of one URL. */
const VARIANTS_REMEMBERED = 8;

/**
 * The pages that the HTTP server answers with before the platform and Nest see a request. Each was an answer of the application a moment ago, at
 * most `earlyRecheckMs`: then the application answers once more, from its store, and what it answers is remembered anew. An invalidation in this
 * process counts at once.
 */
export class EarlyAnswers {
  /** Request fields, in lower case, by which routes of one URL are told apart. */
  alsoVariesOn: readonly string[] = [];
  #pages = new Recent<readonly EarlyPage[]>(URLS_REMEMBERED);

  constructor(private readonly events: CacheEvents) {}

  /**
   * Remembers an answer of the application.
   *
   * @param before the headers that were said before the handler ran, or would have run
   * @param removals of the cache when the page was looked for
   */
  learn(
    plan: PagePlan,
    request: ServedRequest,
    page: Page,
    before: OutgoingHttpHeaders,
    removals: number,
  ): void {
    const raw = (request.source.raw ?? request.source) as unknown as IncomingMessage;
    const lesson = { plan, request, raw, page, before, removals, alsoVariesOn: this.alsoVariesOn };
    const early = earlyPageOf(lesson, plan.store.cache.clock.now());
    if (!early) return;
    const url = request.source.originalUrl;
    const others = (this.#pages.get(url) ?? []).filter((each) => !isFor(each, raw));
    this.#pages.note(url, [early, ...others].slice(0, VARIANTS_REMEMBERED));
  }

  forget(): void {
    this.#pages = new Recent<readonly EarlyPage[]>(URLS_REMEMBERED);
  }

  /** Answers a request if it can. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const pages = this.#pages.get(url!);
    if (pages === undefined) return false;
    for (const early of pages) {
      if (!isFor(early, request)) continue;
      const now = early.cache.clock.now();
      if (!isGood(early, request, now)) return false;
      this.#replay(early, request, response, now);
      return true;
    }
    return false;
  }

  #replay(
    { cache, page, plan, tellsStatus }: EarlyPage,
    request: IncomingMessage,
    response: ServerResponse,
    now: EpochMs,
  ): void {
    cache.count('early');
    const status = replayAlone(page, request, response, { now, tellsStatus });
    if (this.events.listenerCount('early') === 0) return;
    emitSafely(this.events, 'early', {
      alias: plan.cacheAlias,
      handler: plan.handlerName,
      method: request.method!,
      url: request.url!,
      headers: request.headers,
      status,
      bytes: page.body.length,
    });
  }
}

/** Whether the page may be used without asking the application. */
function isGood(
  { cache, learnedAt, page, plan, removals }: EarlyPage,
  request: IncomingMessage,
  now: EpochMs,
): boolean {
  const { early, policy } = plan;
  const passed = now - learnedAt;
  if (cache.removals !== removals || passed < 0 || passed >= early!.recheckMs) return false;
  const { headers } = request;
  const facts = { method: request.method!, headers, hasUser: false };
  if (headers['range'] !== undefined || policy.reasonToBypass(facts) !== undefined) return false;
  return policy.mayHave(page, facts) && policy.reuseOf(page, ageOf(page, now), facts) === 'fresh';
}

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
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
      if (!isGood(early, request)) return false;
      this.#replay(early, request, response);
      return true;
    }
    return false;
  }

  #replay({ page, plan }: EarlyPage, request: IncomingMessage, response: ServerResponse): void {
    const { clock } = plan.store.cache;
    plan.store.cache.count('hit');
    const tellsStatus = plan.tellsStatus(request as unknown as ServedRequest['source']);
    const status = replayAlone(page, request, response, { clock, tellsStatus });
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
function isGood({ learnedAt, page, plan, removals }: EarlyPage, request: IncomingMessage): boolean {
  const { early, policy, store } = plan;
  const { clock } = store.cache;
  const passed = clock.now() - learnedAt;
  if (store.cache.removals !== removals || passed < 0 || passed >= early!.recheckMs) return false;
  const facts = { method: request.method!, headers: request.headers, hasUser: false };
  if (policy.reasonToBypass(facts) !== undefined || request.headers['range'] !== undefined) return false;
  return policy.mayHave(page, facts) && policy.reuseOf(page, ageOf(page, clock.now()), facts) === 'fresh';
}

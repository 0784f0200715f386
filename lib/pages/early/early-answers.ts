import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CacheEvents, emitSafely } from '../../cache/cache-events.js';
import type { EpochMs } from '../../core/clock.js';
import type { ServedRequest } from '../requests/page-request.js';
import { replayAlone } from '../responses/replay.js';
import type { PagePlan } from '../rules/page-plans.js';
import { ageOf, type Page } from '../store/page.js';
import { Recent } from '../store/recent.js';
import { type EarlyPage, earlyPageOf, isFor, type Lesson } from './early-page.js';

/** How many URLs have early answers; what was learned longest ago makes room. */
const URLS_REMEMBERED = 2000;
/** How many pages of one URL. */
const VARIANTS_REMEMBERED = 8;
/** How many bytes of pages are held; beyond that all are forgotten, and learned anew within a moment. */
const BYTES_REMEMBERED = 32 * 1024 ** 2;

/**
 * The pages that the HTTP server answers with before the platform and Nest see a request. Each was an answer of the application a moment ago, at
 * most `earlyRecheckMs`: then the application answers once more, from its store, and what it answers is remembered anew. An invalidation in this
 * process counts at once.
 */
export class EarlyAnswers {
  /** Request fields, in lower case, by which routes of one URL are told apart. */
  alsoVariesOn: readonly string[] = [];
  /** Whether HEAD has no routes of its own. */
  answersHead = true;
  #pages = new Recent<readonly EarlyPage[]>(URLS_REMEMBERED);
  /** URLs of which middleware makes others. */
  readonly #rewritten = new Recent<true>(URLS_REMEMBERED);
  #bytes = 0;

  constructor(private readonly events: CacheEvents) {}

  /** Begins to look at the answer to a request. Before anything is looked for: what is removed meanwhile is not to be remembered. */
  begin(plan: PagePlan, request: ServedRequest): Lesson {
    const { clock, removals } = plan.store.cache;
    const raw = (request.source.raw ?? request.source) as unknown as IncomingMessage;
    return { plan, request, raw, headers: { ...raw.headers }, beganAt: clock.now(), removals };
  }

  /** Remembers an answer of the application that has been sent. */
  learn(lesson: Lesson, page: Page, response: ServerResponse): void {
    const { originalUrl, url } = lesson.request.source;
    if (url !== originalUrl) this.#rewritten.note(originalUrl, true);
    if (this.#rewritten.get(originalUrl)) return this.#pages.forget(originalUrl);
    const early = earlyPageOf(lesson, page, response, this.alsoVariesOn);
    if (!early) return;
    this.#bytes += page.body.length;
    if (this.#bytes > BYTES_REMEMBERED) this.forget();
    const others = (this.#pages.get(originalUrl) ?? []).filter((each) => !isFor(each, lesson.raw));
    this.#pages.note(originalUrl, [early, ...others].slice(0, VARIANTS_REMEMBERED));
  }

  forget(): void {
    this.#pages = new Recent<readonly EarlyPage[]>(URLS_REMEMBERED);
    this.#bytes = 0;
  }

  /** Answers a request if it can. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url } = request;
    if (method !== 'GET' && !(method === 'HEAD' && this.answersHead)) return false;
    const pages = this.#pages.get(url!);
    // Somebody who listens, too, may have answered.
    if (pages === undefined || response.headersSent || response.writableEnded) return false;
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
    { cache, page, plan }: EarlyPage,
    request: IncomingMessage,
    response: ServerResponse,
    now: EpochMs,
  ): void {
    cache.count('early');
    const tellsStatus = plan.tellsStatus(request as unknown as ServedRequest['source']);
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
  const { headers, method } = request;
  if (headers.authorization !== undefined || headers.range !== undefined) return false;
  const facts = { method: method!, headers, hasUser: false, hasBody: hasBodyOverHttp2(request) };
  if (policy.reasonToBypass(facts) !== undefined) return false;
  return policy.reuseOf(page, ageOf(page, now), facts) === 'fresh';
}

/** Over HTTP/2 a body needs no header that announces it. */
function hasBodyOverHttp2(request: IncomingMessage): boolean {
  const { stream } = request as { readonly stream?: { readonly endAfterHeaders?: boolean } };
  return stream?.endAfterHeaders === false;
}

import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  GatewayTimeoutException,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { of, type Observable } from 'rxjs';
import { type Answer, isPending } from '../core/answer.js';
import { withCacheStatus } from '../http/cache-status.js';
import { fieldText } from '../http/header-fields.js';
import { isUnsafe } from '../http/unsafe-methods.js';
import type { PageRefresher, RefreshTask } from './detached/page-refresher.js';
import { PageTurn, type ReplayTurn, stampsFor, type Turn } from './flights/page-turn.js';
import type { EarlyAnswers } from './early/early-answers.js';
import type { FirstAnswer, SelectiveInterceptor } from './interceptor-place.js';
import { type Recordable, record } from './recorded-run.js';
import { factsOf, pageRequestOf, type PlatformRequest, type ServedRequest } from './requests/page-request.js';
import { type PlatformReply, rawResponseOf, takeOver } from './responses/platform-reply.js';
import { servedPage } from './responses/page-part.js';
import { replay } from './responses/replay.js';
import { invalidateAfter } from './unsafe-request.js';
import { handlersOf } from './rules/handlers.js';
import { type PagePlan, PagePlans } from './rules/page-plans.js';

/** Nothing: the cache has answered with a page, or nobody waits for an answer any more. */
const NOTHING_LEFT = Symbol('nothing left');

/** What is left to do about a request: nothing, or to run the handler, perhaps with its answer recorded, or heeded since it may tell of a change. */
type Remainder = typeof NOTHING_LEFT | 'untouched' | 'unsafe' | Recordable;

/**
 * Answers requests for handlers with `@CachePage` from the cache, and records what the handlers answer. The rules are in `http/`, the
 * addresses in PageStore; this class only connects them to Nest.
 */
@Injectable()
export class CachePageInterceptor implements SelectiveInterceptor, OnModuleInit {
  /** What was found out about requests before Nest built their chains. */
  readonly #remainders = new WeakMap<object, Remainder>();

  constructor(
    private readonly plans: PagePlans,
    private readonly modules: ModulesContainer,
    private readonly refresher: PageRefresher,
    private readonly early: EarlyAnswers,
    private readonly isReady: () => void = () => {},
  ) {}

  /** Plans every handler once, so that a decorator that names an unknown cache ends the start and not a request. */
  onModuleInit(): void {
    for (const { controller, handler } of handlersOf(this.modules)) this.plans.planFor(controller, handler);
    this.isReady();
  }

  isFor(controller: object, handler: object): boolean {
    const { page, policies } = this.plans.planFor(controller, handler);
    return page !== undefined || policies !== undefined;
  }

  /** Not async: a hit in memory passes here. */
  answerFirst(request: object, reply: object, controller: object, handler: object): Answer<FirstAnswer> {
    const { page, policies } = this.plans.planFor(controller, handler);
    if (!page?.answersPlainly) return 'intercept';
    const conclude = (remainder: Remainder): FirstAnswer => {
      if (remainder === NOTHING_LEFT) return 'answered';
      if (remainder === 'untouched' && !policies) return 'passed';
      this.#remainders.set(request, remainder);
      return 'intercept';
    };
    const remainder = this.#answer(page, request as PlatformRequest, reply as PlatformReply, true);
    return isPending(remainder) ? remainder.then(conclude) : conclude(remainder);
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const { page, policies } = this.plans.planFor(context.getClass(), context.getHandler());
    const handler = policies ? policies.around(context, next) : next;
    return page ? this.#intercept(page, context, handler) : handler.handle();
  }

  async #intercept(
    plan: PagePlan,
    context: ExecutionContext,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const reply = http.getResponse<PlatformReply>();
    const remainder = this.#takeRemainder(request) ?? (await this.#answer(plan, request, reply, false));
    // Interceptors around this one complete; the handler does not run.
    if (remainder === NOTHING_LEFT) return of(undefined);
    if (remainder === 'untouched') return next.handle();
    if (remainder === 'unsafe') return invalidateAfter(plan.store.cache, request, reply, next);
    return record(plan, remainder, reply, next);
  }

  /** Once: the handler may pass the request on to another, whose pages are others. */
  #takeRemainder(request: object): Remainder | undefined {
    const remainder = this.#remainders.get(request);
    this.#remainders.delete(request);
    return remainder;
  }

  /** Answers from the cache if it may and can. */
  #answer(
    plan: PagePlan,
    platformRequest: PlatformRequest,
    reply: PlatformReply,
    isOutermost: boolean,
  ): Answer<Remainder> {
    const response = rawResponseOf(reply);
    // A guard or middleware answers; it is too late for a page and for headers.
    if (response.headersSent) return 'untouched';
    const bypass = bypassOf(plan, platformRequest);
    if (bypass === 'method' && plan.policy.heedsChanges && isUnsafe(platformRequest.method)) return 'unsafe';
    const request = bypass ? undefined : pageRequestOf(platformRequest, plan);
    if (!request?.isStorable) {
      if (plan.tellsStatus(platformRequest)) announce(response, bypass ?? 'bypass');
      return 'untouched';
    }
    const learn = this.#lessonOn(plan, request);
    const task = this.refresher.taskOf(platformRequest);
    if (task) return refreshing(plan, request, task, learn);
    const way: Way = { plan, request, reply, learn, isOutermost };
    const turn = new PageTurn(plan, request, response, this.refresher).take();
    if (!isPending(turn)) return conclude(way, turn);
    request.keepHeaders();
    return turn.then((later) => conclude(way, later));
  }

  #lessonOn(plan: PagePlan, request: ServedRequest): Recordable['learn'] {
    if (!plan.early) return undefined;
    const lesson = this.early.begin(plan, request);
    return (page, response) => this.early.learn(lesson, page, response);
  }
}

/** A request on its way to a page. */
interface Way {
  readonly plan: PagePlan;
  readonly request: ServedRequest;
  readonly reply: PlatformReply;
  readonly learn: Recordable['learn'];
  readonly isOutermost: boolean;
}

function conclude({ isOutermost, learn, plan, reply, request }: Way, turn: Turn): Remainder {
  if (turn === 'unavailable') throw unavailable();
  if (turn === 'gone') takeOver(reply);
  else if ('miss' in turn) return { request, turn, learn };
  // While the cache was asked, a time limit may have answered.
  else if (!rawResponseOf(reply).headersSent) {
    const stage = { clock: plan.store.cache.clock, isOutermost, isWatched: learn !== undefined };
    replay(served(plan, turn, request), request, reply, stage);
    // One that another request has just computed is perhaps not stored.
    if (!turn.standsIn && turn.collapsed === undefined) learn?.(turn.page, rawResponseOf(reply));
  }
  return NOTHING_LEFT;
}

/** Why the cache has nothing to do with a request; undefined if it has. */
function bypassOf(plan: PagePlan, request: PlatformRequest): 'bypass' | 'method' | 'request' | undefined {
  return plan.unless(request) ? 'bypass' : plan.policy.reasonToBypass(factsOf(request));
}

/** @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1.7 */
function unavailable(): GatewayTimeoutException {
  return new GatewayTimeoutException('Nothing is stored that may be used, and nothing else is wanted.');
}

/** The page, or the parts of it that are asked for. */
function served({ policy }: PagePlan, turn: ReplayTurn, request: ServedRequest): ReplayTurn {
  const page = policy.servesParts ? servedPage(turn.page, request) : undefined;
  return page === undefined || page === turn.page ? turn : { ...turn, page };
}

/** The request is of the cache's own: whatever is stored, the handler runs. */
async function refreshing(
  plan: PagePlan,
  request: ServedRequest,
  task: RefreshTask,
  learn: Recordable['learn'],
): Promise<Remainder> {
  const { lead, part, stale, target } = task;
  // Middleware made something else of it than of the visitor's.
  if (JSON.stringify(request.target) !== JSON.stringify(target)) return 'untouched';
  request.keepHeaders();
  const miss = part ? 'partial' : 'stale';
  return { request, turn: { miss, stamps: await stampsFor(plan, request), lead, stale, part }, learn };
}

function announce(response: ServerResponse, fwd: 'bypass' | 'method' | 'request'): void {
  response.setHeader('Cache-Status', withCacheStatus(fieldText(response.getHeader('Cache-Status')), { fwd }));
}

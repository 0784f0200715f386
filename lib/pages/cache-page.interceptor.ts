import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { defer, of, type Observable, tap } from 'rxjs';
import { type Answer, isPending } from '../core/answer.js';
import { withCacheStatus } from '../http/cache-status.js';
import { fieldText } from '../http/header-fields.js';
import { reasonToBypass } from '../http/storability.js';
import { watchCookies } from './requests/cookie-watch.js';
import { handlersOf } from './rules/handlers.js';
import { hideConditions } from './requests/hidden-conditions.js';
import type { FirstAnswer, SelectiveInterceptor } from './interceptor-place.js';
import { type PagePlan, PagePlans } from './rules/page-plans.js';
import { PageRecording } from './page-recording.js';
import { factsOf, pageRequestOf, type PlatformRequest, type ServedRequest } from './requests/page-request.js';
import { type ComputeTurn, keepsPages, PageTurn, type Turn } from './flights/page-turn.js';
import {
  headersOf,
  type PlatformReply,
  rawResponseOf,
  takeOver,
  whenSaid,
} from './responses/platform-reply.js';
import { replay } from './responses/replay.js';
import { ResponseCapture } from './responses/response-capture.js';

/** Nothing: the cache has answered with a page, or nobody waits for an answer any more. */
const NOTHING_LEFT = Symbol('nothing left');

/** What is left to do about a request: nothing, or to run the handler, perhaps with its answer recorded. */
type Remainder = typeof NOTHING_LEFT | 'untouched' | Recordable;

interface Recordable {
  readonly request: ServedRequest;
  readonly turn: ComputeTurn;
}

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
    const remainder = answer(page, request as PlatformRequest, reply as PlatformReply, true);
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
    const remainder = this.#takeRemainder(request) ?? (await answer(plan, request, reply, false));
    // Interceptors around this one complete; the handler does not run.
    if (remainder === NOTHING_LEFT) return of(undefined);
    return remainder === 'untouched' ? next.handle() : record(plan, remainder, request, reply, next);
  }

  /** Once: the handler may pass the request on to another, whose pages are others. */
  #takeRemainder(request: object): Remainder | undefined {
    const remainder = this.#remainders.get(request);
    this.#remainders.delete(request);
    return remainder;
  }
}

/** Answers from the cache if it may and can. */
function answer(
  plan: PagePlan,
  platformRequest: PlatformRequest,
  reply: PlatformReply,
  isOutermost: boolean,
): Answer<Remainder> {
  const response = rawResponseOf(reply);
  // A guard or middleware answers; it is too late for a page and for headers.
  if (response.headersSent) return 'untouched';
  const bypass = plan.unless(platformRequest) ? 'bypass' : reasonToBypass(factsOf(platformRequest));
  const request = bypass ? undefined : pageRequestOf(platformRequest, plan);
  if (!request?.isStorable) {
    if (plan.tellsStatus(platformRequest)) announce(response, bypass ?? 'bypass');
    return 'untouched';
  }
  const conclude = (turn: Turn): Remainder => {
    if (turn === 'gone') takeOver(reply);
    else if ('miss' in turn) return { request, turn };
    // While the cache was asked, a time limit may have answered.
    else if (!response.headersSent)
      replay(turn, request, reply, { clock: plan.store.cache.clock, isOutermost });
    return NOTHING_LEFT;
  };
  const turn = new PageTurn(plan, request, response).take();
  if (!isPending(turn)) return conclude(turn);
  request.keepHeaders();
  return turn.then(conclude);
}

function record(
  plan: PagePlan,
  { request, turn }: Recordable,
  platformRequest: PlatformRequest,
  reply: PlatformReply,
  next: CallHandler,
): Observable<unknown> {
  const response = rawResponseOf(reply);
  request.keepHeaders();
  const isKept = request.method === 'GET' && keepsPages(plan);
  const conditions = isKept ? hideConditions(platformRequest, response) : {};
  const cookies = isKept && plan.watchesCookies ? watchCookies(platformRequest, response) : undefined;
  const before = headersOf(reply);
  const recording = new PageRecording({ plan, request, before, conditions, cookies, ...turn });
  const capture = new ResponseCapture(response, plan.bodyLimit, recording);
  const abandon = (): void => capture.abandon();
  const error = (failure: unknown): void => {
    const status = statusOf(failure);
    if (!plan.negative.has(status) || response.headersSent) return capture.abandon();
    recording.failedWith(status);
    capture.settle();
  };
  const complete = (): void => capture.settle();
  if (cookies && 'hijack' in reply) whenSaid(reply, () => cookies.end());
  // After an error here, or in an interceptor around this one, which then stops listening, an exception filter answers,
  // possibly by ending a response that is half written.
  return defer(() => next.handle()).pipe(tap({ complete, error, unsubscribe: abandon }));
}

function statusOf(failure: unknown): number {
  return failure instanceof HttpException ? failure.getStatus() : 0;
}

function announce(response: ServerResponse, fwd: 'bypass' | 'method' | 'request'): void {
  response.setHeader('Cache-Status', withCacheStatus(fieldText(response.getHeader('Cache-Status')), { fwd }));
}

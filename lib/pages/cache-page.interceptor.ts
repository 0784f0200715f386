import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  type NestInterceptor,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { defer, of, type Observable, tap } from 'rxjs';
import { withCacheStatus } from '../http/cache-status.js';
import { fieldText } from '../http/header-fields.js';
import { reasonToBypass } from '../http/storability.js';
import { watchCookies } from './cookie-watch.js';
import { handlersOf } from './handlers.js';
import { hideConditions } from './hidden-conditions.js';
import { type PagePlan, PagePlans } from './page-plans.js';
import { PageRecording } from './page-recording.js';
import { type PageRequest, pageRequestOf, type PlatformRequest } from './page-request.js';
import { type ComputeTurn, keepsPages, PageTurn } from './page-turn.js';
import { headersOf, type PlatformReply, rawResponseOf, takeOver } from './platform-reply.js';
import { replay } from './replay.js';
import { ResponseCapture } from './response-capture.js';

/**
 * Answers requests for handlers with `@CachePage` from the cache, and records what the handlers answer. The rules are in `http/`, the
 * addresses in PageStore; this class only connects them to Nest.
 */
@Injectable()
export class CachePageInterceptor implements NestInterceptor, OnModuleInit {
  constructor(
    private readonly plans: PagePlans,
    private readonly modules: ModulesContainer,
  ) {}

  /** Plans every handler once, so that a decorator that names an unknown cache ends the start and not a request. */
  onModuleInit(): void {
    for (const { controller, handler } of handlersOf(this.modules)) this.plans.planFor(controller, handler);
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const { page, policies } = this.plans.planFor(context.getClass(), context.getHandler());
    const handler = policies ? policies.around(context, next) : next;
    return page ? this.#answer(page, context, handler) : handler.handle();
  }

  async #answer(plan: PagePlan, context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const platformRequest = http.getRequest<PlatformRequest>();
    const request = pageRequestOf(platformRequest, plan);
    const reply = http.getResponse<PlatformReply>();
    // A guard or middleware answers; it is too late for a page and for headers.
    if (rawResponseOf(reply).headersSent) return next.handle();
    const bypass = plan.unless(platformRequest) ? 'bypass' : reasonToBypass(request);
    if (bypass) {
      if (request.tellsStatus) announce(rawResponseOf(reply), bypass);
      return next.handle();
    }
    const turn = await new PageTurn(plan, request, rawResponseOf(reply)).take();
    if (turn === 'gone') takeOver(reply);
    else if ('miss' in turn) return record(plan, request, platformRequest, reply, turn, next);
    // While the cache was asked, a time limit may have answered.
    else if (!rawResponseOf(reply).headersSent)
      replay(turn.page, request, reply, plan.store.cache.clock, turn.collapsed);
    // Interceptors around this one complete; the handler does not run.
    return of(undefined);
  }
}

function record(
  plan: PagePlan,
  request: PageRequest,
  platformRequest: PlatformRequest,
  reply: PlatformReply,
  turn: ComputeTurn,
  next: CallHandler,
): Observable<unknown> {
  const response = rawResponseOf(reply);
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
  // After an error here, or in an interceptor around this one, which then stops listening, an exception filter answers,
  // possibly by ending a response that is half written.
  return defer(() => next.handle()).pipe(
    tap({
      complete: () => {
        // The hooks that Fastify runs before it sends look at sessions whatever the handler did.
        if ('hijack' in reply) cookies?.end();
        capture.settle();
      },
      error,
      unsubscribe: abandon,
    }),
  );
}

function statusOf(failure: unknown): number {
  return failure instanceof HttpException ? failure.getStatus() : 0;
}

function announce(response: ServerResponse, fwd: 'bypass' | 'method' | 'request'): void {
  response.setHeader('Cache-Status', withCacheStatus(fieldText(response.getHeader('Cache-Status')), { fwd }));
}

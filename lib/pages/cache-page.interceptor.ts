import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { of, type Observable, tap } from 'rxjs';
import { CacheRegistry } from '../cache/cache-registry.js';
import { withCacheStatus } from '../http/cache-status.js';
import { fieldText } from '../http/header-fields.js';
import { isPersonal, reasonToBypass } from '../http/storability.js';
import { handlersOf } from './handlers.js';
import type { Page } from './page.js';
import { type PagePlan, PagePlans } from './page-plans.js';
import { PageRecording } from './page-recording.js';
import { type PageRequest, pageRequestOf, type PlatformRequest } from './page-request.js';
import type { Miss } from './page-store.js';
import { headersOf, type PlatformReply, rawResponseOf } from './platform-reply.js';
import { replay } from './replay.js';
import { ResponseCapture } from './response-capture.js';

/**
 * Answers requests for handlers with `@CachePage` from the cache, and records what the handlers answer. The rules are in `http/`, the
 * addresses in PageStore; this class only connects them to Nest.
 */
@Injectable()
export class CachePageInterceptor implements NestInterceptor, OnModuleInit {
  readonly #plans: PagePlans;

  constructor(
    registry: CacheRegistry,
    private readonly modules: ModulesContainer,
  ) {
    this.#plans = new PagePlans(registry);
  }

  /** Plans every handler once, so that a decorator that names an unknown cache ends the start and not a request. */
  onModuleInit(): void {
    for (const { controller, handler } of handlersOf(this.modules)) this.#plans.planFor(controller, handler);
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const plan = this.#plans.planFor(context.getClass(), context.getHandler());
    return plan ? this.#answer(plan, context, next) : next.handle();
  }

  async #answer(plan: PagePlan, context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = pageRequestOf(http.getRequest<PlatformRequest>(), plan.route);
    const reply = http.getResponse<PlatformReply>();
    // A guard or middleware answers; it is too late for a page and for headers.
    if (rawResponseOf(reply).headersSent) return next.handle();
    const bypass = reasonToBypass(request);
    if (bypass) {
      announce(rawResponseOf(reply), bypass);
      return next.handle();
    }
    const found = await plan.store.find(request);
    if (typeof found === 'string') return record(plan, request, reply, found, next);
    if (!mayAnswer(found, request)) return record(plan, request, reply, 'bypass', next);
    // While the cache was asked, a time limit may have answered, or the client gone.
    if (!rawResponseOf(reply).headersSent) replay(found, request, reply, plan.store.cache.clock);
    // Interceptors around this one complete; the handler does not run.
    return of(undefined);
  }
}

function record(
  plan: PagePlan,
  request: PageRequest,
  reply: PlatformReply,
  miss: Miss | 'bypass',
  next: CallHandler,
): Observable<unknown> {
  const recording = new PageRecording(plan, request, miss, headersOf(reply));
  const capture = new ResponseCapture(rawResponseOf(reply), plan.bodyLimit, recording);
  const abandon = (): void => capture.abandon();
  // After an error here, or in an interceptor around this one, which then stops listening, an exception filter answers,
  // possibly by ending a response that is half written.
  return next.handle().pipe(tap({ complete: () => capture.settle(), error: abandon, unsubscribe: abandon }));
}

/** A page that a stranger caused to be stored is for those who show a credential only if it says that it is for everybody. */
function mayAnswer(page: Page, request: PageRequest): boolean {
  return page.isPublic || !isPersonal(request);
}

function announce(response: ServerResponse, fwd: 'method' | 'request'): void {
  response.setHeader('Cache-Status', withCacheStatus(fieldText(response.getHeader('Cache-Status')), { fwd }));
}

import type { ServerResponse } from 'node:http';
import { type CallHandler, HttpException } from '@nestjs/common';
import { catchError, defer, type Observable, of, tap, throwError } from 'rxjs';
import { validatingFields } from '../http/revalidation.js';
import type { ComputeTurn } from './flights/page-turn.js';
import { type InsteadTurn, replayInstead } from './responses/replay.js';
import { PageRecording } from './page-recording.js';
import { watchCookies } from './requests/cookie-watch.js';
import { exchangeConditions } from './requests/hidden-conditions.js';
import type { ServedRequest } from './requests/page-request.js';
import {
  headersOf,
  type PlatformReply,
  rawResponseOf,
  takeOver,
  whenSaid,
} from './responses/platform-reply.js';
import { servedPage } from './responses/page-part.js';
import { ResponseCapture } from './responses/response-capture.js';
import type { PagePlan } from './rules/page-plans.js';
import type { Page } from './store/page.js';

/** A request whose handler is to run, perhaps for others as well. */
export interface Recordable {
  readonly request: ServedRequest;
  readonly turn: ComputeTurn;
  /** Remembers the page for early answers, if there are such. */
  readonly learn: ((page: Page, response: ServerResponse) => void) | undefined;
}

/** Runs a handler and records what it answers. */
export function record(
  plan: PagePlan,
  { learn, request, turn }: Recordable,
  reply: PlatformReply,
  next: CallHandler,
): Observable<unknown> {
  const { policy, store } = plan;
  const { source } = request;
  const { stale } = turn;
  const response = rawResponseOf(reply);
  request.keepHeaders();
  const isKept = request.method === 'GET' && policy.keepsPages;
  const questions = isKept && stale && policy.validates ? validatingFields(stale) : {};
  const conditions = isKept ? exchangeConditions(source, response, questions) : {};
  const cookies = isKept && policy.watchesCookies ? watchCookies(source, response) : undefined;
  const before = headersOf(reply);
  const served = (instead: InsteadTurn): InsteadTurn => {
    const page = policy.servesParts ? servedPage(instead.page, request) : undefined;
    return page ? { ...instead, page } : instead;
  };
  const recording = new PageRecording({
    plan,
    request,
    before,
    conditions,
    cookies,
    onStored: learn && ((page: Page) => learn(page, response)),
    isAsked: Object.keys(questions).length > 0,
    sendInstead: (instead) => replayInstead(served(instead), request, response, before, store.cache.clock),
    ...turn,
  });
  const capture = new ResponseCapture(response, plan.bodyLimit, recording);
  const abandon = (): void => capture.abandon();
  const error = (failure: unknown): void => {
    const status = statusOf(failure);
    if (isFailure(status)) return capture.abandon('error');
    if (!policy.keepsFailure(status) || response.headersSent) return capture.abandon();
    recording.failedWith(status);
    capture.settle();
  };
  const complete = (): void => capture.settle();
  if (cookies && 'hijack' in reply) whenSaid(reply, () => cookies.end());
  // After an error here, or in an interceptor around this one, which then stops listening, an exception filter answers,
  // possibly by ending a response that is half written.
  const run = defer(() => next.handle()).pipe(tap({ complete, error, unsubscribe: abandon }));
  if (!stale) return run;
  const standIn = (failure: unknown): Observable<unknown> => {
    const status = statusOf(failure);
    if (!isFailure(status) || response.headersSent || !recording.mayStandIn(stale))
      return throwError(() => failure);
    const instead: InsteadTurn = { page: stale, fwd: 'stale', ...(status > 0 && { fwdStatus: status }) };
    replayInstead(served(instead), request, takeOver(reply), before, store.cache.clock);
    return of(undefined);
  };
  return run.pipe(catchError(standIn));
}

/** Whether an error says that the handler has failed: all but answers such as 404, and 408, with which time limits speak. */
function isFailure(status: number): boolean {
  return status === 0 || status === 408 || status >= 500;
}

/** The status of an error that is an answer; 0 for any other. */
function statusOf(failure: unknown): number {
  return failure instanceof HttpException ? failure.getStatus() : 0;
}

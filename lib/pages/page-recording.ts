import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { UNKEPT } from '../cache/tags.js';
import type { TagStamps } from '../codec/frame.js';
import type { EpochMs } from '../core/clock.js';
import type { LifetimeMs } from '../core/timeout.js';
import { deltaSeconds, MAX_DELTA_SECONDS, parseCacheControl, withMaxAge } from '../http/cache-control.js';
import { withCacheStatus } from '../http/cache-status.js';
import { evaluateConditions } from '../http/conditions.js';
import { strongEntityTag } from '../http/entity-tag.js';
import { fieldText, type HeaderFields } from '../http/header-fields.js';
import { isPersonal, refusalToShare, refusalToStore, type ResponseFacts } from '../http/storability.js';
import { patchVary } from '../http/patch-vary.js';
import { parseVary } from '../http/vary.js';
import { pageOf } from './responses/captured-page.js';
import type { CookieWatch } from './requests/cookie-watch.js';
import { variesOnNamedCookiesAlone } from './decorators/head-policies.js';
import type { Lead } from './flights/page-flights.js';
import type { PagePlan } from './rules/page-plans.js';
import type { PageRequest } from './requests/page-request.js';
import { FOR_EVER_MS } from './rules/page-rule.js';
import type { Miss } from './store/page-store.js';
import type { CapturedResponse, CaptureListener, HeadDecision } from './responses/response-capture.js';

/** Why an answer is not stored whose head says nothing against it. */
const NOT_WHOLE = 'it was cut short or too long, or the store was away';

const LATE_LOOK = 'the cookies were looked at after the head was sent without Vary: Cookie';

/** One computation of a page. */
export interface Computation {
  readonly plan: PagePlan;
  readonly request: PageRequest;
  /** Why the cache did not answer. */
  readonly miss: Miss | 'bypass';
  /** The headers that were there before the handler ran. */
  readonly before: OutgoingHttpHeaders;
  /** The conditions of the request, of which the handler knows nothing. */
  readonly conditions: HeaderFields;
  /** Absent where they are of no account. */
  readonly cookies: CookieWatch | undefined;
  /** Taken before the handler ran. */
  readonly stamps: TagStamps;
  /** Told what comes of it, if others wait. */
  readonly lead: Lead | undefined;
}

/** Decides on one response whether it becomes a page, says so in its headers, and stores it. */
export class PageRecording implements CaptureListener {
  readonly #of: Computation;
  #statuses: ReadonlySet<number>;
  #beganAt: EpochMs = 0;
  #namesCookies = false;
  /** What was said of `Cache-Control` before browsers were told not to keep the page, and after. */
  #unkept: { readonly said: string | undefined; readonly told: string | undefined } | undefined;

  /** Why the answer is not stored, as far as its head tells. */
  #refusal: string | undefined;

  constructor(computation: Computation) {
    this.#of = computation;
    this.#statuses = new Set([200, ...computation.plan.negative.keys()]);
  }

  /** The handler failed with a status that is kept; whatever else an exception filter makes of it is not. */
  failedWith(status: number): void {
    this.#statuses = new Set([status]);
  }

  headersReady(response: ServerResponse, whole: Buffer | undefined): HeadDecision {
    const { cookies, lead, plan, request, stamps } = this.#of;
    const { statusCode } = response;
    if (cookies?.isRead) patchVary(response, 'Cookie');
    // Middleware that sets the cookie of a session now looks whether there is one.
    cookies?.aside(true);
    this.#beganAt = plan.store.cache.clock.now();
    this.#namesCookies = variesOnNamedCookiesAlone(response);
    const isForOthers = this.#isForOthers(response, whole);
    const isStored = isForOthers && stamps !== UNKEPT;
    if (isForOthers && whole && !response.hasHeader('ETag'))
      response.setHeader('ETag', strongEntityTag(whole));
    // Also where it is not stored here: HEAD has the headers of GET, and a page that is too long is as fresh as any.
    if (refusalToShare(request, responseFactsOf(response, this.#beganAt), this.#statuses) === undefined)
      this.#advertise(response, this.#toldLifetime(statusCode));
    const isKnown = this.#isKnown(response);
    if (request.tellsStatus) this.#tellStatus(response, isStored, isKnown);
    // A page that the store does not take is still there for those who wait for it.
    return { isKept: isStored || (isForOthers && lead !== undefined), isKnown };
  }

  headersSent(status: number, headers: OutgoingHttpHeaders): boolean {
    this.#of.cookies?.aside(false);
    // That browsers are not to keep the page does not say so of the server.
    const { said, told } = this.#unkept ?? {};
    const isOwnWord = told !== undefined && fieldText(headers['cache-control']) === told;
    const judged = isOwnWord ? { ...headers, 'cache-control': said } : headers;
    this.#refusal = refusalToStore(this.#of.request, { status, headers: judged }, this.#statuses);
    return this.#refusal === undefined;
  }

  #advertise(response: ServerResponse, lifetime: LifetimeMs | undefined): void {
    const said = fieldText(response.getHeader('Cache-Control'));
    advertise(response, lifetime, this.#beganAt);
    if (typeof lifetime === 'number' && lifetime < 1000)
      this.#unkept = { said, told: fieldText(response.getHeader('Cache-Control')) };
  }

  ending(): void {
    this.#of.cookies?.end();
  }

  began(): void {
    this.#of.lead?.begin();
  }

  stalled(): void {
    this.#of.lead?.stall();
  }

  isOverdue(): void {
    this.#of.lead?.release();
  }

  complete(captured: CapturedResponse): void {
    const { before, lead, plan, request, stamps } = this.#of;
    const variesOn = this.#variesOn(captured.headers);
    const lifetime = this.#lifetimeOf(captured.status);
    const expiresAt = lifetime === null ? null : Math.ceil(this.#beganAt + lifetime);
    const isOver = expiresAt !== null && expiresAt <= plan.store.cache.clock.now();
    if (variesOn === '*' || isOver) return lead?.release();
    if (this.#looksAtCookiesTooLate(captured.headers)) {
      plan.store.noteRefusal(request, LATE_LOOK);
      return lead?.refuse();
    }
    const page = pageOf(captured, before, this.#beganAt, lifetime);
    const union = plan.store.put(request, page, { variesOn, expiresAt, stamps });
    lead?.arrive({
      page,
      request,
      variesOn: union,
      isCurrent: () => plan.store.cache.areCurrent(stamps),
    });
  }

  /** Whether something looked at the cookies for the body when the head, which does not say so, was under way. */
  #looksAtCookiesTooLate(headers: OutgoingHttpHeaders): boolean {
    const names = parseVary(fieldText(headers['vary']));
    return this.#of.cookies?.isRead === true && names !== '*' && !names.includes('cookie');
  }

  #variesOn(headers: OutgoingHttpHeaders): readonly string[] | '*' {
    const names = parseVary(fieldText(headers['vary']));
    return this.#namesCookies && names !== '*' ? names.filter((name) => name !== 'cookie') : names;
  }

  failed(cause: 'answer' | 'client'): void {
    const { lead, plan, request } = this.#of;
    if (cause === 'client') return lead?.leave();
    if (request.method === 'GET') plan.store.noteRefusal(request, this.#refusal ?? NOT_WHOLE);
    if (!isPersonal(request)) return lead?.refuse();
    if (request.method === 'GET') plan.store.notePublic(request, false);
    // What is not for others when this person asks may be for everybody when somebody else does.
    lead?.leave();
  }

  #isForOthers(response: ServerResponse, whole: Buffer | undefined): boolean {
    const { plan, request } = this.#of;
    const isTooLong = (whole?.length ?? Number(response.getHeader('Content-Length') ?? 0)) > plan.bodyLimit;
    if (isTooLong) return false;
    const lifetime = this.#lifetimeOf(response.statusCode);
    this.#refusal = refusalToStore(request, responseFactsOf(response, this.#beganAt), this.#statuses);
    return this.#refusal === undefined && (lifetime === null || lifetime > 0);
  }

  #lifetimeOf(status: number): LifetimeMs {
    const { lifetime, negative } = this.#of.plan;
    const ofStatus = negative.get(status);
    return ofStatus === undefined ? lifetime : ofStatus;
  }

  /** What browsers are told; undefined: nothing. */
  #toldLifetime(status: number): LifetimeMs | undefined {
    const { browserMaxAge } = this.#of.plan;
    if (browserMaxAge === null) return undefined;
    return browserMaxAge ?? this.#lifetimeOf(status);
  }

  /** Whether the client has this answer already. The platform cannot say so: it was not told of the conditions. */
  #isKnown(response: ServerResponse): boolean {
    const { conditions, request } = this.#of;
    if (response.statusCode !== 200 || request.method !== 'GET') return false;
    const validators = {
      entityTag: fieldText(response.getHeader('ETag')),
      lastModified: fieldText(response.getHeader('Last-Modified')),
    };
    return evaluateConditions({ method: 'GET', headers: conditions }, validators) === 'not-modified';
  }

  #tellStatus(response: ServerResponse, stored: boolean, isKnown: boolean): void {
    const handling = {
      fwd: this.#of.miss,
      stored,
      ...(isKnown && { fwdStatus: response.statusCode }),
    };
    const status = fieldText(response.getHeader('Cache-Status'));
    response.setHeader('Cache-Status', withCacheStatus(status, handling));
  }
}

function responseFactsOf(response: ServerResponse, at: EpochMs): ResponseFacts {
  return { status: response.statusCode, headers: response.getHeaders(), at };
}

/** Tells browsers how long the page is good, without lengthening what the handler said. */
function advertise(response: ServerResponse, lifetime: LifetimeMs | undefined, now: number): void {
  if (lifetime === undefined) return;
  const wanted = lifetime === null ? FOR_EVER_MS / 1000 : Math.max(0, Math.floor(lifetime / 1000));
  const seconds = Math.min(wanted, MAX_DELTA_SECONDS);
  const field = withMaxAge(fieldText(response.getHeader('Cache-Control')), seconds);
  response.setHeader('Cache-Control', field);
  if (response.hasHeader('Expires')) return;
  const told = deltaSeconds(parseCacheControl(field), 'max-age') ?? seconds;
  response.setHeader('Expires', new Date(now + told * 1000).toUTCString());
}

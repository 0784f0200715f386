import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { UNKEPT } from '../cache/tags.js';
import type { Exchange } from '../http/age.js';
import type { TagStamps } from '../codec/frame.js';
import type { EpochMs } from '../core/clock.js';
import type { LifetimeMs } from '../core/timeout.js';
import { deltaSeconds, MAX_DELTA_SECONDS, parseCacheControl, withMaxAge } from '../http/cache-control.js';
import { withCacheStatus } from '../http/cache-status.js';
import { evaluateConditions } from '../http/conditions.js';
import { strongEntityTag } from '../http/entity-tag.js';
import { fieldText, type HeaderFields } from '../http/header-fields.js';
import { isPersonal } from '../http/storability.js';
import type { AnswerFacts, PagePolicy } from './policies/page-policy.js';
import { patchVary } from '../http/patch-vary.js';
import { parseVary } from '../http/vary.js';
import { pageOf, partialPage } from './responses/captured-page.js';
import type { CookieWatch } from './requests/cookie-watch.js';
import { variesOnNamedCookiesAlone } from './decorators/head-policies.js';
import type { Lead } from './flights/page-flights.js';
import type { PagePlan } from './rules/page-plans.js';
import type { PageRequest } from './requests/page-request.js';
import { FOR_EVER_MS } from './rules/page-rule.js';
import { ageOf, type Page } from './store/page.js';
import {
  type CapturedResponse,
  type CaptureFailure,
  type CaptureListener,
  type HeadDecision,
  linesOf,
} from './responses/response-capture.js';
import { freshenedPage } from './responses/freshened-page.js';
import { withoutFields } from './responses/without-fields.js';
import type { InsteadTurn } from './responses/replay.js';
import type { Lack } from './flights/page-turn.js';
import { isAbout } from '../http/revalidation.js';
import { combined, wholeIfComplete } from './responses/page-part.js';

/** Why an answer is not stored whose head says nothing against it. */
const NOT_WHOLE = 'it was cut short or too long, or the store was away';

const LATE_LOOK = 'the cookies were looked at after the head was sent without Vary: Cookie';

interface FreshnessFields {
  readonly control: string | undefined;
  readonly expires: string | undefined;
}

/** What was said of the lifetime before browsers were told not to keep the page, and after. */
interface Unkept {
  readonly said: FreshnessFields;
  readonly told: FreshnessFields;
}

/** One computation of a page. */
export interface Computation {
  readonly plan: PagePlan;
  readonly request: PageRequest;
  /** Why the cache did not answer. */
  readonly miss: Lack;
  /** What there is, though it was not to be used unasked. */
  readonly stale: Page | undefined;
  /** What the answer may complete. */
  readonly part?: Page | undefined;
  /** Whether the handler was asked about it, and may answer that it is still good. */
  readonly isAsked: boolean;
  /** The headers that were there before the handler ran. */
  readonly before: OutgoingHttpHeaders;
  /** The conditions of the request, of which the handler knows nothing. */
  readonly conditions: HeaderFields;
  /** Absent where they are of no account. */
  readonly cookies: CookieWatch | undefined;
  /** Taken before the handler ran. */
  readonly stamps: TagStamps;
  /** Told of a page that the store has. */
  readonly onStored: ((page: Page) => void) | undefined;
  /** Told what comes of it, if others wait. */
  readonly lead: Lead | undefined;
  /** Answers with a page, in the place of what the handler has said. */
  sendInstead(turn: InsteadTurn): void;
}

/** Decides on one response whether it becomes a page, says so in its headers, and stores it. */
export class PageRecording implements CaptureListener {
  readonly #of: Computation;
  readonly #policy: PagePolicy;
  readonly #requestedAt: EpochMs;
  #respondedAt: EpochMs = 0;
  /** The status of the error that the handler failed with. */
  #failure: number | undefined;
  #namesCookies = false;
  #unkept: Unkept | undefined;

  /** Why the answer is not stored, as far as its head tells. */
  #refusal: string | undefined;

  constructor(computation: Computation) {
    this.#of = computation;
    this.#policy = computation.plan.policy;
    this.#requestedAt = computation.plan.store.cache.clock.now();
  }

  /** The handler failed with a status that is kept; whatever else an exception filter makes of it is not. */
  failedWith(status: number): void {
    this.#failure = status;
  }

  instead(response: ServerResponse): (() => void) | undefined {
    const { isAsked, lead, sendInstead, stale } = this.#of;
    const { statusCode } = response;
    if (!stale) return undefined;
    this.#respondedAt = this.#of.plan.store.cache.clock.now();
    if (isAsked && statusCode === 304) {
      const page = this.#freshen(stale, response);
      return () => sendInstead({ page, fwd: 'stale', fwdStatus: 304 });
    }
    if (!isFailure(statusCode) || !this.mayStandIn(stale)) return undefined;
    lead?.fail();
    return () => sendInstead({ page: stale, fwd: 'stale', fwdStatus: statusCode });
  }

  /** Whether a page may answer since the handler has failed. */
  mayStandIn(stale: Page): boolean {
    return this.#policy.mayStandIn(stale, ageOf(stale, this.#of.plan.store.cache.clock.now()));
  }

  /** The handler says that the page is still good: it is, with what the handler says of it. */
  #freshen(stale: Page, response: ServerResponse): Page {
    const { before, lead, request, stamps } = this.#of;
    const said = response.getHeaders();
    // It speaks of another.
    if (!isAbout(said, stale)) {
      lead?.refuse();
      return stale;
    }
    const { fields, kept, page, refusal } = freshenedPage(stale, said, linesOf(response), {
      policy: this.#policy,
      request,
      exchange: this.#exchange,
      before,
    });
    const variesOn = this.#variesOnStill(fields, said);
    if (refusal !== undefined || variesOn === '*' || stamps === UNKEPT) lead?.refuse();
    else this.#store(kept, variesOn);
    return page;
  }

  headersReady(response: ServerResponse, whole: Buffer | undefined): HeadDecision {
    const { cookies, lead, plan, request, stamps } = this.#of;
    const { statusCode } = response;
    if (cookies?.isRead) patchVary(response, 'Cookie');
    // Middleware that sets the cookie of a session now looks whether there is one.
    cookies?.aside(true);
    this.#respondedAt = plan.store.cache.clock.now();
    this.#namesCookies = variesOnNamedCookiesAlone(response);
    const isForOthers = this.#isForOthers(response, whole);
    const isStored = isForOthers && stamps !== UNKEPT;
    if (isForOthers && whole) this.#giveEntityTag(response, whole);
    // Also where it is not stored here: HEAD has the headers of GET, and a page that is too long is as fresh as any.
    if (this.#policy.refusalToShare(request, this.#answerOf(response)) === undefined)
      this.#advertise(response, this.#policy.toldLifetime(statusCode));
    const isKnown = this.#isKnown(response);
    if (request.tellsStatus) this.#tellStatus(response, isStored, isKnown);
    // A page that the store does not take is still there for those who wait for it.
    return { isKept: isStored || (isForOthers && lead !== undefined), isKnown };
  }

  #giveEntityTag(response: ServerResponse, whole: Buffer): void {
    if (this.#policy.makesEntityTags && !response.hasHeader('ETag'))
      response.setHeader('ETag', strongEntityTag(whole));
  }

  headersSent(status: number, headers: OutgoingHttpHeaders): boolean {
    this.#of.cookies?.aside(false);
    const judged = this.#unkept ? this.#withoutOwnWord(headers, this.#unkept) : headers;
    this.#refusal = this.#refusalToStore({ ...this.#exchange, status, headers: judged });
    return this.#refusal === undefined;
  }

  /** That browsers are not to keep the page does not say so of the server. */
  #withoutOwnWord(headers: OutgoingHttpHeaders, { said, told }: Unkept): OutgoingHttpHeaders {
    const isOwnWord = fieldText(headers['cache-control']) === told.control;
    if (!isOwnWord) return headers;
    const expires = fieldText(headers['expires']) === told.expires ? said.expires : headers['expires'];
    return { ...headers, 'cache-control': said.control, expires };
  }

  #advertise(response: ServerResponse, lifetime: LifetimeMs | undefined): void {
    const said = freshnessFieldsOf(response);
    advertise(response, lifetime, this.#respondedAt);
    if (typeof lifetime === 'number' && lifetime < 1000)
      this.#unkept = { said, told: freshnessFieldsOf(response) };
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
    const { before, lead, plan, request } = this.#of;
    const variesOn = this.#variesOn(captured.headers);
    if (variesOn === '*') return lead?.release();
    if (this.#looksAtCookiesTooLate(captured.headers)) {
      plan.store.noteRefusal(request, LATE_LOOK);
      return lead?.refuse();
    }
    const terms = this.#policy.termsOf({ ...this.#exchange, ...captured });
    const lines = withoutFields(captured.lines, this.#policy.reservedFields(captured.headers));
    const kept = { ...captured, lines };
    const page = pageOf(kept, before, this.#respondedAt, terms, this.#policy.makesEntityTags);
    if (page.status !== 206) return this.#store(page, variesOn);
    const part = partialPage(page, captured);
    if (!part) return lead?.refuse();
    const joined = this.#of.part && combined(this.#of.part, part);
    const isKept = joined !== undefined && joined.body.length <= plan.bodyLimit;
    this.#store(isKept ? joined : wholeIfComplete(part), variesOn);
  }

  #store(page: Page, variesOn: readonly string[]): void {
    const { lead, plan, request, stamps } = this.#of;
    const keptFor = this.#policy.keepsFor(page);
    const expiresAt = keptFor === null ? null : Math.ceil(this.#respondedAt + keptFor);
    if (expiresAt !== null && expiresAt <= plan.store.cache.clock.now()) return lead?.release();
    const union = plan.store.put(request, page, { variesOn, expiresAt, stamps });
    if (!this.#isUsedUnasked(page)) return lead?.refuse();
    // What cannot be told is no visitor's concern.
    this.#tellIfKept(page).catch(() => {});
    lead?.arrive({
      page,
      request,
      variesOn: union,
      isCurrent: () => plan.store.cache.areCurrent(stamps),
    });
  }

  /** A store may keep nothing. */
  async #tellIfKept(page: Page): Promise<void> {
    const { onStored, plan, request } = this.#of;
    if (onStored && (await plan.store.isKept(request))) onStored(page);
  }

  /** Whether others may have a page that has just come, or would have to ask about it, each on their own. */
  #isUsedUnasked(page: Page): boolean {
    const { plan, request } = this.#of;
    const anybody = { method: 'GET', headers: {}, hasUser: request.hasUser };
    return this.#policy.reuseOf(page, ageOf(page, plan.store.cache.clock.now()), anybody) !== 'validate';
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

  /**
   * What a page varies on after a 304. Decorators that name cookies, which are in the address, speak after the handler: until then `Cookie` is their
   * word of the time when the page was made, unless somebody else says it.
   */
  #variesOnStill(fields: HeaderFields, said: HeaderFields): readonly string[] | '*' {
    const { plan, request } = this.#of;
    const [names, news] = [fields, said].map(({ vary }) => parseVary(fieldText(vary)));
    if (names === '*' || news === '*') return '*';
    const isNamed = plan.cookies.length > 0 && !news!.includes('cookie');
    const still = isNamed ? names!.filter((name) => name !== 'cookie') : names!;
    return [...new Set([...still, ...plan.store.knownVary(request)])].toSorted();
  }

  failed(cause: CaptureFailure): void {
    const { lead, plan, request } = this.#of;
    if (cause === 'client') return lead?.leave();
    if (cause === 'error') this.#refusal = 'the handler failed';
    if (request.method === 'GET') plan.store.noteRefusal(request, this.#refusal ?? NOT_WHOLE);
    if (!isPersonal(request)) return cause === 'error' ? lead?.fail() : lead?.refuse();
    if (request.method === 'GET') plan.store.notePublic(request, false);
    // What is not for others when this person asks may be for everybody when somebody else does.
    lead?.leave();
  }

  #isForOthers(response: ServerResponse, whole: Buffer | undefined): boolean {
    const { plan } = this.#of;
    const isTooLong = (whole?.length ?? Number(response.getHeader('Content-Length') ?? 0)) > plan.bodyLimit;
    if (isTooLong) return false;
    const answer = this.#answerOf(response);
    this.#refusal = this.#refusalToStore(answer);
    return this.#refusal === undefined && this.#policy.keepsFor(this.#policy.termsOf(answer)) !== 0;
  }

  get #exchange(): Exchange & Pick<AnswerFacts, 'failure'> {
    return { requestedAt: this.#requestedAt, respondedAt: this.#respondedAt, failure: this.#failure };
  }

  #answerOf(response: ServerResponse): AnswerFacts {
    return { ...this.#exchange, status: response.statusCode, headers: response.getHeaders() };
  }

  /** Only the answer to GET has a body to store. */
  #refusalToStore(answer: AnswerFacts): string | undefined {
    const { request } = this.#of;
    if (request.method !== 'GET') return `the method is ${request.method}`;
    return this.#policy.refusalToShare(request, answer);
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

/** Whether a status says that the handler has failed, and not what was asked for. @see https://www.rfc-editor.org/rfc/rfc5861#section-4 */
function isFailure(status: number): boolean {
  return status >= 500;
}

function freshnessFieldsOf(response: ServerResponse): FreshnessFields {
  return {
    control: fieldText(response.getHeader('Cache-Control')),
    expires: fieldText(response.getHeader('Expires')),
  };
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

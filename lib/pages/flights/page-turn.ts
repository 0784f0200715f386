import type { ServerResponse } from 'node:http';
import { UNKEPT } from '../../cache/tags.js';
import type { KnownStamps } from '../../cache/cache-view.js';
import type { TagStamps } from '../../codec/frame.js';
import { type Answer, isPending } from '../../core/answer.js';
import { atMost } from '../../core/patience.js';
import type { Reuse } from '../../http/reuse.js';
import { isPersonal } from '../../http/storability.js';
import { selectingValues } from '../../http/vary.js';
import { ageOf, type Page } from '../store/page.js';
import type { Arrival, Lead, PageFlights, Refusal } from './page-flights.js';
import type { PagePlan } from '../rules/page-plans.js';
import type { PageRequest, ServedRequest } from '../requests/page-request.js';
import type { Miss, Missing } from '../store/page-store.js';
import { missingRange, servedPage } from '../responses/page-part.js';
import { isCut } from '../responses/response-parts.js';

/** Why the cache does not answer by itself, in the words of RFC 9211. */
export type Lack = Miss | 'stale' | 'partial' | 'bypass';

/** The handler of a request is to run. */
export interface ComputeTurn {
  readonly miss: Lack;
  /** What the page is to be stored under. */
  readonly stamps: TagStamps;
  /** Who is to be told what comes of it, if others may wait. */
  readonly lead: Lead | undefined;
  /** What there is, though it is not to be used unasked. */
  readonly stale: Page | undefined;
  /** What the answer may complete. */
  readonly part?: Page | undefined;
}

/** A page answers a request; perhaps one that the request waited for. */
export interface ReplayTurn {
  readonly page: Page;
  /** Why there was none when the request came. */
  readonly collapsed?: Lack;
  /** Whether the page stands in for one that could not be had. */
  readonly standsIn?: boolean;
}

/** What is to be done about a request; nothing if nobody waits for an answer any more, or wants one that is not stored. */
export type Turn = ReplayTurn | ComputeTurn | 'gone' | 'unavailable';

/** Computes a page anew in a request of its own. */
export interface Refresher {
  refresh(plan: PagePlan, request: ServedRequest, stale: Page, lead: Lead): void;
  /** Computes what is missing of a page that is a part. */
  complete(plan: PagePlan, request: ServedRequest, part: Page, lead: Lead): void;
}

/** How often a request looks for its page again, having waited for one that turned out to be another variant. */
const MOST_LOOKS = 3;

/** A page is not there, or not to be used. */
interface Lacking extends Pick<Missing, 'address'> {
  readonly miss: Lack;
  readonly stamps: KnownStamps | undefined;
}

/** The way of one request to its page: the store, a flight under way, or a computation. */
export class PageTurn {
  #looks = 0;

  constructor(
    private readonly plan: PagePlan,
    private readonly request: ServedRequest,
    private readonly response: ServerResponse,
    private readonly refresher: Refresher,
  ) {}

  /** Never fails. At once for a hit in a store that answers at once. */
  take(): Answer<Turn> {
    this.#looks++;
    const found = this.plan.store.find(this.request, this.plan.vary);
    return isPending(found) ? found.then((later) => this.#with(later)) : this.#with(found);
  }

  #with(found: Page | Missing): Answer<Turn> {
    if ('miss' in found) return this.#without(found, undefined);
    const { policy, store } = this.plan;
    if (!policy.mayHave(found, this.request)) return this.#compute('bypass', undefined, undefined);
    const reuse = policy.reuseOf(found, ageOf(found, store.cache.clock.now()), this.request);
    if (found.part && !servedPage(found, this.request)) return this.#withPart(found, reuse);
    return reuse === 'fresh' ? { page: found } : this.#withStale(found, reuse);
  }

  async #withStale(page: Page, reuse: 'while-revalidating' | 'validate'): Promise<Turn> {
    const { softTimeoutMs } = this.plan;
    if (reuse === 'while-revalidating') return this.#refreshBehind(page);
    if (softTimeoutMs === undefined || !this.#mayStandIn(page)) return this.#askAnew(page);
    return this.#waitFor(softTimeoutMs, page);
  }

  /** Answers with what there is; a page that has become somebody's own is each visitor's to compute. */
  #refreshBehind(page: Page): Answer<Turn> {
    return this.#beginBehind(page) === 'refused' ? this.#askAnew(page) : { page };
  }

  #beginBehind(page: Page): 'under way' | Refusal {
    const { store, vary } = this.plan;
    const flight = store.flights.boardBehind(store.whereabouts(this.request, vary));
    if (typeof flight === 'string') return flight;
    this.refresher.refresh(this.plan, this.request, page, flight);
    return 'under way';
  }

  /** Has the page computed apart from this request, so that the request may go before the computation ends. */
  async #waitFor(patienceMs: number, page: Page): Promise<Turn> {
    const state = this.#beginBehind(page);
    if (state === 'failed') return { page, standsIn: true };
    if (state === 'refused') return this.#askAnew(page);
    const turn = await atMost(patienceMs, this.#askAnew(page));
    return turn ?? (this.#isGone() ? 'gone' : { page, standsIn: true });
  }

  /** There is a part, and not the one that is asked for. If it is the whole that is asked for, the rest is fetched. */
  #withPart(part: Page, reuse: Reuse): Promise<Turn> {
    const { store, vary } = this.plan;
    const address = store.whereabouts(this.request, vary);
    const isForAll = this.request.headers['range'] === undefined && this.#isForOthers();
    if (reuse === 'fresh' && isForAll && missingRange(part) !== undefined) {
      const flight = store.flights.boardBehind(address);
      if (typeof flight === 'object') this.refresher.complete(this.plan, this.request, part, flight);
    }
    const turn = this.#without({ miss: 'partial', address, stamps: undefined }, undefined);
    return turn.then((done) => (typeof done === 'object' && 'miss' in done ? { ...done, part } : done));
  }

  #askAnew(page: Page): Promise<Turn> {
    const { store, vary } = this.plan;
    const address = store.whereabouts(this.request, vary);
    return this.#without({ miss: 'stale', address, stamps: undefined }, page);
  }

  async #without({ address, miss, stamps }: Lacking, stale: Page | undefined): Promise<Turn> {
    if (this.plan.policy.isForStoreAlone(this.request)) return 'unavailable';
    const place = this.#placeIn(address);
    const isWaiting = isPending(place);
    const verdict = await place;
    if (verdict === 'failed' && stale && this.#mayStandIn(stale))
      return this.#isGone() ? 'gone' : { page: stale, standsIn: true };
    // What was known before the wait may be old.
    const known = isWaiting ? undefined : stamps;
    if (typeof verdict === 'string') return this.#compute(miss, undefined, known, stale);
    if ('page' in verdict) return this.#landed(verdict, miss, stale);
    return this.#compute(miss, verdict, known, stale);
  }

  #placeIn(address: string): ReturnType<PageFlights['board']> {
    const { policy, store } = this.plan;
    const isJoining =
      this.#looks <= MOST_LOOKS && policy.keepsPages && this.#isForOthers() && !this.#isForPart();
    return isJoining ? store.flights.board(address, () => this.#canLead()) : 'alone';
  }

  async #landed({ page, request, variesOn }: Arrival, miss: Lack, stale: Page | undefined): Promise<Turn> {
    if (this.#isGone()) return 'gone';
    if (!this.plan.policy.mayHave(page, this.request))
      return this.#compute(miss, undefined, undefined, stale);
    // A part, for somebody who waited for the whole.
    if (page.part && !servedPage(page, this.request)) return this.#compute('partial', undefined, undefined);
    if (!areAlike(variesOn, request, this.request)) return this.take();
    return this.#isUsable(page)
      ? { page, collapsed: miss }
      : this.#compute(miss, undefined, undefined, stale);
  }

  async #compute(
    miss: Lack,
    lead: Lead | undefined,
    known: KnownStamps | undefined,
    stale?: Page,
  ): Promise<Turn> {
    const stamps = await stampsFor(this.plan, this.request, known);
    if (!this.#isGone()) return { miss, stamps, lead, stale };
    lead?.leave();
    return 'gone';
  }

  /** Whether a page that has just come is what this request wishes for, which others may not. */
  #isUsable(page: Page): boolean {
    const { policy, store } = this.plan;
    return policy.reuseOf(page, ageOf(page, store.cache.clock.now()), this.request) !== 'validate';
  }

  /** While the cache was asked or a page waited for, the client may have gone, or a time limit answered. */
  #isGone(): boolean {
    return isCut(this.response) || this.response.headersSent;
  }

  /** What comes of such a request is not the page that others wait for. */
  #isForPart(): boolean {
    return this.plan.policy.servesParts && this.request.headers['range'] !== undefined;
  }

  #mayStandIn(page: Page): boolean {
    const { policy, store } = this.plan;
    return policy.mayStandIn(page, ageOf(page, store.cache.clock.now()));
  }

  /** The answer to a person is that person's, unless the last one for everybody to have. */
  #isForOthers(): boolean {
    return !isPersonal(this.request) || this.plan.store.isPublic(this.request);
  }

  #canLead(): boolean {
    return this.request.method === 'GET' && !this.#isGone() && this.#isForOthers();
  }
}

/** Captures the stamps that an answer is to be stored under, before it is computed. */
export async function stampsFor(
  { policy, store }: PagePlan,
  request: PageRequest,
  known?: KnownStamps,
): Promise<TagStamps> {
  const isStored = request.method === 'GET' && policy.keepsPages;
  return isStored ? store.cache.capture(request.tags, known) : UNKEPT;
}

function areAlike(names: readonly string[], one: PageRequest, other: PageRequest): boolean {
  const values = selectingValues(names, other.headers, other.normalizesFields);
  const own = selectingValues(names, one.headers, one.normalizesFields);
  return own.every((value, index) => value === values[index]);
}

import type { ServerResponse } from 'node:http';
import { UNKEPT } from '../../cache/tags.js';
import type { KnownStamps } from '../../cache/cache-view.js';
import type { TagStamps } from '../../codec/frame.js';
import { type Answer, isPending } from '../../core/answer.js';
import { isPersonal } from '../../http/storability.js';
import { selectingValues } from '../../http/vary.js';
import type { Page } from '../store/page.js';
import type { Arrival, Lead } from './page-flights.js';
import type { PagePlan } from '../rules/page-plans.js';
import type { PageRequest } from '../requests/page-request.js';
import type { Miss, Missing } from '../store/page-store.js';
import { isCut } from '../responses/response-parts.js';

/** The handler of a request is to run. */
export interface ComputeTurn {
  /** Why the cache does not answer. */
  readonly miss: Miss | 'bypass';
  /** What the page is to be stored under. */
  readonly stamps: TagStamps;
  /** Who is to be told what comes of it, if others may wait. */
  readonly lead: Lead | undefined;
}

/** A page answers a request; perhaps one that the request waited for. */
export interface ReplayTurn {
  readonly page: Page;
  /** Why there was none when the request came. */
  readonly collapsed?: Miss;
}

/** What is to be done about a request; nothing if nobody waits for an answer any more. */
export type Turn = ReplayTurn | ComputeTurn | 'gone';

/** How often a request looks for its page again, having waited for one that turned out to be another variant. */
const MOST_LOOKS = 3;

/** The way of one request to its page: the store, a flight under way, or a computation. */
export class PageTurn {
  #looks = 0;

  constructor(
    private readonly plan: PagePlan,
    private readonly request: PageRequest,
    private readonly response: ServerResponse,
  ) {}

  /** Never fails. At once for a hit in a store that answers at once. */
  take(): Answer<Turn> {
    this.#looks++;
    const found = this.plan.store.find(this.request, this.plan.vary);
    return isPending(found) ? found.then((later) => this.#with(later)) : this.#with(found);
  }

  #with(found: Page | Missing): Answer<Turn> {
    if ('miss' in found) return this.#without(found);
    return this.#mayHave(found) ? { page: found } : this.#compute('bypass', undefined, undefined);
  }

  async #without({ address, miss, stamps }: Missing): Promise<Turn> {
    const isJoining = this.#looks <= MOST_LOOKS && keepsPages(this.plan) && this.#isForOthers();
    const place = isJoining ? this.plan.store.flights.board(address, () => this.#canLead()) : 'alone';
    const isWaiting = isPending(place);
    const verdict = await place;
    if (verdict !== 'alone' && 'page' in verdict) return this.#landed(verdict, miss);
    // What was known before the wait may be old.
    const known = isWaiting ? undefined : stamps;
    return this.#compute(miss, verdict === 'alone' ? undefined : verdict, known);
  }

  async #landed({ page, request, variesOn }: Arrival, miss: Miss): Promise<Turn> {
    if (this.#isGone()) return 'gone';
    if (!this.#mayHave(page)) return this.#compute(miss, undefined, undefined);
    const isSameVariant = areAlike(variesOn, request, this.request);
    return isSameVariant ? { page, collapsed: miss } : this.take();
  }

  async #compute(
    miss: Miss | 'bypass',
    lead: Lead | undefined,
    known: KnownStamps | undefined,
  ): Promise<Turn> {
    const stamps = await this.#capture(known);
    if (!this.#isGone()) return { miss, stamps, lead };
    lead?.leave();
    return 'gone';
  }

  async #capture(known: KnownStamps | undefined): Promise<TagStamps> {
    const { plan, request } = this;
    const isStored = request.method === 'GET' && keepsPages(plan);
    return isStored ? plan.store.cache.capture(request.tags, known) : UNKEPT;
  }

  /** While the cache was asked or a page waited for, the client may have gone, or a time limit answered. */
  #isGone(): boolean {
    return isCut(this.response) || this.response.headersSent;
  }

  /** A page that a stranger caused to be stored is for those who show a credential only if it says that it is for everybody. */
  #mayHave(page: Page): boolean {
    return page.isPublic || !isPersonal(this.request);
  }

  /** The answer to a person is that person's, unless the last one for everybody to have. */
  #isForOthers(): boolean {
    return !isPersonal(this.request) || this.plan.store.isPublic(this.request);
  }

  #canLead(): boolean {
    return this.request.method === 'GET' && !this.#isGone() && this.#isForOthers();
  }
}

/** Whether a handler's answers are stored at all. */
export function keepsPages({ lifetime, negative }: PagePlan): boolean {
  return lifetime === null || lifetime > 0 || negative.size > 0;
}

function areAlike(names: readonly string[], one: PageRequest, other: PageRequest): boolean {
  const values = selectingValues(names, other.headers);
  return selectingValues(names, one.headers).every((value, index) => value === values[index]);
}

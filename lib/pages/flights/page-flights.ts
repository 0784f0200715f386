import type { Answer } from '../../core/answer.js';
import type { Clock, EpochMs } from '../../core/clock.js';
import type { Page } from '../store/page.js';
import { PageFlight } from './page-flight.js';
import type { PageRequest } from '../requests/page-request.js';
import { Recent } from '../store/recent.js';

/** A page as its computation brought it. */
export interface Arrival {
  readonly page: Page;
  /** The request it was computed for. */
  readonly request: PageRequest;
  /** The request headers that tell it from other pages of the URL. */
  readonly variesOn: readonly string[];
  /** Asks the store whether no tag of the page has been invalidated since its computation began. Never rejects. */
  isCurrent(): Answer<boolean>;
}

/** The part of the one whose handler runs, and who tells the others how it ended. Only the first word counts. */
export interface Lead {
  /** The page is there, and on its way into the store. */
  arrive(arrival: Arrival): void;
  /** What came is for nobody else: all compute on their own, also those who come in the next seconds, so that nothing is serialised. */
  refuse(): void;
  /** There is no page, since the handler failed: those who have an old one may use it, and nobody waits for the next seconds. */
  fail(): void;
  /** Those who wait compute on their own; of the page nothing is known. */
  release(): void;
  /** The computation ended for a reason of the leader's own, such as a client who hung up: another takes over. */
  leave(): void;
  /** The body comes in parts. For one that has no end the others do not wait. */
  begin(): void;
  /** The client of the leader is slow to take the body, which nobody else shall wait for. */
  stall(): void;
}

/** What becomes of somebody who waited: the page is there, or it is theirs to compute, for all or for themselves, or there is none to be had. */
export type Verdict = Arrival | Lead | 'alone' | 'failed';

/** Why there is no page: what came is for nobody else, or nothing came. */
export type Refusal = 'refused' | 'failed';

interface PastRefusal {
  readonly why: Refusal;
  readonly at: EpochMs;
}

/** How long requests for a page that was not storable do not wait for each other, milliseconds. */
const REFUSAL_HOLDS_MS = 10_000;
const REFUSALS_REMEMBERED = 10_000;

/** The computations of pages under way in this process: at most one for each page that may be shared. */
export class PageFlights {
  readonly #flights = new Map<string, PageFlight>();
  readonly #refusals = new Recent<PastRefusal>(REFUSALS_REMEMBERED);

  constructor(private readonly clock: Clock) {}

  /**
   * Finds a place for a request that needs a page computed.
   *
   * @param key names the page
   * @param canLead whether the request could do the computation for all; asked again when a leader drops out
   */
  board(key: string, canLead: () => boolean): Lead | 'alone' | Promise<Verdict> {
    const flight = this.#flights.get(key);
    if (flight) return flight.wait(canLead);
    return canLead() && !this.#refusalOf(key) ? this.#begin(key) : 'alone';
  }

  /** Begins a computation that nobody waits for, unless there is one, or the last one a moment ago came to nothing. */
  boardBehind(key: string): Lead | 'under way' | Refusal {
    if (this.#flights.has(key)) return 'under way';
    return this.#refusalOf(key) ?? this.#begin(key, true);
  }

  #begin(key: string, isWatched = false): Lead {
    const flight: PageFlight = new PageFlight({
      isOver: () => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      },
      isRefused: (why) => this.#refusals.note(key, { why, at: this.clock.now() }),
      isStorable: () => this.#refusals.forget(key),
      goesOn: () => {
        const other = this.#flights.get(key);
        if (!other) this.#flights.set(key, flight);
        return other;
      },
    });
    this.#flights.set(key, flight);
    return flight.lead(isWatched);
  }

  #refusalOf(key: string): Refusal | undefined {
    const past = this.#refusals.get(key);
    if (past === undefined) return undefined;
    const passed = this.clock.now() - past.at;
    // A clock that was set back must not hold a refusal for years.
    if (passed >= 0 && passed < REFUSAL_HOLDS_MS) return past.why;
    this.#refusals.forget(key);
    return undefined;
  }
}

import { isPending } from '../../core/answer.js';
import { afterPoll, type Patience } from '../../core/patience.js';
import type { Arrival, Lead, Refusal, Verdict } from './page-flights.js';

/** What the flights of a process are told by one of them. */
export interface FlightEvents {
  /** Nobody may join any more. */
  isOver(): void;
  isRefused(why: Refusal): void;
  isStorable(): void;
  /** The flight goes on under its key, unless another has begun there, which is returned. */
  goesOn(): PageFlight | undefined;
}

interface Follower {
  canLead(): boolean;
  release(verdict: Verdict): void;
}

/** How many followers go on in one turn of the event loop. */
const PORTION = 50;
/** How often a flight begins anew because its page was outdated on arrival, or its leader too slow to take it. */
const MOST_RESTARTS = 2;
/** How long the followers wait for a leader whose handler says nothing, milliseconds; it may never. */
const SILENCE_MS = 30_000;
/** How long the followers wait for a leader whose client does not keep up, milliseconds. */
const STALL_MS = 1000;
/** How long they wait for a body that has begun, milliseconds. */
const BODY_MS = 10_000;

/** One computation of a page, and those who wait for it. */
export class PageFlight {
  #followers: Follower[] = [];
  #restarts = 0;
  /** Runs while somebody waits and the leader has said nothing. */
  #silence: Patience | undefined;
  #giveUp: (() => void) | undefined;

  constructor(private readonly events: FlightEvents) {}

  wait(canLead: () => boolean): Promise<Verdict> {
    this.#watch();
    return new Promise((release) => this.#followers.push({ canLead, release }));
  }

  /** @param isWatched whether it is given up after a silence, also if nobody waits */
  lead(isWatched = false): Lead {
    let isSaid = false;
    let hasGivenUp = false;
    let body: Patience | undefined;
    let stall: Patience | undefined;
    const endWaits = (): void => {
      if (!hasGivenUp) this.#endWatch();
      body?.end();
      stall?.end();
    };
    const once =
      <Given extends unknown[]>(say: (...given: Given) => void) =>
      (...given: Given): void => {
        if (isSaid) return;
        isSaid = true;
        endWaits();
        say(...given);
      };
    /** Another leads, but what this one brings in the end is still good for all. */
    const giveUp = (): void => {
      if (isSaid || hasGivenUp) return;
      endWaits();
      hasGivenUp = true;
      this.#restart();
    };
    const unlessGivenUp = (say: () => void) => once(() => (hasGivenUp ? undefined : say()));
    const refuse = once(() => this.#refuse());
    const fail = once(() => this.#refuse('failed'));
    this.#giveUp = giveUp;
    if (isWatched || this.#followers.length > 0) this.#watch();
    return {
      arrive: once((arrival: Arrival) => this.#arrive(arrival, hasGivenUp)),
      refuse,
      fail,
      release: unlessGivenUp(() => this.#release('alone')),
      leave: unlessGivenUp(() => this.#handOver()),
      begin: () => {
        if (isSaid || hasGivenUp) return;
        this.#endWatch();
        body ??= afterPoll(BODY_MS, refuse);
      },
      stall: () => {
        if (!isSaid && !hasGivenUp) stall ??= afterPoll(STALL_MS, giveUp);
      },
    };
  }

  #watch(): void {
    if (this.#giveUp) this.#silence ??= afterPoll(SILENCE_MS, this.#giveUp);
  }

  #endWatch(): void {
    this.#giveUp = undefined;
    this.#silence?.end();
    this.#silence = undefined;
  }

  #arrive(arrival: Arrival, isLate: boolean): void {
    // Who comes from now on finds the page in the store.
    this.events.isOver();
    this.events.isStorable();
    if (this.#followers.length === 0) return;
    // One look for all who were there before it.
    const answer = arrival.isCurrent();
    const settle = (isCurrent: boolean): void => {
      if (isCurrent) this.#release(arrival);
      else if (!isLate) this.#restart();
    };
    if (isPending(answer)) void answer.then(settle);
    else settle(answer);
  }

  #refuse(why: Refusal = 'refused'): void {
    this.events.isRefused(why);
    this.#release(why === 'failed' ? 'failed' : 'alone');
  }

  #restart(): void {
    const other = this.events.goesOn();
    if (other && other !== this) {
      other.#followers.push(...this.#followers.splice(0));
      other.#watch();
      return;
    }
    // A store that keeps nothing, or tags that never rest: better all at once than one after another.
    if (this.#restarts++ === MOST_RESTARTS) this.#refuse();
    else this.#handOver();
  }

  #handOver(): void {
    const next = this.#followers.findIndex((follower) => follower.canLead());
    if (next === -1) this.#release('alone');
    else this.#followers.splice(next, 1)[0]!.release(this.lead());
  }

  #release(verdict: Arrival | 'alone' | 'failed'): void {
    this.events.isOver();
    const followers = this.#followers;
    this.#followers = [];
    let at = 0;
    const releaseSome = (): void => {
      const end = Math.min(at + PORTION, followers.length);
      while (at < end) followers[at++]!.release(verdict);
      if (at < followers.length) setImmediate(releaseSome);
    };
    releaseSome();
  }
}

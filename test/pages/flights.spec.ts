import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Page } from '../../lib/pages/store/page.js';
import { type Arrival, type Lead, PageFlights, type Verdict } from '../../lib/pages/flights/page-flights.js';
import type { PageRequest } from '../../lib/pages/requests/page-request.js';
import { FakeClock } from '../support/fake-clock.js';

const anyone = (): boolean => true;
const nobody = (): boolean => false;

function arrivalOf(isCurrent: boolean | Promise<boolean> = true): Arrival {
  return {
    page: { status: 200 } as Page,
    request: { method: 'GET' } as PageRequest,
    variesOn: [],
    isCurrent: () => isCurrent,
  };
}

/** Lets promises and the portions of a release go on. */
async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

describe('Flights of pages', () => {
  let clock = new FakeClock();
  let flights = new PageFlights(clock);
  beforeEach(() => {
    clock = new FakeClock();
    flights = new PageFlights(clock);
  });

  const lead = (key = 'k'): Lead => {
    const place = flights.board(key, anyone);
    expect(place).not.toBeInstanceOf(Promise);
    expect(place).not.toBe('alone');
    return place as Lead;
  };

  /** Joins a flight, and notes what comes of it. */
  const follow = (canLead = anyone, key = 'k'): { verdict?: Verdict } => {
    const follower: { verdict?: Verdict } = {};
    const place = flights.board(key, canLead);
    expect(place).toBeInstanceOf(Promise);
    void (place as Promise<Verdict>).then((verdict) => (follower.verdict = verdict));
    return follower;
  };

  it('are led by the first, and bring the others its page', async () => {
    const leader = lead();
    const followers = [follow(), follow(), follow(nobody)];
    await turns();
    expect(followers).toEqual([{}, {}, {}]);
    const arrival = arrivalOf();
    leader.arrive(arrival);
    await turns();
    for (const { verdict } of followers) expect(verdict).toBe(arrival);
  });

  it('are one for each key', () => {
    lead('a');
    lead('b');
  });

  it('are not led by those who cannot, who go alone', () => {
    expect(flights.board('k', nobody)).toBe('alone');
    lead();
  });

  it('are over for those who come after the page', async () => {
    lead().arrive(arrivalOf());
    lead();
  });

  it('ask once for all followers whether the page is current', async () => {
    const leader = lead();
    const followers = [follow(), follow(), follow()];
    let asked = 0;
    leader.arrive({ ...arrivalOf(), isCurrent: async () => ++asked === 1 });
    await turns();
    expect([asked, followers.map(({ verdict }) => verdict !== undefined)]).toEqual([1, [true, true, true]]);
  });

  it('do not ask where nobody follows', () => {
    lead().arrive({
      ...arrivalOf(),
      isCurrent: () => {
        throw new Error('asked');
      },
    });
  });

  it.each([false, Promise.resolve(false)])(
    'whose page is outdated begin anew with one of the followers (%p)',
    async (isCurrent) => {
      const leader = lead();
      const [first, second] = [follow(), follow()];
      leader.arrive(arrivalOf(isCurrent));
      await turns();
      expect(first.verdict).toHaveProperty('arrive');
      expect(second.verdict).toBeUndefined();
      const third = follow();
      const arrival = arrivalOf();
      (first.verdict as Lead).arrive(arrival);
      await turns();
      expect([second.verdict, third.verdict]).toEqual([arrival, arrival]);
    },
  );

  it('whose page is outdated again and again let all go at once', async () => {
    let leader = lead();
    const followers = Array.from({ length: 6 }, () => follow());
    for (const { verdict } of [{ verdict: undefined }, ...followers.slice(0, 2)]) {
      leader = (verdict as Lead | undefined) ?? leader;
      leader.arrive(arrivalOf(false));
      await turns();
    }
    expect(followers.map(({ verdict }) => (verdict === 'alone' ? verdict : typeof verdict))).toEqual([
      'object',
      'object',
      'alone',
      'alone',
      'alone',
      'alone',
    ]);
    expect(flights.board('k', anyone)).toBe('alone');
  });

  it('whose page is outdated join a newer flight', async () => {
    const old = lead();
    const follower = follow();
    let tell = (_isCurrent: boolean): void => {};
    old.arrive(arrivalOf(new Promise((resolve) => (tell = resolve))));
    const newer = lead();
    tell(false);
    await turns();
    expect(follower.verdict).toBeUndefined();
    const arrival = arrivalOf();
    newer.arrive(arrival);
    await turns();
    expect(follower.verdict).toBe(arrival);
  });

  it('that were refused let all go alone, also those who come in the next seconds', async () => {
    const leader = lead();
    const follower = follow();
    leader.refuse();
    await turns();
    expect(follower.verdict).toBe('alone');
    expect(flights.board('k', anyone)).toBe('alone');
    clock.advance(9.9);
    expect(flights.board('k', anyone)).toBe('alone');
    clock.advance(0.1);
    lead();
  });

  it('are not refused for years because the clock was set back', () => {
    lead().refuse();
    clock.advance(-1000);
    lead();
  });

  it('that were released leave no memory', async () => {
    const leader = lead();
    const follower = follow();
    leader.release();
    await turns();
    expect(follower.verdict).toBe('alone');
    lead();
  });

  it('whose leader drops out are led by the next who can', async () => {
    const leader = lead();
    const [head, gone, next, last] = [follow(nobody), follow(nobody), follow(), follow()];
    leader.leave();
    await turns();
    expect([head.verdict, gone.verdict, last.verdict]).toEqual([undefined, undefined, undefined]);
    const late = follow();
    const arrival = arrivalOf();
    (next.verdict as Lead).arrive(arrival);
    await turns();
    for (const { verdict } of [head, gone, last, late]) expect(verdict).toBe(arrival);
  });

  it('whose leader drops out with nobody to take over end', async () => {
    const leader = lead();
    const head = follow(nobody);
    leader.leave();
    await turns();
    expect(head.verdict).toBe('alone');
    lead();
  });

  it('hear only the first word of a leader', async () => {
    const leader = lead();
    const next = follow();
    const last = follow();
    leader.leave();
    leader.refuse();
    leader.release();
    leader.leave();
    leader.arrive(arrivalOf());
    await turns();
    expect(next.verdict).toHaveProperty('arrive');
    expect(last.verdict).toBeUndefined();
  });

  it('remember a bounded number of refusals', () => {
    for (let count = 0; count <= 10_000; count++) (flights.board(`k${count}`, anyone) as Lead).refuse();
    lead('k0');
    expect(flights.board('k10000', anyone)).toBe('alone');
  });

  it('release 10,000 followers without a stall: others have their turn in between', async () => {
    const leader = lead();
    const released: Verdict[] = [];
    for (let count = 0; count < 10_000; count++)
      void (flights.board('k', anyone) as Promise<Verdict>).then((verdict) => released.push(verdict));
    leader.arrive(arrivalOf());
    let most = 0;
    while (released.length < 10_000) {
      const before = released.length;
      await new Promise(setImmediate);
      most = Math.max(most, released.length - before);
    }
    expect(most).toBeLessThanOrEqual(100);
  });
});

describe('The patience of followers', () => {
  let flights = new PageFlights(new FakeClock());
  beforeEach(() => {
    jest.useFakeTimers();
    flights = new PageFlights(new FakeClock());
  });
  afterEach(() => void jest.useRealTimers());

  it('with a leader whose client is slow ends after a second, and another leads', async () => {
    const leader = flights.board('k', anyone) as Lead;
    const next = flights.board('k', anyone) as Promise<Verdict>;
    leader.begin();
    leader.stall();
    await jest.advanceTimersByTimeAsync(1100);
    expect(await next).toHaveProperty('arrive');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('with a body that goes on and on ends after ten, and all go alone', async () => {
    const leader = flights.board('k', anyone) as Lead;
    const next = flights.board('k', anyone) as Promise<Verdict>;
    leader.begin();
    await jest.advanceTimersByTimeAsync(10_100);
    expect(await next).toBe('alone');
  });

  it('with a handler that never says anything is led by another after half a minute, and again', async () => {
    void flights.board('k', anyone);
    await jest.advanceTimersByTimeAsync(60_000);
    const places = [1, 2, 3, 4].map(() => flights.board('k', anyone) as Promise<Verdict>);
    await jest.advanceTimersByTimeAsync(29_000);
    const late = flights.board('k', anyone) as Promise<Verdict>;
    await jest.advanceTimersByTimeAsync(1100);
    expect(await places[0]).toHaveProperty('arrive');
    await jest.advanceTimersByTimeAsync(30_100);
    expect(await places[1]).toHaveProperty('arrive');
    await jest.advanceTimersByTimeAsync(30_100);
    expect(await Promise.all([places[2], places[3], late])).toEqual(['alone', 'alone', 'alone']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('with a handler that took its time waits for the body no longer than for any', async () => {
    const leader = flights.board('k', anyone) as Lead;
    const next = flights.board('k', anyone) as Promise<Verdict>;
    await jest.advanceTimersByTimeAsync(29_000);
    leader.begin();
    await jest.advanceTimersByTimeAsync(9000);
    const arrival = arrivalOf();
    leader.arrive(arrival);
    expect(await next).toBe(arrival);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when the page has come', () => {
    const leader = flights.board('k', anyone) as Lead;
    leader.begin();
    leader.stall();
    leader.arrive(arrivalOf());
    leader.stall();
    expect(jest.getTimerCount()).toBe(0);
  });
});

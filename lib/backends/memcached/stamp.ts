import { randomInt } from 'node:crypto';
import type { MemcachedServer } from './memcached-server.js';

/** Fifteen digits: a number is what all clients send as it is. */
const LOWEST_STAMP = 10 ** 14;
const STAMPS = 2 ** 48 - 1;
const STAMP = /^\d{15}$/;
const NO_END = 0;

const newStamp = (): string => String(randomInt(LOWEST_STAMP, LOWEST_STAMP + STAMPS));
const bytesOf = (stamp: string): Buffer => Buffer.from(stamp, 'latin1');
const ignore = (): undefined => undefined;

/** One question for the present stamp, for all operations of a turn. */
interface Turn {
  readonly check: Promise<string>;
  /** What the check has found; undefined until then. */
  current: string | undefined;
}

/**
 * The stamp of one namespace on one server, kept on that very server. It begins the key of every entry, so another stamp hides all that
 * was written before. Stamps are random and used once: one that is lost, with its server or for want of memory, never comes back.
 *
 * Whoever begins after a new stamp was acknowledged, in any process, works under it. That costs no round trip: an operation goes out under the
 * stamp last seen, together with the question for the present one, and counts only if that is the same.
 */
export class Stamp {
  #known: string | undefined;
  #turn: Turn | undefined;
  #isOver = false;
  #renewal: Promise<string> | undefined;

  constructor(
    private readonly server: MemcachedServer,
    private readonly key: string,
  ) {}

  /** Runs an operation under the present stamp; twice if the one last seen is not that any more. */
  run<T>(operation: (stamp: string) => Promise<T>): Promise<T> {
    const turn = (this.#turn ??= this.#newTurn());
    const known = this.#known;
    if (known === undefined) return turn.check.then(operation);
    // The answer to the question mostly comes first, being asked first on the same socket.
    return operation(known).then(
      (answer) => {
        if (turn.current === known) return answer;
        return turn.check.then((current) => (current === known ? answer : operation(current)));
      },
      async (error: unknown) => {
        const current = await turn.check;
        if (current === known) throw error;
        return operation(current);
      },
    );
  }

  /** Hides all that was written so far. */
  async move(): Promise<string> {
    const stamp = newStamp();
    await this.server.set(this.key, bytesOf(stamp), NO_END);
    this.#isOver = false;
    this.#known = stamp;
    return stamp;
  }

  /** As `move`, but not before the next use. */
  moveBeforeUse(): void {
    this.#isOver = true;
    this.#known = undefined;
  }

  /**
   * One question serves all operations of a turn. It is asked by the first of them, and goes out at the end of the turn with all of
   * them, so that none began after it was sent.
   */
  #newTurn(): Turn {
    process.nextTick(() => {
      this.#turn = undefined;
    });
    const turn: Turn = { current: undefined, check: this.#current() };
    turn.check.then((stamp) => {
      this.#known = turn.current = stamp;
    }, ignore);
    return turn;
  }

  async #current(): Promise<string> {
    if (this.#isOver) return (this.#renewal ??= this.#renew());
    const item = await this.server.get(this.key);
    if (item === undefined) return this.#create();
    const stamp = item.payload.toString('latin1');
    // Of somebody else's making.
    return STAMP.test(stamp) ? stamp : this.move();
  }

  async #renew(): Promise<string> {
    try {
      return await this.move();
    } finally {
      this.#renewal = undefined;
    }
  }

  async #create(): Promise<string> {
    const stamp = newStamp();
    if (await this.server.add(this.key, bytesOf(stamp), NO_END)) return stamp;
    // Another process was first.
    const item = await this.server.get(this.key);
    const theirs = item?.payload.toString('latin1') ?? '';
    return STAMP.test(theirs) ? theirs : this.move();
  }
}

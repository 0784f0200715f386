/** An operation that waits for its answer. */
export interface Waiting {
  /** The end of the turn in which it began, by `Deadlines.now`. */
  readonly since: number;
  /** Ends the waiting; false if its deadline had ended it already. */
  end(): boolean;
}

type Expire = (error: Error) => void;

/** The operations begun in one turn of the event loop. They go out at its end, however long it takes, and wait from then on. */
interface Turn {
  since: number;
}

class Node implements Waiting {
  previous: Node | undefined;
  next: Node | undefined;

  constructor(
    private readonly list: Deadlines,
    private readonly turn: Turn,
    /** Undefined once the waiting has ended. */
    public expire: Expire | undefined,
  ) {}

  get since(): number {
    return this.turn.since;
  }

  end(): boolean {
    if (this.expire === undefined) return false;
    this.expire = undefined;
    this.list.unlink(this);
    return true;
  }
}

/** Timers that are this late tell nothing about the event loop. */
const USUAL_LATENESS_MS = 2;

/**
 * The operations that wait for one server, in the order of their deadlines, which are all equally far. One timer serves them all, and
 * only while somebody waits: a timer per operation costs more than the operation.
 *
 * Time in which the event loop was blocked does not count: the answer may lie in the socket, unread.
 */
export class Deadlines {
  #first: Node | undefined;
  #last: Node | undefined;
  #size = 0;
  #blockedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #turn: Turn | undefined;
  #endOfTurn: NodeJS.Immediate | undefined;

  /**
   * @param limitMs how long each may wait
   * @param onExpired called with the waiting whose deadline has come, before it is told
   */
  constructor(
    private readonly limitMs: number,
    private readonly onExpired: (waiting: Waiting) => Error,
    private readonly readTime: () => number = () => performance.now(),
  ) {}

  /** The number of operations that wait. */
  get size(): number {
    return this.#size;
  }

  /**
   * The time in milliseconds, less that in which the event loop was blocked. Answers that came meanwhile are heard before the timer is, so
   * its being late counts at once.
   */
  now(): number {
    const time = this.readTime();
    const lateness = this.#timer === undefined ? 0 : Math.max(0, time - this.#dueAt);
    return time - this.#blockedMs - lateness;
  }

  /** Begins to wait; `expire` is called if nobody ends the waiting in time. */
  add(expire: Expire): Waiting {
    const node = new Node(this, (this.#turn ??= this.#beginTurn()), expire);
    node.previous = this.#last;
    if (this.#last) this.#last.next = node;
    else this.#first = node;
    this.#last = node;
    this.#size++;
    if (this.#timer === undefined) this.#arm();
    return node;
  }

  /** Ends all waiting with an error, and the timer with it. */
  expireAll(error: Error): void {
    while (this.#first) this.#expire(this.#first, error);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    clearImmediate(this.#endOfTurn);
    this.#turn = undefined;
  }

  /** @internal For `Waiting.end`. */
  unlink(node: Node): void {
    if (node.previous) node.previous.next = node.next;
    else this.#first = node.next;
    if (node.next) node.next.previous = node.previous;
    else this.#last = node.previous;
    this.#size--;
  }

  #beginTurn(): Turn {
    const turn: Turn = { since: this.now() };
    this.#endOfTurn = setImmediate(() => {
      this.#turn = undefined;
      turn.since = this.now();
    });
    return turn;
  }

  #expire(node: Node, error: Error): void {
    const { expire } = node;
    if (node.end()) expire!(error);
  }

  #arm(): void {
    if (!this.#first) return;
    const untilFirst = this.#first.since + this.limitMs - this.now();
    // Looking more often than needed is how a blocked event loop is noticed.
    const delay = Math.max(1, Math.min(Math.ceil(untilFirst), this.limitMs / 4));
    this.#dueAt = this.readTime() + delay;
    this.#timer = setTimeout(() => this.#look(), delay);
  }

  #look(): void {
    this.#timer = undefined;
    const lateness = this.readTime() - this.#dueAt;
    if (lateness > USUAL_LATENESS_MS) this.#blockedMs += lateness;
    while (this.#first && this.now() - this.#first.since >= this.limitMs) {
      const node = this.#first;
      this.#expire(node, this.onExpired(node));
    }
    this.#arm();
  }
}

/** What may be on its way to a server at once, in entries: enough to keep it busy, little enough to be answered well within a deadline. */
const DEFAULT_WINDOW = 1024;
/** Operations that were let in are forgotten in heaps, since taking one at a time from the front of a list moves all others. */
const FORGOTTEN_AT_ONCE = 1024;

/** An operation that waits for its turn. */
export interface Queued {
  /** How many entries it moves. */
  readonly weight: number;
  start(): void;
  fail(error: Error): void;
}

/**
 * Lets so much go to a server at once, and the rest wait in order. A burst is answered one piece after the other; that its end comes late is
 * not the server's fault, so the time before its turn is no part of an operation's deadline.
 */
export class Admission {
  #inside = 0;
  #queue: Queued[] = [];
  #next = 0;
  #isAdmitting = false;

  constructor(private readonly window = DEFAULT_WINDOW) {}

  /** The number of operations that wait for their turn. */
  get size(): number {
    return this.#queue.length - this.#next;
  }

  /** Lets an operation in if there is room and nobody waits; it leaves with `leave`. */
  enter(weight: number): boolean {
    if (this.size > 0 || !this.#hasRoomFor(weight)) return false;
    this.#inside += weight;
    return true;
  }

  wait(operation: Queued): void {
    this.#queue.push(operation);
  }

  leave(weight: number): void {
    this.#inside -= weight;
    // An operation that fails at once leaves while it is let in.
    if (this.#isAdmitting || this.size === 0) return;
    this.#isAdmitting = true;
    while (this.size > 0 && this.#hasRoomFor(this.#queue[this.#next]!.weight)) {
      const operation = this.#take();
      this.#inside += operation.weight;
      operation.start();
    }
    this.#isAdmitting = false;
  }

  /** Sends away all who wait. */
  refuseAll(error: Error): void {
    const refused = this.#queue.slice(this.#next);
    this.#queue = [];
    this.#next = 0;
    for (const operation of refused) operation.fail(error);
  }

  /** What is larger than the window goes alone. */
  #hasRoomFor(weight: number): boolean {
    return this.#inside === 0 || this.#inside + weight <= this.window;
  }

  #take(): Queued {
    const operation = this.#queue[this.#next++]!;
    if (this.#next >= FORGOTTEN_AT_ONCE || this.#next === this.#queue.length) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
    return operation;
  }
}

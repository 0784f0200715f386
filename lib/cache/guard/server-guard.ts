import { type Answer, isPending } from '../../core/answer.js';
import { CacheError } from '../../core/errors.js';
import { within } from '../../core/patience.js';
import { messageOf } from '../../core/show.js';
import { Admission } from './admission.js';
import { Deadlines, type Waiting } from './deadlines.js';
import { Health } from './health.js';
import { type Doubtful, Journal } from './journal.js';

/** How patient a cache is with its servers. */
export interface GuardLimits {
  /** How long an operation may take, in milliseconds. */
  readonly operationTimeoutMs: number;
  /** How many operations may wait for one server at once; a batch counts as one. */
  readonly maxPendingOperations: number;
}

/** What a guard does to its server, and whom it tells. */
export interface GuardedServer {
  /** As in logs. */
  readonly name: string;
  /** How many operations it carries out at once; undefined for as many as have about a thousand entries. */
  readonly operationsAtOnce?: number | undefined;
  probe(): Promise<void>;
  /** Removes what is doubtful; called after each outage, also with nothing. */
  recover(doubtful: Doubtful): Promise<void>;
  opened(reason: string): void;
  closed(outageMs: number, replayed: Doubtful): void;
  timedOut(): void;
}

/** A deadline came before the answer: what was asked may have happened, or may still. */
export class DeadlineError extends Error {}

/** As many wait as may: what was asked has not been sent. */
export class OverloadError extends Error {}

/** An answer later than this share of the deadline is slow. */
const SLOW_SHARE = 1 / 2;
const FIRST_PROBE_MS = 25;
const LONGEST_PAUSE_MS = 500;
/** A server that fails again so soon after it was trusted is probed with longer pauses. */
const RELAPSE_MS = 10_000;

/**
 * One server of a cache: a deadline for each operation, and a breaker. The breaker opens when the server is lost or silent, or when half
 * of the last operations failed or were slow. While it is open nothing is sent but a probe now and then; once that is answered, and
 * the removals that were not confirmed are done, it closes.
 */
export class ServerGuard {
  readonly journal = new Journal();
  readonly #health = new Health();
  readonly #deadlines: Deadlines;
  readonly #admission: Admission;
  /** Why the breaker is open; undefined while it is closed. */
  #refusal: Error | undefined;
  #lastAnswerAt = Number.NEGATIVE_INFINITY;
  #openedAt = 0;
  #closedAt = Number.NEGATIVE_INFINITY;
  #attempts = 0;
  /** What everybody is told once the cache is closed. */
  #ended: Error | undefined;
  #probing: NodeJS.Timeout | undefined;
  #catchingUp: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: GuardedServer,
    private readonly limits: GuardLimits,
  ) {
    this.#admission = new Admission(server.operationsAtOnce);
    this.#deadlines = new Deadlines(limits.operationTimeoutMs, (waiting) => this.#expired(waiting));
  }

  get isOpen(): boolean {
    return this.#refusal !== undefined;
  }

  /**
   * Runs an operation under the deadline, if the breaker lets it.
   *
   * @param failed gives what the caller gets instead when there is no good answer, or throws
   * @param entries how many it moves
   */
  run<T>(operation: () => Answer<T>, failed: (error: unknown) => Answer<T>, entries = 1): Answer<T> {
    const weight = this.server.operationsAtOnce === undefined ? entries : 1;
    const refusal = this.#refusal ?? this.#ended ?? this.#overload();
    if (refusal) return attempt(() => failed(refusal));
    if (this.#admission.enter(weight)) return this.#start(operation, weight, failed);
    return new Promise<T>((resolve, reject) => {
      const settle = (task: () => Answer<T>): void => {
        attempt(task).then(resolve, reject);
      };
      this.#admission.wait({
        weight,
        start: () => settle(() => this.#start(operation, weight, failed)),
        fail: (error) => settle(() => failed(error)),
      });
    });
  }

  /** Neither a promise nor a deadline for what a database in this process answers at once. */
  #start<T>(operation: () => Answer<T>, weight: number, failed: (error: unknown) => Answer<T>): Answer<T> {
    const beganAt = this.#deadlines.now();
    let answer: Answer<T>;
    try {
      answer = operation();
    } catch (error) {
      this.#failed(beganAt, error);
      this.#admission.leave(weight);
      return attempt(() => failed(error));
    }
    if (isPending(answer)) return this.#inTime(answer, weight, failed);
    // However long it took: that was this process itself, and the next operation takes no less for not being sent.
    this.#lastAnswerAt = this.#deadlines.now();
    this.#note(true);
    this.#admission.leave(weight);
    return answer;
  }

  #inTime<T>(answer: Promise<T>, weight: number, failed: (error: unknown) => Answer<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#admission.leave(weight);
        attempt(() => failed(error)).then(resolve, reject);
      };
      const waiting = this.#deadlines.add(fail);
      const answered = (value: T): void => {
        if (!waiting.end()) return;
        this.#answered(waiting.since);
        this.#admission.leave(weight);
        resolve(value);
      };
      const refused = (error: unknown): void => {
        if (!waiting.end()) return;
        this.#failed(waiting.since, error);
        fail(error);
      };
      answer.then(answered, refused);
    });
  }

  #overload(): Error | undefined {
    const { maxPendingOperations } = this.limits;
    if (this.#deadlines.size + this.#admission.size < maxPendingOperations) return undefined;
    return new OverloadError(`${maxPendingOperations} operations wait for ${this.server.name} already`);
  }

  /** As `run`, for work that may take long, such as a scan of the whole store: it may go on for as long as the server answers probes. */
  async runLong(task: () => Promise<void>, failed: (error: unknown) => Answer<void>): Promise<void> {
    try {
      const refusal = this.#refusal ?? this.#ended;
      if (refusal) throw refusal;
      await this.#whileAlive(task());
    } catch (error) {
      await failed(error);
    }
  }

  /** Opens the breaker. */
  trip(reason: unknown): void {
    if (this.#refusal || this.#ended) return;
    // What a server says may be anything, and stands in a line of a log.
    const message = messageOf(reason).replaceAll(/\p{Cc}+/gu, ' ');
    this.#refusal = new Error(`${this.server.name} is not in use: ${message}`, { cause: reason });
    const now = performance.now();
    if (now - this.#closedAt > RELAPSE_MS) this.#attempts = 0;
    this.#openedAt = now;
    this.#health.forget();
    this.server.opened(message);
    this.#sendAway(this.#refusal);
    this.#probeLater();
  }

  /** Notes a removal that is not confirmed: the server is not trusted before it is done. */
  doubt(doubtful: Doubtful, reason: unknown): void {
    this.journal.add(doubtful);
    this.trip(reason);
  }

  /** Notes a removal that was not sent for want of room: it is done soon, and the server is as good as before. */
  remember(doubtful: Doubtful): void {
    this.journal.add(doubtful);
    if (this.#refusal || this.#ended || this.#catchingUp) return;
    this.#catchingUp = setTimeout(() => void this.#catchUp(), FIRST_PROBE_MS);
    this.#catchingUp.unref();
  }

  get isStopped(): boolean {
    return this.#ended !== undefined;
  }

  /** Ends probing, and lets nobody wait any longer. */
  stop(): void {
    this.#ended = new Error('the cache is closed');
    clearTimeout(this.#probing);
    clearTimeout(this.#catchingUp);
    this.#sendAway(this.#ended);
  }

  /** First those who wait for their turn, or it would be theirs. */
  #sendAway(error: Error): void {
    this.#admission.refuseAll(error);
    this.#deadlines.expireAll(error);
  }

  #answered(since: number): void {
    const now = this.#deadlines.now();
    this.#lastAnswerAt = now;
    const tookMs = now - since;
    if (!this.#note(tookMs < this.#slowMs)) {
      this.trip(new Error(`half of the last operations failed or took longer than ${this.#slowMs} ms`));
    }
  }

  #failed(since: number, error: unknown): void {
    // The library's own errors are answers: a value too large, an entry that is no number.
    if (error instanceof CacheError) return this.#answered(since);
    if (!this.#note(false)) this.trip(error);
  }

  #note(isGood: boolean): boolean {
    return this.#health.note(isGood);
  }

  get #slowMs(): number {
    return this.limits.operationTimeoutMs * SLOW_SHARE;
  }

  #expired(waiting: Waiting): Error {
    this.server.timedOut();
    const error = new DeadlineError(
      `${this.server.name} did not answer within ${this.limits.operationTimeoutMs} ms (operationTimeoutMs)`,
    );
    // Silent since: it is not this one operation that is slow, and nobody else shall wait for it.
    const isSilent = this.#lastAnswerAt < waiting.since;
    if (isSilent || !this.#note(false)) this.trip(error);
    return error;
  }

  #probeLater(): void {
    if (this.#ended) return;
    const pauseMs = Math.min(FIRST_PROBE_MS * 2 ** this.#attempts++, LONGEST_PAUSE_MS);
    // The processes of a fleet lose a server in the same moment, and must not come back in the same moment.
    const jittered = pauseMs * (0.75 + Math.random() / 2);
    this.#probing = setTimeout(() => void this.#tryToClose(), jittered);
    // A store that is away keeps no process running.
    this.#probing.unref();
  }

  async #tryToClose(): Promise<void> {
    const replayed = new Journal();
    try {
      await this.#probe();
      // Also with nothing to remove; and what joins it meanwhile.
      do replayed.add(await this.#replay());
      while (!this.journal.isEmpty);
    } catch {
      return this.#probeLater();
    }
    if (!this.#ended) this.#close(replayed.take());
  }

  async #catchUp(): Promise<void> {
    this.#catchingUp = undefined;
    try {
      while (!this.journal.isEmpty) await this.#replay();
    } catch (error) {
      this.trip(error);
    }
  }

  async #probe(): Promise<void> {
    const beganAt = this.#deadlines.now();
    await this.#probeInTime();
    if (this.#deadlines.now() - beganAt > this.#slowMs) throw new Error('the probe was answered slowly');
  }

  async #probeInTime(): Promise<void> {
    const { operationTimeoutMs: limitMs } = this.limits;
    await within(limitMs, this.server.probe(), () => new DeadlineError(`no answer within ${limitMs} ms`));
  }

  async #replay(): Promise<Doubtful> {
    const doubtful = this.journal.take();
    try {
      await this.#whileAlive(this.server.recover(doubtful));
      return doubtful;
    } catch (error) {
      this.journal.add(doubtful);
      throw error;
    }
  }

  /** Waits for a task as long as the server answers probes meanwhile. */
  async #whileAlive(task: Promise<void>): Promise<void> {
    const ended = task.then(() => true);
    while (!(await Promise.race([ended, pause(this.limits.operationTimeoutMs)]))) {
      await this.#probeInTime();
    }
  }

  #close(replayed: Doubtful): void {
    this.#refusal = undefined;
    this.#closedAt = performance.now();
    this.server.closed(this.#closedAt - this.#openedAt, replayed);
  }
}

/** As what it throws would be if it came later. */
async function attempt<T>(task: () => Answer<T>): Promise<T> {
  return task();
}

async function pause(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
}

import type { Answer } from '../../../core/answer.js';
import { within } from '../../../core/patience.js';
import type { Outcome, Query } from '../statements/statement.js';
import type { Database, Run } from './database.js';
import type { DataSourceLike, QueryRunnerLike, ReplicationMode } from './data-source.js';
import { hold, letGo } from './held-data-sources.js';
import { isBroken, isDeadlock, isLostStatement } from './failures.js';
import { openSession } from './open-session.js';
import { Probe } from './probe.js';
import { release } from './release.js';
import type { Session } from './session.js';
import { StatementLog } from './statement-log.js';
import { type Together, WaitingLine } from './waiting-line.js';

/** A query runner that this cache has taken out of the pool. */
interface Lane {
  readonly runner: QueryRunnerLike;
  readonly session: Session;
}

export interface LanesOptions {
  readonly dataSource: DataSourceLike;
  readonly mode: ReplicationMode;
  /** The most query runners out of the pool at once. */
  readonly limit: number;
  /** Whether statements stay prepared on the server. */
  readonly prepares: boolean;
  /** Tells that the server, or the connection to it, is gone. */
  readonly lost: (reason: unknown) => void;
}

/** How often a statement is sent again that the database undid for the sake of another. */
const ATTEMPTS = 3;
/** How long what is under way may go on when the cache is closed. */
const CLOSING_WAITS_MS = 250;

/**
 * The query runners that a cache uses at once, a few of the pool's, so that a burst on the cache leaves connections for the application.
 * A runner goes from one statement to the next that waits, and back into the pool at the end of the turn in which nobody does.
 */
export class Lanes implements Database {
  readonly #log: StatementLog;
  readonly #idle: Lane[] = [];
  readonly #busy = new Set<Lane>();
  readonly #waiting = new WaitingLine<Lane>();
  /** Runners out of the pool, or about to be. */
  #taken = 0;
  /** Runners that are about to be out of the pool. */
  #opening = 0;
  /** Counts the times that everybody was sent away. */
  #generation = 0;
  /** Counts answers: the end of a connection attempt that began before the last of them is no news of the server. */
  #answers = 0;
  #probe: Probe | undefined;
  #releasing: NodeJS.Immediate | undefined;
  #isClosed = false;
  #becameFree: (() => void) | undefined;

  constructor(private readonly options: LanesOptions) {
    this.#log = new StatementLog(options.dataSource);
  }

  async open(): Promise<void> {
    await hold(this.options.dataSource);
  }

  run<T>(query: Query<T>): Promise<T> {
    const lane = this.#takeIdle();
    if (lane) return this.#runOn(lane, query);
    if (this.#isClosed) return Promise.reject(new Error('the cache is closed'));
    if (this.#taken < this.options.limit) return this.#open().then((opened) => this.#runOn(opened, query));
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        query,
        go: (free) => resolve(this.#runOn(free, query)),
        answer: (value) => resolve(value as T),
        fail: reject,
      });
    });
  }

  async #runOn<T>(lane: Lane, query: Query<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const outcome = await this.#send(lane, query);
        this.#answers++;
        this.#giveBack(lane);
        return query.answer(outcome);
      } catch (error) {
        if (isDeadlock(error) && attempt < ATTEMPTS && this.#busy.has(lane)) continue;
        this.#failed(lane, query, error);
        throw error;
      }
    }
  }

  /** What fails together is tried one by one, unless the database is gone: it may be the fault of one. */
  #runTogether(lane: Lane, { parts, query }: Together<Lane>): void {
    this.#runOn(lane, query).then(
      (answers) => {
        for (const [index, part] of parts.entries()) part.answer(answers[index]);
      },
      (error: unknown) => {
        for (const part of parts) {
          if (isBroken(error)) part.fail(error);
          else part.answer(this.run({ ...part.query!, join: undefined }));
        }
      },
    );
  }

  #failed(lane: Lane, { statement, values }: Query<unknown>, error: unknown): void {
    this.#log.failed(statement, values, lane.runner, error);
    // The connection would refuse this statement for ever.
    if (isLostStatement(error)) lane.session.destroy();
    const isGivenUp = !this.#busy.has(lane);
    this.#drop(lane);
    if (!isGivenUp && isBroken(error)) this.options.lost(error);
  }

  async transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction(work);
      } catch (error) {
        if (!isDeadlock(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const lane = this.#takeIdle() ?? (await this.#take());
    try {
      const run = async <R>(query: Query<R>): Promise<R> => query.answer(await this.#send(lane, query));
      await run(BEGIN);
      const result = await work(run);
      await run(COMMIT);
      this.#giveBack(lane);
      return result;
    } catch (error) {
      await this.#rollBack(lane);
      throw error;
    }
  }

  /** Nobody else shall find the transaction open. */
  async #rollBack(lane: Lane): Promise<void> {
    try {
      await lane.session.run(ROLLBACK.statement, []);
    } catch {
      lane.session.destroy();
    }
    this.#drop(lane);
  }

  /** Beside the others, and at the cost of the one before if that was not answered: a pool may be full of connections that lead nowhere. */
  async probe(query: Query<unknown>): Promise<void> {
    this.#probe?.giveUp();
    const probe = new Probe(this.#createRunner());
    this.#probe = probe;
    await probe.run(query, (runner) => this.#openSession(runner));
    this.#answers++;
  }

  giveUp(): number[] {
    this.#generation++;
    const lanes = [...this.#busy];
    this.#busy.clear();
    this.#taken -= lanes.length + this.#opening;
    this.#opening = 0;
    for (const { fail } of this.#waiting.takeAll()) fail(new Error('the database was given up'));
    for (const lane of lanes) lane.session.destroy();
    return lanes.flatMap(({ session }) => session.serverId ?? []);
  }

  /** Gives all runners back, those in use once they are free. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearImmediate(this.#releasing);
    this.#releaseIdle();
    for (const { fail } of this.#waiting.takeAll()) fail(new Error('the cache is closed'));
    await within(CLOSING_WAITS_MS, this.#untilFree(), () => new Error('late')).catch(() => undefined);
    for (const { session } of this.#busy) session.destroy();
    this.#probe?.giveUp();
    await letGo(this.options.dataSource);
  }

  /** Resolves when nothing is under way. */
  async #untilFree(): Promise<void> {
    if (this.#busy.size === 0) return;
    await new Promise<void>((resolve) => (this.#becameFree = resolve));
  }

  #send({ runner, session }: Lane, { statement, values }: Query<unknown>): Answer<Outcome> {
    this.#log.sent(statement, values, runner);
    return session.run(statement, values);
  }

  #takeIdle(): Lane | undefined {
    const lane = this.#idle.pop();
    if (!lane) return undefined;
    if (lane.runner.isReleased) {
      this.#taken--;
      return undefined;
    }
    this.#busy.add(lane);
    return lane;
  }

  async #take(): Promise<Lane> {
    if (this.#isClosed) throw new Error('the cache is closed');
    if (this.#taken < this.options.limit) return this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query: undefined, go: resolve, answer: () => undefined, fail: reject });
    });
  }

  async #open(): Promise<Lane> {
    const generation = this.#generation;
    const answers = this.#answers;
    const isCurrent = (): boolean => generation === this.#generation;
    const runner = this.#createRunner();
    this.#taken++;
    this.#opening++;
    try {
      const lane = { runner, session: await this.#openSession(runner) };
      // What was asked for before is somebody else's by now.
      if (!isCurrent()) throw new Error('the database was given up');
      this.#opening--;
      this.#busy.add(lane);
      return lane;
    } catch (error) {
      release(runner);
      if (isCurrent()) {
        this.#opening--;
        this.#taken--;
        this.#letNextOpen();
        if (answers === this.#answers && isBroken(error)) this.options.lost(error);
      }
      throw error;
    }
  }

  #createRunner(): QueryRunnerLike {
    const { dataSource, mode } = this.options;
    if (!dataSource.isInitialized) throw new Error('the data source is not initialized');
    return dataSource.createQueryRunner(mode);
  }

  async #openSession(runner: QueryRunnerLike): Promise<Session> {
    return openSession(runner, this.options.dataSource, this.options.prepares);
  }

  /** Who waited for a runner that could not be had tries for one. */
  #letNextOpen(): void {
    const next = this.#waiting.next();
    if (next) this.#open().then(next.go, next.fail);
  }

  #giveBack(lane: Lane): void {
    // Given up meanwhile: the connection has ended.
    if (!this.#busy.has(lane)) return release(lane.runner);
    const together = this.#waiting.nextTogether();
    if (together) return this.#runTogether(lane, together);
    const next = this.#waiting.next();
    if (next) return next.go(lane);
    this.#busy.delete(lane);
    this.#idle.push(lane);
    if (this.#isClosed) this.#finish();
    else this.#releasing ??= setImmediate(() => this.#releaseIdle());
  }

  /** After a failure nobody else goes on with this runner: the pool knows whether its connection is any good. */
  #drop(lane: Lane): void {
    release(lane.runner);
    if (!this.#busy.delete(lane)) return;
    this.#taken--;
    this.#letNextOpen();
    if (this.#isClosed) this.#finish();
  }

  #finish(): void {
    this.#releaseIdle();
    if (this.#busy.size === 0) this.#becameFree?.();
  }

  #releaseIdle(): void {
    this.#releasing = undefined;
    const lanes = this.#idle.splice(0);
    this.#taken -= lanes.length;
    for (const { runner } of lanes) release(runner);
  }
}

function bare(text: string): Query<void> {
  return { statement: { name: undefined, text }, values: [], answer: () => undefined };
}

const BEGIN = bare('BEGIN');
const COMMIT = bare('COMMIT');
const ROLLBACK = bare('ROLLBACK');

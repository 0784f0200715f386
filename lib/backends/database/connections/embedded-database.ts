import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, isPending } from '../../../core/answer.js';
import type { Query } from '../statements/statement.js';
import type { Database, Run } from './database.js';
import { type DataSourceLike, isFile, type QueryRunnerLike } from './data-source.js';
import { DatabaseLockedError, isBusy } from './failures.js';
import { hold, letGo } from './held-data-sources.js';
import { openSession } from './open-session.js';
import type { Session } from './session.js';
import { StatementLog } from './statement-log.js';

const LONGEST_PAUSE_MS = 8;

/**
 * A SQLite database, which has no server: better-sqlite3 answers at once, sql.js soon.
 *
 * TypeORM has one connection to it. A file is opened a second time, so that cache statements are not part of whatever transaction the
 * application has open; where there is no file, they wait until it is over.
 */
export class EmbeddedDatabase implements Database {
  readonly #log: StatementLog;
  #opening: Promise<void> | undefined;
  #own: DataSourceLike | undefined;
  #runner: QueryRunnerLike | undefined;
  #session: Session | undefined;
  #isClosed = false;

  /** @param patienceMs how long a statement tries to get at a database that somebody else is writing to */
  constructor(
    private readonly dataSource: DataSourceLike,
    private readonly patienceMs: number,
  ) {
    this.#log = new StatementLog(dataSource);
  }

  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  run<T>(query: Query<T>): Answer<T> {
    if (!this.#session) return this.open().then(() => this.run(query));
    if (this.#isClosed) throw new Error('the cache is closed');
    if (this.#isLent) return this.#runLater(query);
    try {
      const answer = this.#send(query);
      return isPending(answer) ? answer.catch((error: unknown) => this.#failed(query, error)) : answer;
    } catch (error) {
      return this.#failed(query, error);
    }
  }

  async probe(query: Query<unknown>): Promise<void> {
    await this.run(query);
  }

  /** All of it happens at once, or at least between two statements of others. */
  async transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return work((query) => this.run(query));
  }

  giveUp(): number[] {
    return [];
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (
      !(await this.#opening?.then(
        () => true,
        () => false,
      ))
    )
      return;
    await this.#own?.destroy();
    await letGo(this.dataSource);
  }

  async #open(): Promise<void> {
    await hold(this.dataSource);
    try {
      await this.#connect();
    } catch (error) {
      await this.#own?.destroy();
      this.#own = undefined;
      await letGo(this.dataSource);
      throw error;
    }
  }

  async #connect(): Promise<void> {
    if (isFile(this.dataSource)) this.#own = await openAgain(this.dataSource);
    const source = this.#own ?? this.dataSource;
    const runner = source.createQueryRunner();
    const session = await openSession(runner, source, true);
    // Waiting inside SQLite would hold up everything else in this process.
    if (this.#own) await runner.query('PRAGMA busy_timeout = 0');
    this.#runner = runner;
    this.#session = session;
  }

  /** Whether the only connection is in a transaction of the application. */
  get #isLent(): boolean {
    return !this.#own && this.#runner!.isTransactionActive;
  }

  #send<T>(query: Query<T>): Answer<T> {
    const { statement, values } = query;
    this.#log.sent(statement, values, this.#runner!);
    const outcome = this.#session!.run(statement, values);
    return isPending(outcome) ? outcome.then((later) => query.answer(later)) : query.answer(outcome);
  }

  #failed<T>(query: Query<T>, error: unknown): Promise<T> {
    if (isBusy(error)) return this.#runLater(query);
    this.#log.failed(query.statement, query.values, this.#runner!, error);
    throw error;
  }

  async #runLater<T>(query: Query<T>): Promise<T> {
    const end = performance.now() + this.patienceMs;
    for (let pauseMs = 1; performance.now() < end; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      // Processes that wait for each other must not come back in step.
      await delay(pauseMs * (0.5 + Math.random()));
      if (this.#isLent) continue;
      try {
        return await this.#send(query);
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    }
    throw new DatabaseLockedError(
      `the database is locked: others have been writing to it for ${Math.round(this.patienceMs)} ms. If it is a transaction of your own that waits ` +
        'for the cache, use cache.withinTransaction(manager)',
    );
  }
}

/** Opens the same file with the same options, and nothing of what the application does there. */
async function openAgain(dataSource: DataSourceLike): Promise<DataSourceLike> {
  const DataSource = dataSource.constructor as new (options: object) => DataSourceLike;
  const again = new DataSource({
    ...dataSource.options,
    name: undefined,
    entities: [],
    subscribers: [],
    migrations: [],
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    logging: false,
  });
  await again.initialize();
  return again;
}

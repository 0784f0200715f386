import { CacheTransactionError } from '../../../core/errors.js';
import { messageOf, show } from '../../../core/show.js';
import type { DialectName } from '../statements/dialect.js';
import type { Query } from '../statements/statement.js';
import type { DataSourceLike, QueryRunnerLike } from './data-source.js';
import { isDeadlock } from './failures.js';
import { openSession } from './open-session.js';
import type { Session } from './session.js';
import { StatementLog } from './statement-log.js';

/**
 * Returns the query runner of an open transaction.
 *
 * @param transaction an entity manager, or a query runner
 * @throws {CacheTransactionError} if it is none, or one on another data source
 */
export function runnerOf(transaction: unknown, dataSource: DataSourceLike, owner: string): QueryRunnerLike {
  const candidate = transaction as { readonly queryRunner?: unknown } | undefined;
  const runner = (candidate?.queryRunner ?? candidate) as
    (QueryRunnerLike & { readonly dataSource?: unknown; readonly connection?: unknown }) | undefined;
  if (typeof runner?.connect !== 'function' || typeof runner.release !== 'function') {
    throw new CacheTransactionError(
      `${owner}: withinTransaction() takes the entity manager or the query runner of a transaction; got ${show(transaction)}.`,
    );
  }
  if (runner.isReleased || !runner.isTransactionActive) {
    throw new CacheTransactionError(
      `${owner}: withinTransaction() was given a query runner without an open transaction.`,
    );
  }
  if ((runner.dataSource ?? runner.connection) !== dataSource) {
    throw new CacheTransactionError(
      `${owner}: withinTransaction() was given a transaction on another data source than this cache writes to.`,
    );
  }
  return runner;
}

/**
 * Statements within a transaction of the application, one after the other. Each can be undone without the transaction: PostgreSQL would refuse everything
 * that comes after a statement that failed.
 */
export class CallerTransaction {
  readonly #log: StatementLog;
  #session: Promise<Session> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly runner: QueryRunnerLike,
    private readonly dataSource: DataSourceLike,
    private readonly dialect: DialectName,
    private readonly prepares: boolean,
  ) {
    this.#log = new StatementLog(dataSource);
  }

  run<T>(query: Query<T>): Promise<T> {
    const run = this.#last.then(() => this.#run(query));
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Its connection may be somebody else's from the moment that it is over. */
  get #isOver(): boolean {
    return this.runner.isReleased || !this.runner.isTransactionActive;
  }

  #assertOpen(): void {
    if (!this.#isOver) return;
    throw new CacheTransactionError(
      'The transaction has ended, and so has its view of the cache. Await each call within it before it ends.',
    );
  }

  async #run<T>(query: Query<T>): Promise<T> {
    this.#assertOpen();
    this.#session ??= openSession(this.runner, this.dataSource, this.prepares);
    const session = await this.#session;
    this.#assertOpen();
    const savesPoint = this.dialect === 'postgres';
    try {
      if (savesPoint) await this.#send(session, SAVEPOINT);
      this.#assertOpen();
      const answer = query.answer(await this.#send(session, query));
      if (savesPoint && !this.#isOver) await this.#send(session, RELEASE);
      return answer;
    } catch (error) {
      this.#log.failed(query.statement, query.values, this.runner, error);
      if (savesPoint) await this.#undo(session);
      // MySQL has undone the whole transaction: whoever went on would not know that nothing of it is left.
      else if (isDeadlock(error))
        throw new CacheTransactionError(`the database has undone the transaction: ${messageOf(error)}`, {
          cause: error,
        });
      throw error;
    }
  }

  async #undo(session: Session): Promise<void> {
    if (!this.#isOver) await this.#send(session, ROLLBACK).catch(() => undefined);
  }

  async #send(session: Session, { statement, values }: Query<unknown>) {
    this.#log.sent(statement, values, this.runner);
    return session.run(statement, values);
  }
}

function bare(text: string): Query<void> {
  return { statement: { name: undefined, text }, values: [], answer: () => undefined };
}

const SAVEPOINT = bare('SAVEPOINT nestjs_cache');
const RELEASE = bare('RELEASE SAVEPOINT nestjs_cache');
const ROLLBACK = bare('ROLLBACK TO SAVEPOINT nestjs_cache');

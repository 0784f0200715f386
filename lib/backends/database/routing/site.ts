import { type Answer, isPending } from '../../../core/answer.js';
import { type DataSourceLike, dialectNameOf, type ReplicationMode } from '../connections/data-source.js';
import type { Database } from '../connections/database.js';
import { EmbeddedDatabase } from '../connections/embedded-database.js';
import { endOnServer, type GivenUp } from '../connections/given-up.js';
import { Lanes } from '../connections/lanes.js';
import { dialectOf } from '../statements/dialects.js';
import type { Query } from '../statements/statement.js';
import type { TableQueries } from '../statements/table-queries.js';
import { placeTable } from '../table/placed-table.js';
import type { TableName } from '../table/table-name.js';
import { type ServerState, stateOf } from './server-state.js';

/** What all sites of a cache have in common. */
export interface SiteOptions {
  readonly table: TableName;
  /** The most connections of a pool in use at once. */
  readonly connections: number;
  /** Whether statements stay prepared on the server. */
  readonly prepares: boolean;
  /** How long a statement waits for others that write to the same SQLite database. */
  readonly patienceMs: number;
}

export interface SiteParts {
  /** For logs. */
  readonly name: string;
  readonly mode: ReplicationMode;
  /** @throws {CacheConfigurationError} if there is no such data source, or none that can hold the table */
  find(): Promise<DataSourceLike>;
  lost(reason: unknown): void;
}

/** A site that has found its data source. */
export interface Opened {
  readonly dataSource: DataSourceLike;
  readonly database: Database;
  readonly queries: TableQueries;
}

/** The cache table in one data source, or in its replicas. */
export class Site {
  readonly name: string;
  #opened: Opened | undefined;
  #opening: Promise<Opened> | undefined;
  #state: ServerState | undefined;
  #givenUp: GivenUp[] = [];
  #isClosed = false;

  constructor(
    private readonly parts: SiteParts,
    private readonly options: SiteOptions,
  ) {
    this.name = parts.name;
  }

  /** Undefined until the data source was reached for the first time. */
  get opened(): Opened | undefined {
    return this.#opened;
  }

  /** Runs one statement; at once where the database can. */
  run<T>(make: (queries: TableQueries) => Query<T>): Answer<T> {
    const opened = this.#opened;
    if (opened) return opened.database.run(make(opened.queries));
    return this.open().then(({ database, queries }) => database.run(make(queries)));
  }

  /** As `run`, if there is something to run in this dialect. */
  async runIfAny(make: (queries: TableQueries) => Query<unknown> | undefined): Promise<void> {
    const { database, queries } = await this.open();
    const query = make(queries);
    if (query) await database.run(query);
  }

  /** Finds the data source and prepares it; repeated by each statement until it has succeeded. */
  open(): Promise<Opened> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** What the server says of itself; asked once. */
  async state(): Promise<ServerState> {
    const { dataSource, database } = await this.open();
    this.#state ??= await stateOf(database, dialectNameOf(dataSource, this.name), dataSource);
    return this.#state;
  }

  /** The most bytes that one statement may have, once `state` was asked. */
  get longestStatement(): number {
    return this.#state?.longestStatement ?? Number.POSITIVE_INFINITY;
  }

  async probe(): Promise<void> {
    const { database, queries } = await this.open();
    await database.probe(queries.probe());
    // Here at the latest: it may have been away when the application started.
    await this.state();
  }

  /** Sends everybody away who waits for the database. */
  giveUp(): void {
    const ids = this.#opened?.database.giveUp() ?? [];
    if (ids.length > 0) this.#givenUp.push({ ids, at: performance.now() });
  }

  /** Resolves when nothing more comes of what was given up. */
  async settle(): Promise<void> {
    const { dataSource, database } = await this.open();
    while (this.#givenUp.length > 0) {
      await endOnServer(database, dialectNameOf(dataSource, this.name), this.#givenUp[0]!);
      this.#givenUp.shift();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opened?.database.close();
  }

  async #open(): Promise<Opened> {
    const { find, lost, mode } = this.parts;
    const { connections, patienceMs, prepares, table } = this.options;
    const dataSource = await find();
    const dialect = dialectOf(dialectNameOf(dataSource, this.name));
    const database =
      dialect.name === 'sqlite'
        ? new EmbeddedDatabase(dataSource, patienceMs)
        : new Lanes({ dataSource, mode, limit: connections, prepares, lost });
    await database.open();
    // Nobody waits for a database that came too late.
    if (this.#isClosed) {
      await database.close();
      throw new Error('the cache is closed');
    }
    const state = (): ServerState | undefined => this.#state;
    const queries = dialect.queries(placeTable(table, dataSource), {
      get skipsLocked() {
        return state()?.skipsLocked ?? false;
      },
    });
    this.#opened = { dataSource, database, queries };
    return this.#opened;
  }
}

/** As `then`, but at once if the answer is there. */
export function map<T, R>(answer: Answer<T>, next: (value: T) => R): Answer<R> {
  return isPending(answer) ? answer.then(next) : next(answer);
}

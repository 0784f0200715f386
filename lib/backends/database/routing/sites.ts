import type { Clock } from '../../../core/clock.js';
import { CacheConfigurationError } from '../../../core/errors.js';
import { RecentWrites } from '../../recent-writes.js';
import {
  type DataSourceLike,
  dialectNameOf,
  isDataSource,
  isReplicated,
} from '../connections/data-source.js';
import type { CacheRouterHints, DataSourceName, RoutedEntity } from './cache-router.js';
import { type DataSources, showName } from './data-sources.js';
import type { ServerState } from './server-state.js';
import { Site, type SiteOptions } from './site.js';

export type Purpose = 'read' | 'write';

/** For how long a key that was just written is not read from a replica, which may be late. */
const READ_YOUR_WRITES_MS = 1000;

export interface SitesParts extends SiteOptions {
  /** Who asks, to begin errors with. */
  readonly owner: string;
  readonly hints: CacheRouterHints;
  /** Loads what routers are asked about. */
  entity(): Promise<RoutedEntity>;
  readonly dataSources: DataSources;
  /** The data source that the alias names; undefined leaves the choice to the routers. */
  readonly dataSource: DataSourceName | DataSourceLike | undefined;
  /** `undefined`: a second where the data source for reading says that it is a replica, otherwise 0. */
  readonly readYourWritesMs: number | undefined;
  readonly clock: Clock;
  lost(site: string, reason: unknown): void;
}

/** What is known of a data source: where it is written to, and where it is read. */
interface Pair {
  /** Undefined until it is found. */
  dataSource: DataSourceLike | undefined;
  readonly write: Site;
  /** Of replicas that TypeORM knows of; the same as `write` if there are none. */
  read: Site;
}

/** The data sources of one cache, as its routers choose them for each operation. */
export class Sites {
  readonly #pairs = new Map<DataSourceName | DataSourceLike, Pair>();
  readonly #out = new Set<string>();
  #recent: RecentWrites | undefined;
  #entity: RoutedEntity | undefined;

  constructor(private readonly parts: SitesParts) {}

  /** Where the next write goes. */
  forWrite(): Site {
    return this.#pair(this.#choice('write')).write;
  }

  /** Where the next read of this key goes: to the replica, unless that is out of use or may not know yet what was written. */
  forRead(key: string): Site {
    const site = this.#pair(this.#choice('read')).read;
    if (this.#recent === undefined && !this.#out.has(site.name)) return site;
    return this.#recent?.has(key) || this.#out.has(site.name) ? this.forWrite() : site;
  }

  get remembersWrites(): boolean {
    return this.#recent !== undefined;
  }

  /** Notes a key that was written, or is about to be. */
  wrote(key: string): void {
    this.#recent?.add(key);
  }

  wroteAll(): void {
    this.#recent?.addAll();
  }

  names(purpose: Purpose): string[] {
    const write = this.forWrite().name;
    if (purpose === 'write') return [write];
    return [...new Set([this.#pair(this.#choice('read')).read.name, write])];
  }

  byName(name: string): Site {
    for (const { read, write } of this.#pairs.values()) {
      if (write.name === name) return write;
      if (read.name === name) return read;
    }
    throw new Error(`there is no ${name}`);
  }

  eject(name: string): void {
    this.#out.add(name);
  }

  readmit(name: string): void {
    this.#out.delete(name);
  }

  /**
   * Finds what the routers name now.
   *
   * @throws {CacheConfigurationError} if one of them is not there, or cannot hold a cache table
   */
  async find(): Promise<void> {
    this.#entity = await this.parts.entity();
    for (const purpose of ['write', 'read'] as const) await this.#find(this.#choice(purpose), purpose);
    const [write, read] = this.chosen();
    if (write && read) this.#readYourWrites(read);
  }

  /** A replica may be late, and so may what does not say what it is. */
  #readYourWrites(read: Site): void {
    const { readYourWritesMs } = this.parts;
    this.#remember(readYourWritesMs ?? READ_YOUR_WRITES_MS);
    if (readYourWritesMs !== undefined) return;
    const notice = ({ isReplica }: ServerState): void => {
      if (!isReplica) this.#remember(0);
    };
    read.state().then(notice, () => undefined);
  }

  /** Returns what the routers name now. */
  chosen(): Site[] {
    return [...new Set([this.forWrite(), this.#pair(this.#choice('read')).read])];
  }

  /** Returns the data source to create the table in; undefined if a router does not allow it. */
  async toMigrate(): Promise<DataSourceLike | undefined> {
    const choice = this.#choice('write');
    const { dataSource } = await this.forWrite().open();
    if (isDataSource(choice)) return dataSource;
    return this.parts.dataSources.router.allowMigrate(choice, this.#entity!) ? dataSource : undefined;
  }

  async close(): Promise<void> {
    const sites = [...this.#pairs.values()].flatMap(({ read, write }) => [read, write]);
    await Promise.all([...new Set(sites)].map((site) => site.close()));
  }

  #remember(windowMs: number): void {
    this.#recent = windowMs > 0 ? new RecentWrites(windowMs, this.parts.clock) : undefined;
  }

  #choice(purpose: Purpose): DataSourceName | DataSourceLike {
    const { dataSource, dataSources, hints } = this.parts;
    const entity = this.#entity;
    if (dataSource !== undefined) return dataSource;
    if (!entity) throw new Error('the cache is not open yet');
    const { router } = dataSources;
    return purpose === 'write' ? router.dbForWrite(entity, hints) : router.dbForRead(entity, hints);
  }

  async #find(choice: DataSourceName | DataSourceLike, purpose: Purpose): Promise<void> {
    const { owner } = this.parts;
    const pair = this.#pair(choice);
    const asker = this.parts.dataSource === undefined ? `${owner}, data source to ${purpose}` : owner;
    try {
      this.#settle(pair, choice, pair.dataSource ?? (await this.#resolve(choice, asker)));
    } catch (error) {
      this.#pairs.delete(choice);
      throw error;
    }
  }

  /** Reads go to the replicas from the moment that they are known. */
  #settle(pair: Pair, choice: DataSourceName | DataSourceLike, dataSource: DataSourceLike): void {
    pair.dataSource = dataSource;
    if (pair.read !== pair.write || !isReplicated(dataSource)) return;
    pair.read = this.#site(`${pair.write.name} (replicas)`, choice, 'slave');
    if (!this.#recent) this.#remember(this.parts.readYourWritesMs ?? READ_YOUR_WRITES_MS);
  }

  async #resolve(choice: DataSourceName | DataSourceLike, owner: string): Promise<DataSourceLike> {
    if (!isDataSource(choice)) return this.parts.dataSources.find(choice, owner);
    dialectNameOf(choice, owner);
    return choice;
  }

  #pair(choice: DataSourceName | DataSourceLike): Pair {
    const known = this.#pairs.get(choice);
    if (known) return known;
    const name = isDataSource(choice)
      ? `the data source of "${this.parts.hints.alias}"`
      : `data source ${showName(choice)}`;
    const site = this.#site(name, choice, 'master');
    const pair: Pair = { dataSource: undefined, write: site, read: site };
    this.#pairs.set(choice, pair);
    return pair;
  }

  #site(name: string, choice: DataSourceName | DataSourceLike, mode: 'master' | 'slave'): Site {
    const { lost, owner } = this.parts;
    const find = async (): Promise<DataSourceLike> => {
      const pair = this.#pairs.get(choice);
      const dataSource = pair?.dataSource ?? (await this.#resolve(choice, owner));
      if (pair && !pair.dataSource) this.#settle(pair, choice, dataSource);
      if (isDataSource(dataSource)) return dataSource;
      throw new CacheConfigurationError(`${owner}: ${name} is not there.`);
    };
    return new Site({ name, mode, find, lost: (reason) => lost(name, reason) }, this.parts);
  }
}

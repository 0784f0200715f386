import type { BackendServers } from '../cache-backend.js';
import type { Site } from './routing/site.js';
import type { Purpose, Sites } from './routing/sites.js';

/** What the servers of a database cache need from the cache. */
export interface CacheTable {
  /** Rejects if the table cannot be used. */
  check(site: Site): Promise<void>;
  removeAll(keys: readonly string[]): Promise<unknown>;
  clear(): Promise<void>;
}

/** The data sources of a cache as the guard sees them. Reads of one that is out of use go to where the cache writes. */
export class DatabaseServers implements BackendServers {
  constructor(
    private readonly sites: Sites,
    private readonly table: CacheTable,
    /** A few for each connection: more would wait for one, and a wait is not to be taken for slowness. */
    readonly operationsAtOnce: number,
  ) {}

  names(purpose: Purpose): readonly string[] {
    return this.sites.names(purpose);
  }

  nameFor(key: string, purpose: Purpose): string {
    return (purpose === 'write' ? this.sites.forWrite() : this.sites.forRead(key)).name;
  }

  async probe(name: string): Promise<void> {
    await this.table.check(this.sites.byName(name));
  }

  async recover(name: string, doubtful: readonly string[] | 'all'): Promise<void> {
    await this.sites.byName(name).settle();
    if (doubtful === 'all') await this.table.clear();
    else if (doubtful.length > 0) await this.table.removeAll(doubtful);
  }

  async clear(): Promise<void> {
    await this.table.clear();
  }

  eject(name: string): void {
    this.sites.eject(name);
    this.sites.byName(name).giveUp();
  }

  readmit(name: string): void {
    this.sites.readmit(name);
  }
}

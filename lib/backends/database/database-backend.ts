import { CacheConfigurationError } from '../../core/errors.js';
import { within } from '../../core/patience.js';
import type { BackendContext, BackendServers, CacheBackend, StoreSize } from '../cache-backend.js';
import type { CleanUps } from './clean-ups.js';
import { DatabaseServers } from './database-servers.js';
import { RowStore } from './row-store.js';
import type { Site } from './routing/site.js';
import type { Sites } from './routing/sites.js';
import type { TableCheck } from './table-check.js';
import { transactionSites } from './transaction-sites.js';

/** How long the start of the application waits for a database. */
const OPEN_WAITS_MS = 1000;
/** How many operations at once make one connection busy: what waits for one is joined with its like. */
const OPERATIONS_PER_CONNECTION = 8;

export interface DatabaseParts {
  readonly context: BackendContext;
  readonly sites: Sites;
  readonly cleanUps: CleanUps;
  readonly tableCheck: TableCheck;
  /** How many connections of a pool are used at once. */
  readonly connections: number;
  /** Whether statements stay prepared on the server. */
  readonly prepares: boolean;
}

/** Keeps entries in a table of the application's database. */
export class DatabaseBackend extends RowStore<Site> implements CacheBackend {
  readonly servers: BackendServers;
  readonly #parts: DatabaseParts;

  constructor(parts: DatabaseParts) {
    const { cleanUps, connections, context, sites, tableCheck } = parts;
    super({ context, sites, wrote: (site, rows, bytes) => cleanUps.wrote(site, rows, bytes) });
    this.#parts = parts;
    this.servers = new DatabaseServers(
      sites,
      {
        check: (site) => tableCheck.check(site, site === sites.forWrite()),
        removeAll: async (keys) => this.removeMany(keys),
        clear: async () => this.clear(),
      },
      OPERATIONS_PER_CONNECTION * connections,
    );
  }

  within(transaction: unknown): CacheBackend {
    const { context, cleanUps, prepares, sites } = this.#parts;
    const site = sites.forWrite();
    return new RowStore({
      context,
      sites: transactionSites(transaction, site, {
        owner: `Cache "${context.alias}"`,
        prepares,
        outer: sites,
      }),
      // Nobody waits for a clean-up that may itself wait for the end of this transaction.
      wrote: (_within, rows, bytes) => {
        void cleanUps.wrote(site, rows, bytes);
        return undefined;
      },
    });
  }

  async cull(): Promise<number> {
    const cleanUp = await this.#parts.cleanUps.of(this.#parts.sites.forWrite());
    const { aged, excess, expired } = await cleanUp.cull();
    return aged + excess + expired;
  }

  async size(): Promise<StoreSize> {
    return (await this.#parts.cleanUps.of(this.#parts.sites.forWrite())).estimate();
  }

  /** Finds the data sources, and waits a moment for them; without them the cache starts all the same. */
  async open(): Promise<void> {
    const { context, sites, tableCheck } = this.#parts;
    await sites.find();
    // Where it writes comes first: there the table may be created, which a replica only follows.
    for (const site of sites.chosen()) {
      const checking = site.state().then(({ advice }) => {
        if (advice !== undefined) context.warn(`${site.name}: ${advice}`);
        return tableCheck.check(site, site === sites.forWrite());
      });
      try {
        await within(OPEN_WAITS_MS, checking, late);
      } catch (error) {
        if (error instanceof CacheConfigurationError) throw error;
        context.lost(site.name, error);
      }
    }
  }

  async close(): Promise<void> {
    const { cleanUps, sites } = this.#parts;
    // At once: a clean-up that waits for a silent database ends with its connection.
    await Promise.all([cleanUps.close(), sites.close()]);
  }
}

function late(): Error {
  return new Error(`no answer within ${OPEN_WAITS_MS} ms`);
}

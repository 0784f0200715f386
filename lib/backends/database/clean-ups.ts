import type { Clock } from '../../core/clock.js';
import { messageOf } from '../../core/show.js';
import { CleanUp, type TableLimits } from './clean-up/clean-up.js';
import { dialectNameOf } from './connections/data-source.js';
import { DatabaseLockedError, isBroken } from './connections/failures.js';
import type { Site } from './routing/site.js';

export interface CleanUpsParts {
  readonly limits: TableLimits;
  readonly clock: Clock;
  warn(message: string): void;
}

/** The clean-ups of a cache: one for each database that it writes to. */
export class CleanUps {
  readonly #cleanUps = new Map<Site, Promise<CleanUp>>();
  readonly #ready = new Map<Site, CleanUp>();
  #isClosed = false;

  constructor(private readonly parts: CleanUpsParts) {}

  /** Is told of each write that has succeeded; returns what to wait for before more is written, if there is anything. */
  wrote(site: Site, rows: number, bytes: number): Promise<void> | undefined {
    const cleanUp = this.#ready.get(site);
    if (cleanUp) return cleanUp.wrote(rows, bytes);
    this.of(site).then((made) => made.wrote(rows, bytes), tellsItself);
    return undefined;
  }

  of(site: Site): Promise<CleanUp> {
    const known = this.#cleanUps.get(site);
    if (known) return known;
    const made = this.#make(site);
    this.#cleanUps.set(site, made);
    made.catch(() => this.#cleanUps.delete(site));
    return made;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#ready.values()].map((cleanUp) => cleanUp.close()));
  }

  async #make(site: Site): Promise<CleanUp> {
    const { clock, limits, warn } = this.parts;
    const { database, dataSource, queries } = await site.open();
    // SQLite works in this process, and holds up everything else in it.
    const isEmbedded = dialectNameOf(dataSource, site.name) === 'sqlite';
    const cleanUp = new CleanUp({
      limits,
      clock,
      largestBatch: isEmbedded ? 100 : undefined,
      holdsWriters: isEmbedded,
      queries,
      run: (query) => database.run(query),
      transaction: (work) => database.transaction(work),
      tell: (error) => {
        // What is cut off by the end of the cache is no failure, of an outage the guard tells, and the next writes try again what others were in the way of.
        if (!this.#isClosed && !isBroken(error) && !(error instanceof DatabaseLockedError))
          warn(`${site.name}: old entries cannot be removed: ${messageOf(error)}`);
      },
    });
    this.#ready.set(site, cleanUp);
    return cleanUp;
  }
}

/** The write that has succeeded found the site open, so nothing is lost but one count. */
function tellsItself(): void {}

import { setImmediate } from 'node:timers/promises';
import { addToInteger } from '../../codec/integer.js';
import { type Answer, isPending } from '../../core/answer.js';
import type { EpochMs } from '../../core/clock.js';
import { ValueTooLargeError } from '../../core/errors.js';
import { isExpired } from '../../core/timeout.js';
import type {
  BackendCapabilities,
  BackendContext,
  CacheBackend,
  EntryToWrite,
  StoredEntry,
} from '../cache-backend.js';
import { rowId, scopeId, shownKey } from './row-id.js';
import { map } from './routing/site.js';
import { type EntryRow, MOST_ROWS_WRITTEN, type TableQueries } from './statements/table-queries.js';
import type { Query } from './statements/statement.js';

/** Rows removed by one statement of `clear`. */
const CLEARED_AT_ONCE = 1000;
/** Before the first id, and before all others. */
const BEGINNING = '';
/** What a statement takes beside its values. */
const STATEMENT_BYTES = 1024;

/** Runs one statement on the cache table. */
export interface TableSite {
  run<T>(make: (queries: TableQueries) => Query<T>): Answer<T>;
  /** As `run`, if there is something to run in this dialect. */
  runIfAny(make: (queries: TableQueries) => Query<unknown> | undefined): Answer<unknown>;
  /** The most bytes that one statement may have. */
  readonly longestStatement: number;
}

/** Where statements go. */
export interface TableSites<Site extends TableSite> {
  forRead(key: string): Site;
  forWrite(): Site;
  /** Is told which keys are about to be written, and again when they are. */
  wrote(key: string): void;
  wroteAll(): void;
  /** Whether it matters to them. */
  readonly remembersWrites: boolean;
}

export const databaseCapabilities: BackendCapabilities = {
  isShared: true,
  isPersistent: true,
  keepsEntries: true,
  hasAtomicInsert: true,
  hasAtomicIncrement: true,
  limitsEntries: true,
  maxKeyBytes: null,
  isRemote: true,
};

export interface RowStoreParts<Site extends TableSite> {
  readonly context: Pick<BackendContext, 'clock' | 'scope'>;
  readonly sites: TableSites<Site>;
  /** Is told how many rows were written, and where, and the bytes of their values; returns what to wait for before more is written. */
  readonly wrote: (site: Site, rows: number, bytes: number) => Promise<void> | undefined;
}

/** Entries as rows of a table: one statement for each operation, and one for each batch. */
export class RowStore<Site extends TableSite> implements CacheBackend {
  readonly capabilities = databaseCapabilities;
  readonly #scope: string;

  constructor(private readonly parts: RowStoreParts<Site>) {
    this.#scope = scopeId(parts.context.scope);
  }

  read(key: string): Answer<StoredEntry | undefined> {
    const answer = this.parts.sites.forRead(key).run((queries) => queries.read(rowId(key)));
    return isPending(answer) ? answer.then((entry) => this.#ifLive(entry)) : this.#ifLive(answer);
  }

  write(key: string, payload: Buffer, expiresAt: EpochMs | null): Answer<void> {
    return this.#write([{ key, payload, expiresAt }]);
  }

  insert(key: string, payload: Buffer, expiresAt: EpochMs | null): Answer<boolean> {
    return this.#noting([key], (site) => {
      const row = this.#row({ key, payload, expiresAt }, site);
      const answer = site.run((queries) => queries.insert(row));
      return map(answer, (isInserted) => {
        if (isInserted) void this.parts.wrote(site, 1, payload.length);
        return isInserted;
      });
    });
  }

  replace(key: string, expected: Buffer, payload: Buffer, expiresAt: EpochMs | null): Answer<boolean> {
    return this.#noting([key], (site) => {
      const row = this.#row({ key, payload, expiresAt }, site);
      const answer = site.run((queries) => queries.replace(expected, row));
      return map(answer, (isReplaced) => {
        if (isReplaced) void this.parts.wrote(site, 1, payload.length);
        return isReplaced;
      });
    });
  }

  touch(key: string, expiresAt: EpochMs | null): Answer<boolean> {
    return this.#noting([key], (site) =>
      site.run((queries) => queries.touch(rowId(key), expiresAt, this.#now)),
    );
  }

  remove(key: string): Answer<boolean> {
    return map(this.#remove([key]), (count) => count > 0);
  }

  /** From one end of the table to the other, so that it takes one pass. */
  async clear(): Promise<void> {
    const { sites } = this.parts;
    const site = sites.forWrite();
    for (let after: string | undefined = BEGINNING; after !== undefined;) {
      const from: string = after;
      const upTo: string | undefined = await site.run((queries) => queries.lastOfNext(from, CLEARED_AT_ONCE));
      sites.wroteAll();
      await site.run((queries) => queries.removeScope(this.#scope, from, upTo));
      sites.wroteAll();
      after = upTo;
      // A database in this process answers at once, and others want their turn.
      await setImmediate();
    }
  }

  async readMany(keys: readonly string[]): Promise<Map<string, StoredEntry>> {
    const found = new Map<string, StoredEntry>();
    for (const [site, part] of groupBy(keys, (key) => this.parts.sites.forRead(key))) {
      const ids = part.map(rowId);
      const entries = await site.run((queries) => queries.readMany(ids));
      for (const [index, key] of part.entries()) {
        const entry = this.#ifLive(entries.get(ids[index]!));
        if (entry) found.set(key, entry);
      }
    }
    return found;
  }

  async writeMany(entries: readonly EntryToWrite[]): Promise<string[]> {
    if (entries.length > 0) await this.#write(entries);
    return [];
  }

  removeMany(keys: readonly string[]): Answer<number> {
    return keys.length === 0 ? 0 : this.#remove(keys);
  }

  increment(key: string, delta: number): Answer<number | undefined> {
    const answer = this.#noting([key], (site) =>
      site.run((queries) => queries.increment(rowId(key), delta, this.#now)),
    );
    return isPending(answer)
      ? answer.then((sum) => sum ?? this.#notCounted(key, delta))
      : (answer ?? this.#notCounted(key, delta));
  }

  /** What is written is read where it was written: while that is under way, and for a while from its end. */
  #noting<T>(keys: readonly string[], write: (site: Site) => Answer<T>): Answer<T> {
    const { sites } = this.parts;
    const note = (): void => {
      for (const key of keys) sites.wrote(key);
    };
    note();
    const answer = write(sites.forWrite());
    return isPending(answer) && sites.remembersWrites ? answer.finally(note) : answer;
  }

  #write(entries: readonly EntryToWrite[]): Answer<void> {
    const keys = entries.map(({ key }) => key);
    return this.#noting(keys, (site) => this.#writeTo(site, entries));
  }

  #writeTo(site: Site, entries: readonly EntryToWrite[]): Answer<void> {
    const rows = entries.map((entry) => this.#row(entry, site));
    const written = (part: readonly EntryRow[]): Answer<void> => {
      const answer = site.run((queries) => queries.write(part));
      const told = (): Answer<void> => this.parts.wrote(site, part.length, bytesOf(part));
      return isPending(answer) ? answer.then(told) : told();
    };
    const [first = [], ...others] = statementsOf(rows, site.longestStatement);
    if (others.length === 0) return written(first);
    return others.reduce<Promise<void>>(
      async (before, part) => {
        await before;
        await written(part);
      },
      Promise.resolve(written(first)),
    );
  }

  #remove(keys: readonly string[]): Answer<number> {
    const ids = keys.map(rowId);
    return this.#noting(keys, (site) => {
      const now = this.#now;
      const answer = site.run((queries) => queries.remove(ids, now));
      if (!isPending(answer)) return answer;
      return answer.then(async (count) => {
        if (count < ids.length) await this.#removeExpired(site, ids);
        return count;
      });
    });
  }

  /** By this clock they are absent, by that of another process they may not be. */
  async #removeExpired(site: TableSite, ids: readonly string[]): Promise<void> {
    await site.runIfAny((queries) => queries.removeExpired?.(ids, this.#now));
  }

  /** Tells why a counter was not counted: it is not there, or it is none. */
  async #notCounted(key: string, delta: number): Promise<number | undefined> {
    const entry = this.#ifLive(await this.parts.sites.forWrite().run((queries) => queries.read(rowId(key))));
    if (!entry) return undefined;
    addToInteger(key, entry.payload, delta);
    // It has come, or has become a number, in between.
    return this.increment(key, delta);
  }

  #row({ expiresAt, key, payload }: EntryToWrite, { longestStatement }: TableSite): EntryRow {
    if (payload.length + STATEMENT_BYTES > longestStatement) {
      throw new ValueTooLargeError(
        key,
        payload.length,
        longestStatement,
        'the longest statement of the database',
      );
    }
    return {
      id: rowId(key),
      cacheKey: shownKey(key),
      value: payload,
      expiresAt,
      writtenAt: this.#now,
      scope: this.#scope,
    };
  }

  #ifLive(entry: StoredEntry | undefined): StoredEntry | undefined {
    return entry && !isExpired(entry.expiresAt ?? null, this.parts.context.clock) ? entry : undefined;
  }

  get #now(): EpochMs {
    return this.parts.context.clock.now();
  }
}

function bytesOf(rows: readonly EntryRow[]): number {
  return rows.reduce((sum, { value }) => sum + value.length, 0);
}

/** Cuts a batch where one statement would be too long; bytes in the text of a statement take two digits each. */
function statementsOf(rows: readonly EntryRow[], longestStatement: number): (readonly EntryRow[])[] {
  const parts: EntryRow[][] = [[]];
  let length = 0;
  for (const row of rows) {
    const added = 2 * row.value.length + STATEMENT_BYTES;
    const isFull = length + added > longestStatement || parts.at(-1)!.length === MOST_ROWS_WRITTEN;
    if (length > 0 && isFull) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)!.push(row);
    length += added;
  }
  return parts;
}

/** Sorts keys by where they are to be read. */
function groupBy<T>(
  keys: readonly string[],
  siteOf: (key: string) => T,
): Iterable<readonly [T, readonly string[]]> {
  const groups = new Map<T, string[]>();
  for (const key of keys) {
    const site = siteOf(key);
    const group = groups.get(site);
    if (group) group.push(key);
    else groups.set(site, [key]);
  }
  return groups;
}

import type { EpochMs } from '../../../core/clock.js';
import type { StoredEntry } from '../../cache-backend.js';
import type { Query } from './statement.js';

/** An entry as a row of the cache table. */
export interface EntryRow {
  /** Hash of the final key: 32 hexadecimal digits. */
  readonly id: string;
  /** The final key in visible ASCII, 255 characters at most, for people who look into the table. Nothing is found by it. */
  readonly cacheKey: string;
  readonly value: Buffer;
  readonly expiresAt: EpochMs | null;
  readonly writtenAt: EpochMs;
  /** Hash of the scope of the cache that wrote it: 16 hexadecimal digits. */
  readonly scope: string;
}

/** What a look at a part of the table found. */
export interface TableSample {
  /** How many rows were looked at. */
  readonly rows: number;
  /** The ids of the first and the last of them; undefined if there was none. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** The bytes of all their values. */
  readonly bytes: number;
}

/** SQLite takes no more than 32,766 values in a statement, and a row has six. */
export const MOST_ROWS_WRITTEN = 5000;

/**
 * The statements on one cache table, in the words of one dialect. One statement each, except where it says otherwise; `now` is the moment
 * by the clock of the application, since that of the server does not matter.
 */
export interface TableQueries {
  /** Reads a row, live or not. */
  read(id: string): Query<StoredEntry | undefined>;
  /** Reads rows, live or not, by id, of which there is at least one. */
  readMany(ids: readonly string[]): Query<Map<string, StoredEntry>>;
  /** Writes rows in place of any others: at least one, at most `MOST_ROWS_WRITTEN`. The ids differ. */
  write(rows: readonly EntryRow[]): Query<void>;
  /** Writes a row if there is none or an expired one; tells whether it did. */
  insert(row: EntryRow): Query<boolean>;
  /** Writes a row in place of a live one with this value; tells whether it did. */
  replace(expected: Buffer, row: EntryRow): Query<boolean>;
  /** Gives a live row another end; tells whether there was one. */
  touch(id: string, expiresAt: EpochMs | null, now: EpochMs): Query<boolean>;
  /** Adds to the digits of a live row; undefined if there is none, if it is no integer, or if the sum would not be safe. */
  increment(id: string, delta: number, now: EpochMs): Query<number | undefined>;
  /** Removes rows, by at least one id; tells how many of them were live. Where `removeExpired` exists, expired ones stay. */
  remove(ids: readonly string[], now: EpochMs): Query<number>;
  /** Removes those of the rows that are expired by this clock: another process, whose clock is late, must not see them. For dialects whose DELETE cannot tell what it removed. */
  removeExpired?(ids: readonly string[], now: EpochMs): Query<void>;

  /** Finds the last of the next `count` rows after an id, in the order of ids; undefined if there are fewer. */
  lastOfNext(after: string, count: number): Query<string | undefined>;
  /** Removes the rows of a scope with `after` < id <= `upTo`, or all after `after`; tells how many. */
  removeScope(scope: string, after: string, upTo: string | undefined): Query<number>;

  /** Looks at the next rows from an id on, in the order of ids. */
  sample(from: string, count: number): Query<TableSample>;
  /** Removes rows that ended first, if they have ended. */
  cullExpired(now: EpochMs, limit: number): Cull;
  /** Removes rows written first, if they were written at `upTo` or before (undefined: whenever). */
  cullOldest(upTo: EpochMs | undefined, limit: number): Cull;
  /** Finds out whether the table is there and has its columns; fails if not. */
  probe(): Query<void>;
}

/** A bounded removal that tells how many rows went. Several workers neither wait for each other nor remove what was written anew meanwhile. */
export type Cull =
  | { readonly isOneStatement: true; readonly query: Query<number> }
  /** Two statements, in one transaction. */
  | {
      readonly isOneStatement: false;
      readonly find: Query<readonly string[]>;
      remove(ids: readonly string[]): Query<number>;
    };

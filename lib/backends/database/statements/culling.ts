import type { EpochMs } from '../../../core/clock.js';
import { unprepared } from './prepared.js';
import { changedRows } from './rows.js';
import { rowCount, type Syntax } from './syntax.js';
import type { Cull, TableQueries } from './table-queries.js';

/** Columns by whose order rows go. Both have an index. */
export type CulledColumn = 'expires_at' | 'written_at';

export interface Oldest {
  readonly column: CulledColumn;
  /** Rows after this moment stay; undefined if none does. */
  readonly upTo: EpochMs | undefined;
  readonly limit: number;
}

/** The condition and the order of what goes first; `limit` is written into the text, as not every database takes it for a value. */
export function oldestFirst({ at }: Syntax, { column, limit, upTo }: Oldest): string {
  const condition = upTo === undefined ? '' : `WHERE ${column} <= ${at(1)} `;
  return `${condition}ORDER BY ${column} LIMIT ${rowCount(limit)}`;
}

export function momentsOf({ upTo }: Oldest): readonly EpochMs[] {
  return upTo === undefined ? [] : [upTo];
}

export function cullingQueries(
  cull: (oldest: Oldest) => Cull,
): Pick<TableQueries, 'cullExpired' | 'cullOldest'> {
  return {
    cullExpired: (now, limit) => cull({ column: 'expires_at', upTo: now, limit }),
    cullOldest: (upTo, limit) => cull({ column: 'written_at', upTo, limit }),
  };
}

/** A cull in one statement. @param textFor makes it of what says which rows go */
export function inOneStatement(
  syntax: Syntax,
  textFor: (oldestFirst: string) => string,
): (oldest: Oldest) => Cull {
  return (oldest) => ({
    isOneStatement: true,
    query: {
      statement: unprepared(textFor(oldestFirst(syntax, oldest))),
      values: momentsOf(oldest),
      answer: changedRows,
    },
  });
}

import type { StoredEntry } from '../../cache-backend.js';
import { prepared, unprepared } from './prepared.js';
import { entriesById, inOrderOfIds, nothing } from './rows.js';
import type { Join, JoinKind, Query, Statement } from './statement.js';
import type { OnIds } from './syntax.js';
import type { EntryRow } from './table-queries.js';

/** The most keys that are read by one statement for callers who know nothing of each other. */
const MOST_READ = 64;
/** The most rows that are written so: a power of two, since each number makes a statement to prepare. */
const MOST_WRITTEN = 16;
/** Longer values go alone, so that a statement stays short. */
const LONGEST_WRITTEN = 4096;

/** Reads of single keys as one of several. */
export function readsTogether(
  readMany: (ids: readonly string[]) => OnIds,
): JoinKind<string, StoredEntry | undefined> {
  return {
    most: (waiting) => Math.min(waiting, MOST_READ),
    together: (ids) => ({
      ...readMany([...new Set(ids)]),
      answer: (outcome) => {
        const entries = entriesById(outcome);
        return ids.map((id) => entries.get(id));
      },
    }),
  };
}

/**
 * Writes of one row or of several. Statements for many rows are too many to keep them prepared, but for those in which waiting writes are
 * joined.
 */
export function writes(
  textFor: (rows: number) => string,
  valuesOf: (row: EntryRow) => readonly unknown[],
): (rows: readonly EntryRow[]) => Query<void> {
  const kept = new Map<number, Statement>();
  for (let rows = 1; rows <= MOST_WRITTEN; rows *= 2) kept.set(rows, prepared(textFor(rows)));
  const statementFor = (rows: number): Statement => kept.get(rows) ?? unprepared(textFor(rows));

  const kind: JoinKind<EntryRow, void> = {
    most: (waiting) => 2 ** Math.floor(Math.log2(Math.min(waiting, MOST_WRITTEN))),
    together: (rows) => {
      // A statement cannot write a row twice; who came last wins.
      const last = [...new Map(rows.map((row) => [row.id, row])).values()];
      const answer = (): void[] => rows.map(() => undefined);
      return { statement: statementFor(last.length), values: valuesInOrder(last), answer };
    },
  };
  const joinOf = (row: EntryRow): Join<EntryRow, void> | undefined =>
    row.value.length > LONGEST_WRITTEN ? undefined : { kind, part: row };

  return (rows) => {
    const [row] = rows;
    return rows.length === 1 && row
      ? { statement: statementFor(1), values: valuesOf(row), answer: nothing, join: joinOf(row) }
      : { statement: statementFor(rows.length), values: valuesInOrder(rows), answer: nothing };
  };

  function valuesInOrder(rows: readonly EntryRow[]): unknown[] {
    return inOrderOfIds(rows).flatMap(valuesOf);
  }
}

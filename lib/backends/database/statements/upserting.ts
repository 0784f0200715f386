import { writes } from './joining.js';
import { prepared } from './prepared.js';
import { COLUMNS, isChanged, liveRows, onlyNumber, REPLACED_COLUMNS, valuesOf } from './rows.js';
import { isLive, isSafe, placesOf, type Syntax } from './syntax.js';
import type { TableQueries } from './table-queries.js';

/** How PostgreSQL and SQLite count, which have nothing in common there. */
export interface Counting {
  /** The integer whose digits the value of a row is; NULL for any other bytes. */
  readonly integer: string;
  /** The type of integers. */
  readonly type: string;
  /** Turns an integer into the bytes of its digits. */
  digits(integer: string): string;
}

type Upserting = Pick<TableQueries, 'increment' | 'insert' | 'remove' | 'replace' | 'touch' | 'write'>;

/** The statements that change rows, for databases with `ON CONFLICT` and `RETURNING`. @param table its name between quotes */
export function upsertingQueries(table: string, syntax: Syntax, counting: Counting): Upserting {
  const { at, onIds, removal } = syntax;
  const written = REPLACED_COLUMNS.map((column) => `${column} = EXCLUDED.${column}`).join(', ');
  const upsert = (rows: number): string =>
    `INSERT INTO ${table} AS kept (${COLUMNS.join(', ')}) VALUES ${placesOf(syntax, COLUMNS.length, rows)} ` +
    `ON CONFLICT (id) DO UPDATE SET ${written}`;

  const insert = prepared(`${upsert(1)} WHERE kept.expires_at <= ${at(COLUMNS.length + 1)}`);
  const touch = prepared(
    `UPDATE ${table} SET expires_at = ${at(1)} WHERE id = ${at(2)} AND ${isLive(at(3))}`,
  );
  const replace = prepared(replaceText(table, syntax));
  const increment = prepared(incrementText(table, syntax, counting));
  const remove = onIds((condition) => `${removal(table, condition)} RETURNING expires_at`);

  return {
    write: writes(upsert, valuesOf),
    insert: (row) => ({ statement: insert, values: [...valuesOf(row), row.writtenAt], answer: isChanged }),
    replace: (expected, { id, value, expiresAt, writtenAt }) => ({
      statement: replace,
      values: [value, expiresAt, writtenAt, id, expected, writtenAt],
      answer: isChanged,
    }),
    touch: (id, expiresAt, now) => ({ statement: touch, values: [expiresAt, id, now], answer: isChanged }),
    increment: (id, delta, now) => ({
      statement: increment,
      values: [delta, id, now, delta],
      answer: onlyNumber,
    }),
    remove: (ids, now) => ({ ...remove(ids), answer: (outcome) => liveRows(outcome, now) }),
  };
}

/** The key and the scope are those of the row already. */
function replaceText(table: string, { at }: Syntax): string {
  return (
    `UPDATE ${table} SET value = ${at(1)}, expires_at = ${at(2)}, written_at = ${at(3)} ` +
    `WHERE id = ${at(4)} AND value = ${at(5)} AND ${isLive(at(6))}`
  );
}

/** The end of the row and the moment of its write stay as they are. */
function incrementText(table: string, { at }: Syntax, { digits, integer, type }: Counting): string {
  const sum = (place: string): string => `${integer} + CAST(${place} AS ${type})`;
  return (
    `UPDATE ${table} SET value = ${digits(sum(at(1)))} WHERE id = ${at(2)} AND ${isLive(at(3))} ` +
    `AND ${isSafe(integer)} AND ${isSafe(sum(at(4)))} RETURNING ${integer} AS new_sum`
  );
}

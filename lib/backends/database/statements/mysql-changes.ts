import { writes } from './joining.js';
import { BY_ID, mysqlSyntax } from './mysql-syntax.js';
import { prepared } from './prepared.js';
import { changedRows, COLUMNS, nothing, onlyNumber, REPLACED_COLUMNS, valuesOf } from './rows.js';
import type { Outcome } from './statement.js';
import { isLive, isSafe, MOST_DIGITS, placesOf } from './syntax.js';
import type { EntryRow, TableQueries } from './table-queries.js';

type Changes = Pick<
  TableQueries,
  'increment' | 'insert' | 'remove' | 'removeExpired' | 'replace' | 'touch' | 'write'
>;

/** Gives the value to the outcome as its mark, wherever the row that this is said of is concerned. */
const MARK = 'LAST_INSERT_ID';

const LIVE = isLive('?');
const EXPIRED = 'expires_at <= ?';

/** Any bytes are text in an encoding of single bytes. */
const TEXT = 'CONVERT(value USING latin1)';
/** A line end may follow what `$` takes for the end. */
const IS_INTEGER = `LENGTH(value) <= ${MOST_DIGITS} AND ${TEXT} REGEXP '^(0|-{0,1}[1-9][0-9]*)$' AND ${TEXT} NOT REGEXP '[^-0-9]'`;
/** To cast anything else would be an error. */
const INTEGER = `CASE WHEN ${IS_INTEGER} THEN CAST(${TEXT} AS SIGNED) END`;
const SUM = `${INTEGER} + CAST(? AS SIGNED)`;

/**
 * The statements that change rows. How many rows an UPDATE concerned depends on a flag of the connection, and here whether it changed
 * them; so that statements mark what they did.
 */
export function mysqlChanges(table: string): Changes {
  const live = `id = ? AND ${LIVE}`;
  const insert = prepared(insertText(table));
  const touch = prepared(
    `UPDATE ${table} ${BY_ID} SET expires_at = IF(${MARK}(1) = 1, ?, expires_at) WHERE ${live}`,
  );
  const replace = prepared(
    `UPDATE ${table} ${BY_ID} SET value = ?, written_at = ?, expires_at = IF(${MARK}(1) = 1, ?, expires_at) ` +
      `WHERE id = ? AND value = ? AND ${LIVE}`,
  );
  const increment = prepared(
    `UPDATE ${table} ${BY_ID} SET value = CAST(${MARK}(${SUM}) AS SIGNED) WHERE ${live} AND ${isSafe(INTEGER)} AND ${isSafe(SUM)}`,
  );
  const integer = prepared(
    `SELECT ${INTEGER} AS kept_sum FROM ${table} WHERE ${live} AND ${isSafe(INTEGER)}`,
  );
  const remove = mysqlSyntax.onIds((condition) => mysqlSyntax.removal(table, `${condition} AND ${LIVE}`));
  const removeExpired = mysqlSyntax.onIds((condition) =>
    mysqlSyntax.removal(table, `${condition} AND ${EXPIRED}`),
  );

  return {
    write: writes((rows) => writeText(table, rows), bytesAndValuesOf),
    insert: (row) => ({
      statement: insert,
      values: [...bytesAndValuesOf(row), ...REPLACED_COLUMNS.map(() => row.writtenAt)],
      answer: ({ mark }) => mark === 0,
    }),
    replace: (expected, { id, value, expiresAt, writtenAt }) => ({
      statement: replace,
      values: [value, writtenAt, expiresAt, id, expected, writtenAt],
      answer: ({ mark }) => mark === 1,
    }),
    touch: (id, expiresAt, now) => ({
      statement: touch,
      values: [expiresAt, id, now],
      answer: ({ mark }) => mark === 1,
    }),
    increment: (id, delta, now) =>
      // Nothing would change, which might not be told from a row that is not there.
      delta === 0
        ? { statement: integer, values: [id, now], answer: onlyNumber }
        : { statement: increment, values: [delta, id, now, delta], answer: markIfChanged },
    remove: (ids, now) => {
      const { statement, values } = remove(ids);
      return { statement, values: [...values, now], answer: changedRows };
    },
    removeExpired: (ids, now) => {
      const { statement, values } = removeExpired(ids);
      return { statement, values: [...values, now], answer: nothing };
    },
  };
}

function writeText(table: string, rows: number): string {
  const written = REPLACED_COLUMNS.map((column) => `${column} = VALUES(${column})`).join(', ');
  return `${insertInto(table, rows)} ${written}`;
}

/** A row is kept unless it has expired. Columns are set one after the other, each seeing those before: `expires_at` is the last. */
function insertText(table: string): string {
  const [first, ...others] = REPLACED_COLUMNS;
  const kept = `IF(${MARK}(1) = 1, ${first}, ${first})`;
  const replaced = [
    `${first} = IF(${EXPIRED}, VALUES(${first}), ${kept})`,
    ...others.map((column) => `${column} = IF(${EXPIRED}, VALUES(${column}), ${column})`),
  ];
  return `${insertInto(table, 1)} ${replaced.join(', ')}`;
}

function insertInto(table: string, rows: number): string {
  const places = placesOf(mysqlSyntax, COLUMNS.length, rows);
  return `INSERT INTO ${table} (${COLUMNS.join(', ')}) VALUES ${places} ON DUPLICATE KEY UPDATE`;
}

/** A key is text of the user's: as bytes it needs no escapes, which not every sql_mode reads alike. */
function bytesAndValuesOf(row: EntryRow): unknown[] {
  const [id, cacheKey, ...others] = valuesOf(row);
  return [id, Buffer.from(String(cacheKey)), ...others];
}

function markIfChanged({ changed, mark }: Outcome): number | undefined {
  return changed > 0 ? mark : undefined;
}

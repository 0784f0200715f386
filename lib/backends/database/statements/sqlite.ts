import { quoteName, quoteTable } from '../table/ddl.js';
import { clearingQueries } from './clearing.js';
import { cullingQueries, inOneStatement } from './culling.js';
import type { Dialect } from './dialect.js';
import { prepared } from './prepared.js';
import { readingQueries } from './reading.js';
import { MOST_DIGITS, type Syntax } from './syntax.js';
import { type Counting, upsertingQueries } from './upserting.js';

const syntax: Syntax = {
  at: () => '?',
  removal: (table, condition) => `DELETE FROM ${table} WHERE ${condition}`,
  onIds(textFor) {
    const one = prepared(textFor('id = ?'));
    const several = prepared(textFor('id IN (SELECT value FROM json_each(?))'));
    return (ids) =>
      ids.length === 1
        ? { statement: one, values: ids }
        : { statement: several, values: [JSON.stringify(ids)] };
  },
};

/** The integer that the bytes begin with, or 0: never an error. */
const INTEGER = 'CAST(value AS INTEGER)';

const counting: Counting = {
  integer: `CASE WHEN LENGTH(value) <= ${MOST_DIGITS} AND CAST(${INTEGER} AS BLOB) = value THEN ${INTEGER} END`,
  type: 'INTEGER',
  digits: (integer) => `CAST(${integer} AS BLOB)`,
};

/** SQLite, by better-sqlite3 or sql.js. */
export const sqlite: Dialect = {
  name: 'sqlite',
  quote: (name) => quoteName('sqlite', name),
  queries(tableName) {
    const table = quoteTable('sqlite', tableName);
    return {
      ...readingQueries(table, syntax),
      ...upsertingQueries(table, syntax, counting),
      ...clearingQueries(table, syntax),
      ...cullingQueries(inOneStatement(syntax, (oldest) => cullText(table, oldest))),
    };
  },
};

function cullText(table: string, oldestFirst: string): string {
  return `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} ${oldestFirst})`;
}

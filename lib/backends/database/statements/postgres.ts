import { quoteName, quoteTable } from '../table/ddl.js';
import { clearingQueries } from './clearing.js';
import { cullingQueries, inOneStatement } from './culling.js';
import type { Dialect } from './dialect.js';
import { prepared } from './prepared.js';
import { readingQueries } from './reading.js';
import { MOST_DIGITS, type Syntax } from './syntax.js';
import { type Counting, upsertingQueries } from './upserting.js';

const syntax: Syntax = {
  at: (position) => `$${position}`,
  removal: (table, condition) =>
    `DELETE FROM ${table} WHERE id = ANY (ARRAY(SELECT id FROM ${table} WHERE ${condition} ORDER BY id FOR UPDATE))`,
  onIds(textFor) {
    const one = prepared(textFor('id = $1'));
    const several = prepared(textFor('id = ANY ($1)'));
    return (ids) =>
      ids.length === 1 ? { statement: one, values: ids } : { statement: several, values: [ids] };
  },
};

/** Any bytes are text in this form, and digits stay as they are. */
const TEXT = `encode(value, 'escape')`;

const counting: Counting = {
  integer: `CASE WHEN LENGTH(value) <= ${MOST_DIGITS} AND ${TEXT} ~ '^(0|-?[1-9][0-9]*)$' THEN CAST(${TEXT} AS bigint) END`,
  type: 'bigint',
  digits: (integer) => `CAST(CAST(${integer} AS text) AS bytea)`,
};

/** PostgreSQL. */
export const postgres: Dialect = {
  name: 'postgres',
  quote: (name) => quoteName('postgres', name),
  queries(tableName) {
    const table = quoteTable('postgres', tableName);
    return {
      ...readingQueries(table, syntax),
      ...upsertingQueries(table, syntax, counting),
      ...clearingQueries(table, syntax),
      ...cullingQueries(inOneStatement(syntax, (oldest) => cullText(table, oldest))),
    };
  },
};

/**
 * The inner SELECT runs once, since it makes an array. It passes over rows that somebody else is changing; of a row that was written anew
 * since the statement began it gives the new place, where the DELETE sees nothing yet.
 */
function cullText(table: string, oldestFirst: string): string {
  return `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} ${oldestFirst} FOR UPDATE SKIP LOCKED))`;
}

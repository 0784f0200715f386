import { momentsOf, type Oldest, oldestFirst } from './culling.js';
import type { ServerFacts } from './dialect.js';
import { BY_ID, mysqlSyntax } from './mysql-syntax.js';
import { unprepared } from './prepared.js';
import { changedRows } from './rows.js';
import { rowCount } from './syntax.js';
import type { Cull } from './table-queries.js';

/** How many times as many rows are looked at as are wanted: others may be removing the first of them. */
const SPARE = 4;

/**
 * A DELETE cannot choose rows of its own table in an order and pass over locked ones, so that they are found first.
 *
 * They are chosen without a lock, and locked by id: locks in other indexes would be in the way of statements that come from the id. What was
 * written anew between the two has another moment by then.
 */
export function mysqlCull(table: string, { skipsLocked }: ServerFacts, oldest: Oldest): Cull {
  const { column, limit } = oldest;
  const chosen = oldestFirst(mysqlSyntax, { ...oldest, limit: rowCount(limit) * SPARE });
  const remove = mysqlSyntax.onIds((condition) => mysqlSyntax.removal(table, condition));
  return {
    isOneStatement: false,
    find: {
      statement: unprepared(
        `SELECT kept.id FROM (SELECT id, ${column} FROM ${table} ${chosen}) AS chosen ` +
          `STRAIGHT_JOIN ${table} AS kept ${BY_ID} ON kept.id = chosen.id AND kept.${column} = chosen.${column} ` +
          `LIMIT ${limit} FOR UPDATE${skipsLocked ? ' SKIP LOCKED' : ''}`,
      ),
      values: momentsOf(oldest),
      answer: ({ rows }) => rows.map(([id]) => String(id)),
    },
    remove: (ids) => ({ ...remove(ids), answer: changedRows }),
  };
}

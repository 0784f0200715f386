import { readsTogether } from './joining.js';
import { prepared, unprepared } from './prepared.js';
import { COLUMNS, entriesById, nothing, onlyEntry, onlyId, sampleOf } from './rows.js';
import { rowCount, type Syntax } from './syntax.js';
import type { TableQueries } from './table-queries.js';

type Reading = Pick<TableQueries, 'lastOfNext' | 'probe' | 'read' | 'readMany' | 'sample'>;

/** The statements that change nothing; all dialects have the same. @param table its name between quotes */
export function readingQueries(table: string, { at, onIds }: Syntax): Reading {
  const readText = `SELECT value, expires_at FROM ${table} WHERE id = ${at(1)}`;
  const read = prepared(readText);
  const readMany = onIds((condition) => `SELECT id, value, expires_at FROM ${table} WHERE ${condition}`);
  const probe = unprepared(`SELECT ${COLUMNS.join(', ')} FROM ${table} WHERE id = '' LIMIT 1`);
  const kind = readsTogether(readMany);
  return {
    read: (id) => ({ statement: read, values: [id], answer: onlyEntry, join: { kind, part: id } }),
    readMany: (ids) => ({ ...readMany(ids), answer: entriesById }),
    lastOfNext: (after, count) => ({
      statement: unprepared(
        `SELECT id FROM ${table} WHERE id > ${at(1)} ORDER BY id LIMIT 1 OFFSET ${rowCount(count) - 1}`,
      ),
      values: [after],
      answer: onlyId,
    }),
    sample: (from, count) => ({
      statement: unprepared(
        'SELECT MIN(id) AS first_id, MAX(id) AS last_id, SUM(1) AS row_sum, SUM(bytes) AS byte_sum FROM ' +
          `(SELECT id, LENGTH(value) AS bytes FROM ${table} WHERE id >= ${at(1)} ORDER BY id LIMIT ${rowCount(count)}) AS part`,
      ),
      values: [from],
      answer: sampleOf,
    }),
    probe: () => ({ statement: probe, values: [], answer: nothing }),
  };
}

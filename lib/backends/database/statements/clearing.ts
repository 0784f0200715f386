import { prepared } from './prepared.js';
import { changedRows } from './rows.js';
import type { Syntax } from './syntax.js';
import type { TableQueries } from './table-queries.js';

/** The statement that removes a part of what a cache wrote; all dialects have the same. @param table its name between quotes */
export function clearingQueries(table: string, { at, removal }: Syntax): Pick<TableQueries, 'removeScope'> {
  const rest = `scope = ${at(1)} AND id > ${at(2)}`;
  const removeRest = prepared(removal(table, rest));
  const removePart = prepared(removal(table, `${rest} AND id <= ${at(3)}`));
  return {
    removeScope: (scope, after, upTo) =>
      upTo === undefined
        ? { statement: removeRest, values: [scope, after], answer: changedRows }
        : { statement: removePart, values: [scope, after, upTo], answer: changedRows },
  };
}

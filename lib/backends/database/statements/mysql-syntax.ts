import { prepared, unprepared } from './prepared.js';
import type { Statement } from './statement.js';
import type { Syntax } from './syntax.js';

/** Longer lists are too rare to be kept prepared. */
const LONGEST_PREPARED_LIST = 1024;

/** Follows the name of a table. */
export const BY_ID = 'FORCE INDEX (PRIMARY)';

export const mysqlSyntax: Syntax = {
  at: () => '?',
  /** Of a small table, the server would rather read everything, and lock all that it reads. */
  removal: (table, condition) => `DELETE kept FROM ${table} AS kept ${BY_ID} WHERE ${condition}`,
  /** There is no value that is a list, so every length has a text of its own: lengths are rounded up to a power of two, of which there are few. */
  onIds(textFor) {
    const known = new Map<number, Statement>();
    const textOf = (count: number): string => textFor(`id IN (${Array(count).fill('?').join(', ')})`);
    return (ids) => {
      if (ids.length > LONGEST_PREPARED_LIST)
        return { statement: unprepared(textOf(ids.length)), values: ids };
      const padded = filledUp(ids);
      const statement = known.get(padded.length) ?? prepared(textOf(padded.length));
      known.set(padded.length, statement);
      return { statement, values: padded };
    };
  },
};

/** Repeats the last id, which names no other row. */
function filledUp(ids: readonly string[]): readonly string[] {
  const count = 2 ** Math.ceil(Math.log2(ids.length));
  return count === ids.length ? ids : [...ids, ...Array<string>(count - ids.length).fill(ids.at(-1)!)];
}

import type { Statement } from './statement.js';

/** A statement on rows that are named by their ids, which are the first of its values. */
export interface OnIds {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** Where the dialects differ in what they otherwise say alike. */
export interface Syntax {
  /** The place of a value in a text, counted from 1. Values must be in the order of their places, where places have no numbers. */
  at(position: number): string;
  /**
   * A DELETE that takes rows in the order of their ids: two that took the same ones in different order would wait for each other.
   *
   * @param table its name between quotes
   * @param condition on ids, and what else there is
   */
  removal(table: string, condition: string): string;
  /** Makes statements from a text that is given the condition which the ids must fulfil. */
  onIds(textFor: (condition: string) => string): (ids: readonly string[]) => OnIds;
}

/** The places of the values of a row, or of several. */
export function placesOf({ at }: Syntax, columns: number, rows: number): string {
  const place = (row: number) => (_: unknown, column: number) => at(row * columns + column + 1);
  return Array.from(
    { length: rows },
    (_, row) => `(${Array.from({ length: columns }, place(row)).join(', ')})`,
  ).join(', ');
}

/** @throws {RangeError} if it is no number of rows: it is written into a text */
export function rowCount(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new RangeError(`a number of rows must be a positive integer; got ${count}`);
}

/** The bytes of the longest safe integer, which is negative. */
export const MOST_DIGITS = 17;

/** Whether an integer is one that JavaScript can tell from its neighbours. */
export function isSafe(integer: string): string {
  return `${integer} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
}

/** Whether a row is live at the moment in this place. */
export function isLive(place: string): string {
  return `(expires_at IS NULL OR expires_at > ${place})`;
}

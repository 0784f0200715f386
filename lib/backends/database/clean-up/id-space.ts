/** Enough digits of an id to tell where it lies, few enough for a number to hold them. */
const DIGITS = 13;
const WIDTH = 2 ** (4 * DIGITS);
const ID_DIGITS = 32;

/** The id before all others. */
export const FIRST_ID = '0'.repeat(ID_DIGITS);

/** Returns where an id lies among all possible ones, from 0 to 1. Ids are hashes, so rows lie evenly. */
export function positionOf(id: string): number {
  return Number.parseInt(id.slice(0, DIGITS), 16) / WIDTH;
}

/** Returns the id that lies there. */
export function idAt(position: number): string {
  const digits = Math.floor(position * WIDTH).toString(16);
  return digits.padStart(DIGITS, '0').padEnd(ID_DIGITS, '0');
}

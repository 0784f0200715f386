/**
 * A cache as a user opens it, with entries that live 300 seconds and room for 10,000. The loops stand in the subjects
 * themselves, written as a user writes them: one loop for all would hold back those that need no `await`, and would be optimised for
 * none. Each returns how many values it got, so that a miss is noticed.
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {Record<Operation, string>} calls what is called for each operation
 * @property {string} setting how it was opened
 * @property {(key: string) => unknown} read
 * @property {(keys: string[]) => number | Promise<number>} get
 * @property {(keys: string[], values: unknown[]) => number | Promise<number>} set
 * @property {(keys: string[]) => number | Promise<number>} getOrSet all of them hits
 * @property {(batches: string[][]) => number | Promise<number>} getMany
 * @property {() => unknown} close
 *
 * @typedef {'get' | 'set' | 'getOrSet' | 'getMany'} Operation
 */

export const TIMEOUT_SECONDS = 300;
export const MAX_ENTRIES = 10_000;

/**
 * The factory for hits: it must not run.
 *
 * @returns {any}
 */
export function unexpectedMiss() {
  throw new Error('The factory ran, although the entry was there.');
}

export function countFound(values) {
  let found = 0;
  for (const value of values) if (value !== undefined) found++;
  return found;
}

/**
 * A way to a store as a user opens it, with entries that live 300 seconds. Unlike in memory, what an operation costs is far more than
 * a call through these functions.
 *
 * @typedef {object} StoreSubject
 * @property {string} name
 * @property {(key: string) => Promise<unknown>} get undefined or null for a miss
 * @property {(key: string, value: any) => Promise<unknown>} set
 * @property {(keys: readonly string[]) => Promise<number>} [getBatch] reads several in the way that is meant for it; returns how many it found
 * @property {() => unknown} close
 */

export function countPresent(values) {
  let found = 0;
  for (const value of values) if (value !== undefined && value !== null) found++;
  return found;
}

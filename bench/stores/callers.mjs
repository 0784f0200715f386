/** How many callers there are, each with one operation under way: the next begins when the last one is answered. */
export const CALLERS = 64;

/**
 * Reads all keys, each once; returns how many were found. The loop is one for all stores: an operation takes microseconds here, and what
 * the engine makes of the loop some nanoseconds.
 *
 * @param {(key: string) => Promise<unknown>} get
 * @param {readonly string[]} keys
 * @param {number} [callers]
 */
export async function readAll(get, keys, callers) {
  let next = 0;
  let found = 0;
  await together(async () => {
    while (next < keys.length) {
      const value = await get(keys[next++]);
      if (value !== undefined && value !== null) found++;
    }
  }, callers);
  return found;
}

/**
 * Writes all keys, each once; returns how many were written.
 *
 * @param {(key: string, value: unknown) => Promise<unknown>} set
 * @param {readonly string[]} keys
 * @param {readonly unknown[]} values
 * @param {number} [callers]
 */
export async function writeAll(set, keys, values, callers) {
  let next = 0;
  let written = 0;
  await together(async () => {
    while (next < keys.length) {
      const index = next++;
      await set(keys[index], values[index]);
      written++;
    }
  }, callers);
  return written;
}

/**
 * Reads or writes all batches, each once; returns how many keys that were.
 *
 * @template Batch
 * @param {(batch: Batch) => Promise<number>} getBatch returns how many it found, or has written
 * @param {readonly Batch[]} batches
 * @param {number} callers
 */
export async function readBatches(getBatch, batches, callers) {
  let next = 0;
  let found = 0;
  await together(async () => {
    // Not `found += await …`, which adds to what it was before the wait.
    while (next < batches.length) {
      const count = await getBatch(batches[next++]);
      found += count;
    }
  }, callers);
  return found;
}

export function callersText(count) {
  return count === 1 ? '1 caller' : `${count} callers`;
}

/** Runs one loop for each caller. */
async function together(loop, callers = CALLERS) {
  await Promise.all(Array.from({ length: callers }, loop));
}

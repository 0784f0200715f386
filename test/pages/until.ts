/** Longer than anything takes that comes at all. */
const LIMIT_MS = 30_000;

/** Waits for something that other turns of the event loop bring about. */
export async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`it did not come about: ${holds.toString()}`);
    await new Promise(setImmediate);
  }
}

import { addToInteger, decodeInteger, encodeInteger } from '../../codec/integer.js';
import { NotANumberError } from '../../core/errors.js';
import { exptimeIn } from './exptime.js';
import {
  type ExactOperations,
  type MemcachedItem,
  type MemcachedServer,
  NotCountableError,
} from './memcached-server.js';

/** The entry to count with: as the caller calls it, and as the server does. */
export interface Counter {
  readonly finalKey: string;
  readonly key: string;
}

/** Others change the number meanwhile; so often it is read again. */
const ATTEMPTS = 100;

/**
 * Adds to a number on the server; undefined if it is absent. A server counts without sign and stops at zero, so where a client can do no more,
 * nor can this.
 *
 * @throws {NotANumberError}
 */
export async function addTo(
  server: MemcachedServer,
  counter: Counter,
  delta: number,
): Promise<number | undefined> {
  if (delta < 0 && server.exact) return compareAndAdd(server.exact, counter, delta);
  let sum: number | undefined;
  try {
    sum = await server.count(counter.key, delta);
  } catch (error) {
    if (!(error instanceof NotCountableError)) throw error;
    return server.exact
      ? compareAndAdd(server.exact, counter, delta)
      : refuse(await server.get(counter.key), counter, delta);
  }
  if (sum === undefined || Number.isSafeInteger(sum)) return sum;
  await server.count(counter.key, -delta);
  throw new NotANumberError(`Adding ${delta} to "${counter.finalKey}" leaves the range of safe integers.`);
}

/** Says why the server would not count; undefined if the entry has gone meanwhile. */
function refuse(item: MemcachedItem | undefined, { finalKey }: Counter, delta: number): undefined {
  if (!item) return undefined;
  addToInteger(finalKey, item.payload, delta);
  throw new NotANumberError(
    `The entry "${finalKey}" is below zero, and memcached counts only from zero up with this client.`,
  );
}

/** Reads the number and changes it if it is still the same: right for all integers, and as long as the server tells the end of an entry. */
async function compareAndAdd(
  server: ExactOperations,
  { finalKey, key }: Counter,
  delta: number,
): Promise<number | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const item = await server.inspect(key);
    if (!item) return undefined;
    const sum = addToInteger(finalKey, item.payload, delta);
    const isStored =
      sum >= 0 && decodeInteger(item.payload) >= 0
        ? (await server.compareAndCount(key, delta, item.cas!)) !== false
        : await server.compareAndSet(key, encodeInteger(sum), exptimeIn(item.secondsLeft ?? null), item.cas!);
    if (isStored) return sum;
  }
  throw new Error(`others changed the number ${ATTEMPTS} times while it was counted`);
}

type Count = (delta: number) => Promise<number | undefined>;

interface Waiting {
  readonly delta: number;
  resolve(sum: number | undefined): void;
  reject(error: unknown): void;
}

/**
 * Counts that compare and change, one at a time for each key: at once they would only make each other try again. Those that come while one is under way
 * go together, as one change by their sum.
 */
export class CountsInTurn {
  readonly #waiting = new Map<string, Waiting[]>();

  async add(key: string, delta: number, count: Count): Promise<number | undefined> {
    const waiting = this.#waiting.get(key);
    if (waiting) return new Promise((resolve, reject) => waiting.push({ delta, resolve, reject }));
    this.#waiting.set(key, []);
    try {
      return await count(delta);
    } finally {
      // The caller's turn is over; the others are nothing to wait for.
      void this.#countOthers(key, count);
    }
  }

  async #countOthers(key: string, count: Count): Promise<void> {
    for (let batch = this.#take(key); batch.length > 0; batch = this.#take(key)) {
      await countTogether(batch, count).catch(() => countApart(batch, count));
    }
    this.#waiting.delete(key);
  }

  #take(key: string): Waiting[] {
    return this.#waiting.get(key)!.splice(0);
  }
}

async function countTogether(batch: readonly Waiting[], count: Count): Promise<void> {
  const total = batch.reduce((sum, { delta }) => sum + delta, 0);
  if (!Number.isSafeInteger(total)) throw new RangeError('too much at once');
  const end = await count(total);
  let sum = end === undefined ? undefined : end - total;
  for (const { delta, resolve } of batch) {
    if (sum !== undefined) sum += delta;
    resolve(sum);
  }
}

/** The sum of all may leave the range of numbers where one does not, and each is told of its own failure. */
async function countApart(batch: readonly Waiting[], count: Count): Promise<void> {
  for (const { delta, reject, resolve } of batch) await count(delta).then(resolve, reject);
}

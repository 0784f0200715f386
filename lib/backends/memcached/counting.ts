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

import { messageOf } from '../../core/show.js';
import { ClientKeeper } from './client-keeper.js';
import { ITEM_OVERHEAD, itemLimitIn } from './item-limit.js';
import type { MemcachedAddress } from './memcached-location.js';
import {
  ItemTooLargeError,
  type MemcachedItem,
  type MemcachedServer,
  NotCountableError,
} from './memcached-server.js';
import { makePackageClient, type PackageApi, type PackageClient } from './package-client.js';
import { joined } from './joined.js';
import { payloadOf, textOf } from './package-text.js';

/** So many keys in one command: the package searches the whole command for each. */
const KEYS_PER_COMMAND = 100;
const PROBE_KEY = 'nestjs-cache:probe';
const READ = { isChange: false };
const CHANGE = { isChange: true };

/** What a callback of the package is called with. */
interface Outcome<T> {
  readonly error: unknown;
  readonly result: T;
}

/** A memcached server through the npm package `memcached`. */
export class PackageServer implements MemcachedServer {
  readonly name: string;
  readonly #keeper: ClientKeeper<PackageClient>;
  #itemLimit: number | undefined;

  constructor(address: MemcachedAddress, { onLost }: { onLost?: (reason: Error) => void } = {}) {
    this.name = address.name;
    this.#keeper = new ClientKeeper({
      name: address.name,
      make: (lost) => makePackageClient(address, lost),
      greet: async ({ api }) => {
        await fetch(api, [PROBE_KEY]);
      },
      onLost: (reason) => {
        // Another server may stand there next time.
        this.#itemLimit = undefined;
        onLost?.(reason);
      },
    });
  }

  connect(): Promise<void> {
    return this.#keeper.connect();
  }

  async get(key: string): Promise<MemcachedItem | undefined> {
    return (await this.getMany([key])).get(key);
  }

  async getMany(keys: readonly string[]): Promise<Map<string, MemcachedItem>> {
    const commands: Promise<Map<string, MemcachedItem>>[] = [];
    for (let start = 0; start < keys.length; start += KEYS_PER_COMMAND) {
      const part = keys.slice(start, start + KEYS_PER_COMMAND);
      commands.push(this.#keeper.run(({ api }) => fetch(api, part), READ));
    }
    return joined(await Promise.all(commands));
  }

  async set(key: string, payload: Buffer, exptime: number): Promise<void> {
    const { error, result } = await this.#store('set', key, payload, exptime);
    if (!result) throw failure('set', error);
  }

  async add(key: string, payload: Buffer, exptime: number): Promise<boolean> {
    const { error, result } = await this.#store('add', key, payload, exptime);
    if (result) return true;
    if ((error as { notStored?: boolean } | undefined)?.notStored) return false;
    throw failure('add', error);
  }

  /** Not by the package's own form, which counts and sends the bytes as UTF-8. */
  async #store(
    type: 'set' | 'add',
    key: string,
    payload: Buffer,
    exptime: number,
  ): Promise<Outcome<boolean | undefined>> {
    const text = await this.#fitting(key, payload);
    const command = `${type} ${key} 0 ${exptime} ${text.length}\r\n${text}`;
    return this.#change((api, callback) => api.command(() => ({ key, type, command, callback })));
  }

  async touch(key: string, exptime: number): Promise<boolean> {
    const { error, result } = await this.#change<boolean>((api, done) => api.touch(key, exptime, done));
    if (error) throw failure('touch', error);
    return result;
  }

  async remove(key: string): Promise<boolean> {
    const { error, result } = await this.#change<boolean>((api, done) => api.del(key, done));
    if (error) throw failure('delete', error);
    return result;
  }

  async count(key: string, delta: number): Promise<number | undefined> {
    const { error, result } = await this.#change<number | boolean>((api, done) =>
      delta < 0 ? api.decr(key, -delta, done) : api.incr(key, delta, done),
    );
    if (typeof result === 'number') return result;
    if (!error) return undefined;
    throw messageOf(error).includes('non-numeric')
      ? new NotCountableError(messageOf(error))
      : failure('count', error);
  }

  async flushAll(): Promise<void> {
    const { error, result } = await this.#change<readonly unknown[]>((api, done) => api.flush(done));
    if (error || result[0] !== true) throw failure('flush_all', error);
  }

  async itemLimit(): Promise<number> {
    const { error, result } = await this.#keeper.run(
      ({ api }) => outcomeOf<readonly Record<string, unknown>[]>((done) => api.settings(done)),
      READ,
    );
    if (error) throw failure('stats settings', error);
    return itemLimitIn(result[0] ?? {});
  }

  async probe(): Promise<void> {
    await this.#keeper.ensure();
    await this.#keeper.run(({ api }) => fetch(api, [PROBE_KEY]), READ);
  }

  takeDoubt(): boolean {
    return this.#keeper.takeDoubt();
  }

  close(): Promise<void> {
    this.#keeper.close();
    return Promise.resolve();
  }

  #change<T>(
    command: (api: PackageApi, done: (error: unknown, result: T) => void) => void,
  ): Promise<Outcome<T>> {
    return this.#keeper.run(({ api }) => outcomeOf<T>((done) => command(api, done)), CHANGE);
  }

  /** Returns the text to send. A value that the server refused would cost the connection, so it is not even asked. */
  async #fitting(key: string, payload: Buffer): Promise<string> {
    const text = textOf(payload);
    this.#itemLimit ??= await this.itemLimit();
    if (text.length + key.length + ITEM_OVERHEAD <= this.#itemLimit) return text;
    throw new ItemTooLargeError(`${text.length} bytes as text`);
  }
}

function outcomeOf<T>(command: (done: (error: unknown, result: T) => void) => void): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    command((error, result) => resolve({ error, result }));
  });
}

/** Always asks by the form for several keys: its answer names the key that it is for. */
async function fetch(api: PackageApi, keys: readonly string[]): Promise<Map<string, MemcachedItem>> {
  const asked = new Set(keys);
  const { error, result } = await outcomeOf<Record<string, unknown>>((done) => api.getMulti(keys, done));
  if (error) throw failure('get', error);
  const found = new Map<string, MemcachedItem>();
  for (const [key, value] of Object.entries(result)) {
    if (!asked.has(key)) throw new Error('the answer is for another key');
    found.set(key, { payload: payloadOf(String(value)) });
  }
  return found;
}

/** The package gives an error, a list of errors, a word or nothing. */
function failure(command: string, error: unknown): Error {
  const first: unknown = Array.isArray(error) ? error.flat()[0] : error;
  return new Error(first ? messageOf(first) : `the server refused ${command}`, { cause: error });
}

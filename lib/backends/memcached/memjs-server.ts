import { messageOf } from '../../core/show.js';
import { ClientKeeper } from './client-keeper.js';
import { DEFAULT_ITEM_LIMIT, ITEM_OVERHEAD, itemLimitIn } from './item-limit.js';
import type { MemcachedAddress } from './memcached-location.js';
import {
  ItemTooLargeError,
  type MemcachedItem,
  type MemcachedServer,
  NotCountableError,
} from './memcached-server.js';
import {
  type BinaryAnswer,
  type Credentials,
  makeMemjsClient,
  type MemjsApi,
  type MemjsClient,
} from './memjs-client.js';

export interface MemjsServerOptions extends Credentials {
  readonly onLost?: (reason: Error) => void;
  /** After so many operations a new client takes over: the package's numbers for them end at 2^31. */
  readonly replaceAfter?: number;
}

const PROBE_KEY = 'nestjs-cache:probe';
const READ = { isChange: false };
const CHANGE = { isChange: true };
const DEFAULT_REPLACE_AFTER = 2 ** 30;

/** Words of the binary protocol. */
const enum Opcode {
  Increment = 5,
  Decrement = 6,
}
const enum Status {
  Done = 0,
  NotFound = 1,
  NotNumeric = 6,
}
/** As the lifetime of a counter: do not create one. */
const NO_NEW_COUNTER = 0xffff_ffff;

/** A memcached server through the npm package `memjs`: the binary protocol, with a user name and a password where the server wants them. */
export class MemjsServer implements MemcachedServer {
  readonly name: string;
  readonly #keeper: ClientKeeper<MemjsClient>;
  readonly #replaceAfter: number;
  #itemLimit: number | undefined;

  constructor(address: MemcachedAddress, { onLost, replaceAfter, ...credentials }: MemjsServerOptions = {}) {
    this.name = address.name;
    this.#replaceAfter = replaceAfter ?? DEFAULT_REPLACE_AFTER;
    this.#keeper = new ClientKeeper({
      name: address.name,
      make: (lost) => makeMemjsClient(address, credentials, lost),
      greet: async ({ api }) => {
        await api.get(PROBE_KEY);
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
    const { value } = await this.#run((api) => api.get(key), READ);
    return value === null ? undefined : { payload: value };
  }

  /** Asks for all before the first answer: the package has no command for several. */
  async getMany(keys: readonly string[]): Promise<Map<string, MemcachedItem>> {
    const found = new Map<string, MemcachedItem>();
    await Promise.all(
      keys.map(async (key) => {
        const item = await this.get(key);
        if (item) found.set(key, item);
      }),
    );
    return found;
  }

  async set(key: string, payload: Buffer, exptime: number): Promise<void> {
    await this.#assertFits(key, payload);
    await this.#run((api) => api.set(key, payload, { expires: exptime }), CHANGE);
  }

  async add(key: string, payload: Buffer, exptime: number): Promise<boolean> {
    await this.#assertFits(key, payload);
    return this.#run((api) => api.add(key, payload, { expires: exptime }), CHANGE);
  }

  touch(key: string, exptime: number): Promise<boolean> {
    return this.#run((api) => api.touch(key, exptime), CHANGE);
  }

  remove(key: string): Promise<boolean> {
    return this.#run((api) => api.delete(key), CHANGE);
  }

  /** With a request of our own: the package's form creates what is missing, and gets numbers over 32 bits wrong. */
  async count(key: string, delta: number): Promise<number | undefined> {
    const extras = Buffer.alloc(20);
    extras.writeBigUInt64BE(BigInt(Math.abs(delta)), 0);
    extras.writeUInt32BE(NO_NEW_COUNTER, 16);
    const opcode = delta < 0 ? Opcode.Decrement : Opcode.Increment;
    const { header, val } = await this.#keeper.run((client) => request(client, opcode, key, extras), CHANGE);
    switch (header.status as Status) {
      case Status.Done:
        return Number(val.readBigUInt64BE(0));
      case Status.NotFound:
        return undefined;
      case Status.NotNumeric:
        throw new NotCountableError('the item is no number');
      default:
        throw new Error(`memcached refused to count (status ${header.status})`);
    }
  }

  async flushAll(): Promise<void> {
    await this.#run((api) => api.flush(), CHANGE);
  }

  itemLimit(): Promise<number> {
    return this.#run(
      (api) =>
        new Promise<number>((resolve, reject) => {
          api.statsWithKey('settings', (error, _server, stats) => {
            if (stats) resolve(itemLimitIn(stats));
            // Answered, but not told; a lost connection is told of by the keeper.
            else if (messageOf(error).startsWith('MemJS STATS')) resolve(DEFAULT_ITEM_LIMIT);
            else reject(toError(error));
          });
        }),
      READ,
    );
  }

  async probe(): Promise<void> {
    await this.#keeper.ensure();
    await this.#run((api) => api.get(PROBE_KEY), READ);
  }

  takeDoubt(): boolean {
    return this.#keeper.takeDoubt();
  }

  close(): Promise<void> {
    this.#keeper.close();
    return Promise.resolve();
  }

  #run<T>(operation: (api: MemjsApi) => Promise<T>, kind: { isChange: boolean }): Promise<T> {
    return this.#keeper.run(async ({ api }) => {
      if (api.seq > this.#replaceAfter) this.#replace();
      try {
        return await operation(api);
      } catch (error) {
        throw toError(error);
      }
    }, kind);
  }

  #replace(): void {
    // If that fails the old one goes on, and the next operation tries again.
    this.#keeper.replace().catch(() => undefined);
  }

  async #assertFits(key: string, payload: Buffer): Promise<void> {
    this.#itemLimit ??= await this.itemLimit();
    if (payload.length + key.length + ITEM_OVERHEAD > this.#itemLimit)
      throw new ItemTooLargeError(`${payload.length} bytes`);
  }
}

function request(
  { api, makeRequest }: MemjsClient,
  opcode: number,
  key: string,
  extras: Buffer,
): Promise<BinaryAnswer> {
  return new Promise((resolve, reject) => {
    api.incrSeq();
    const { seq } = api;
    api.perform(key, makeRequest(opcode, key, extras, '', seq), seq, (error, answer) => {
      if (error) reject(toError(error));
      else resolve(answer);
    });
  });
}

/** The package rejects with text here and there. */
function toError(error: unknown): Error {
  const message = messageOf(error);
  return message === 'MemJS SET: Value too large' || message === 'MemJS ADD: Value too large'
    ? new ItemTooLargeError(message)
    : new Error(message, { cause: error });
}

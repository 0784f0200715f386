import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { itemLimitIn } from '../item-limit.js';
import {
  type ExactOperations,
  ItemTooLargeError,
  type MemcachedItem,
  type MemcachedServer,
} from '../memcached-server.js';
import * as commands from './commands.js';
import { dial, type MetaAddress } from './dial.js';
import type { Exchange, ReadReply } from './exchange.js';
import { MetaConnection } from './meta-connection.js';
import { casFlag, deltaFlags, lifetimeFlag } from './wire-text.js';

export interface MetaServerOptions {
  /** Called when a connection that stood is gone, or made no sense. */
  readonly onLost?: (reason: unknown) => void;
  /** Encryption: with the usual certificates, or options of `tls.connect`. */
  readonly tls?: boolean | Readonly<Record<string, unknown>> | undefined;
  /** How many sockets share the work. */
  readonly connections?: number | undefined;
  /** For how long the server may say nothing while it is asked something. */
  readonly silenceLimitMs?: number | undefined;
  /** Opens a socket, in place of the usual way. */
  readonly dial?: () => Duplex;
}

/** All operations of a turn go out in one write; more sockets mean more writes. */
const CONNECTIONS = 1;
const SILENCE_LIMIT_MS = 1000;
/** What is larger could not be read again. */
const MAX_PAYLOAD_BYTES = 128 * 1024 ** 2;
const FIRST_MARK = 100_000_000;
const LAST_MARK = 1_000_000_000;

/**
 * One server spoken to with memcached's meta commands, on one socket or a few. Operations on one key share a socket, and so keep their order.
 *
 * @see https://docs.memcached.org/protocols/meta/
 */
export class MetaServer implements MemcachedServer {
  readonly name: string;
  readonly exact: ExactOperations;
  readonly #connections: readonly MetaConnection[];
  /** Begins anywhere: a stored value cannot pretend to be a reply if nobody knows the next mark. */
  #mark = randomInt(FIRST_MARK, LAST_MARK / 2);

  constructor(address: MetaAddress, options: MetaServerOptions = {}) {
    const {
      onLost = () => undefined,
      tls,
      connections = CONNECTIONS,
      silenceLimitMs = SILENCE_LIMIT_MS,
    } = options;
    this.name = address.name;
    this.#connections = Array.from(
      { length: connections },
      () =>
        new MetaConnection({
          name: address.name,
          dial: options.dial ?? (() => dial(address, tls)),
          silenceLimitMs,
          onLost,
        }),
    );
    this.exact = {
      inspect: (key) => this.#ask(key, (mark) => commands.inspect(key, mark)),
      secondsLeft: (key) => this.#ask(key, (mark) => commands.secondsLeft(key, mark)),
      compareAndSet: (key, payload, exptime, cas) =>
        this.#store(
          key,
          payload,
          () => lifetimeFlag(exptime) + casFlag(cas),
          commands.yesNo('HD', 'EX', 'NF'),
        ),
      compareAndCount: (key, delta, cas) =>
        this.#ask(key, (mark) =>
          commands.count(key, deltaFlags(delta) + casFlag(cas), mark, { EX: false, NF: false }),
        ),
    };
  }

  /** All of them, since each key has its own. */
  async connect(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.connect()));
  }

  get(key: string): Promise<MemcachedItem | undefined> {
    return this.#ask(key, (mark) => commands.get(key, mark));
  }

  async getMany(keys: readonly string[]): Promise<Map<string, MemcachedItem>> {
    const groups = new Map<MetaConnection, string[]>();
    for (const key of keys) {
      const group = groups.get(this.#for(key));
      if (group) group.push(key);
      else groups.set(this.#for(key), [key]);
    }
    const found = new Map<string, MemcachedItem>();
    const readGroup = async ([connection, group]: [MetaConnection, string[]]): Promise<void> => {
      const read = new commands.GetMany(group, this.#takeMarks(group.length), found);
      await connection.ask(read);
    };
    await Promise.all(Array.from(groups, readGroup));
    return found;
  }

  async set(key: string, payload: Buffer, exptime: number): Promise<void> {
    await this.#store(key, payload, () => lifetimeFlag(exptime), commands.yesNo('HD'));
  }

  add(key: string, payload: Buffer, exptime: number): Promise<boolean> {
    return this.#store(key, payload, () => ` ME${lifetimeFlag(exptime)}`, commands.yesNo('HD', 'NS'));
  }

  touch(key: string, exptime: number): Promise<boolean> {
    return this.#ask(key, (mark) => commands.touch(key, lifetimeFlag(exptime), mark));
  }

  remove(key: string): Promise<boolean> {
    return this.#ask(key, (mark) => commands.remove(key, mark));
  }

  count(key: string, delta: number): Promise<number | undefined> {
    return this.#ask(key, (mark) => commands.count(key, deltaFlags(delta), mark, { NF: undefined }));
  }

  flushAll(): Promise<void> {
    return this.#connections[0]!.ask(new commands.WordCommand('flush_all', 'OK'));
  }

  async itemLimit(): Promise<number> {
    const settings = await this.#connections[0]!.ask(new commands.ReadSettings());
    return itemLimitIn(Object.fromEntries(settings));
  }

  async probe(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.probe()));
  }

  takeDoubt(): boolean {
    return this.#connections.filter((connection) => connection.takeDoubt()).length > 0;
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  async #store(
    key: string,
    payload: Buffer,
    flags: () => string,
    read: ReadReply<boolean>,
  ): Promise<boolean> {
    if (payload.length <= MAX_PAYLOAD_BYTES)
      return this.#ask(key, (mark) => commands.store(key, payload, flags(), mark, read));
    await this.remove(key);
    throw new ItemTooLargeError(
      `A payload of ${payload.length} bytes is over the limit of ${MAX_PAYLOAD_BYTES}.`,
    );
  }

  /** A key or a number that cannot be sent rejects like anything else. */
  #ask<T>(key: string, command: (mark: number) => Exchange<T>): Promise<T> {
    try {
      return this.#for(key).ask(command(this.#takeMarks(1)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #for(key: string): MetaConnection {
    const { length } = this.#connections;
    return this.#connections[length === 1 ? 0 : spread(key) % length]!;
  }

  /** Returns the first of so many marks that no command under way has. */
  #takeMarks(count: number): number {
    if (this.#mark + count > LAST_MARK) this.#mark = FIRST_MARK;
    const first = this.#mark;
    this.#mark += count;
    return first;
  }
}

/** A number that depends on all characters of a key. */
function spread(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index++) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return (hash ^ (hash >>> 15)) >>> 0;
}

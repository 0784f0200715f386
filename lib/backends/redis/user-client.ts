import type { RedisCommand } from './redis-client.js';

/** A client of the application, of any kind that the package `redis` has: for one server, a pool, a cluster or sentinels. */
export interface RedisClientLike {
  readonly isOpen: boolean;
  sendCommand(...args: never[]): Promise<unknown>;
  withCommandOptions(options: never): unknown;
}

/** What this backend uses of it. */
export interface UserClient extends RedisClientLike {
  /** Pools have none. */
  readonly isReady?: boolean;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  withCommandOptions(options: object): unknown;
}

/** Clients and pools of one server. */
export interface PlainUserClient extends UserClient {
  sendCommand(command: RedisCommand): Promise<unknown>;
}

export interface SentinelUserClient extends UserClient {
  getMasterNode(): unknown;
  sendCommand(isReadOnly: boolean, command: RedisCommand): Promise<unknown>;
}

export interface ClusterUserClient extends UserClient {
  readonly masters: readonly object[];
  nodeClient(master: object): PlainUserClient | Promise<PlainUserClient>;
  sendCommand(
    firstKey: string | Buffer | undefined,
    isReadOnly: boolean,
    command: RedisCommand,
  ): Promise<unknown>;
}

const METHODS = ['on', 'off', 'sendCommand', 'withCommandOptions'] as const;

/** Tells clients of the package `redis` from everything else, by what they can do: they may come from another copy of it. */
export function isUserClient(value: object): value is UserClient {
  return METHODS.every((method) => typeof (value as Partial<UserClient>)[method] === 'function');
}

export function isCluster(client: UserClient): client is ClusterUserClient {
  return typeof (client as Partial<ClusterUserClient>).nodeClient === 'function';
}

export function isSentinel(client: UserClient): client is SentinelUserClient {
  return typeof (client as Partial<SentinelUserClient>).getMasterNode === 'function';
}

const listenedTo = new WeakSet<UserClient>();

/** An emitter without a listener for 'error' ends the process; ours stays, since the client outlives the cache. */
export function keepFromThrowing(client: UserClient): void {
  if (listenedTo.has(client)) return;
  listenedTo.add(client);
  client.on('error', () => undefined);
}

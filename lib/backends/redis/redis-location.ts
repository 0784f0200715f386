import { isIPv6 } from 'node:net';
import type { RedisClientLike } from './user-client.js';

/** Where a server listens. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** A server, and what a connection to it needs. */
export interface ServerAddress {
  readonly endpoint: Endpoint;
  readonly isEncrypted: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number | undefined;
}

export type RedisLocation =
  /** One server, or a leader and its replicas. */
  | { readonly kind: 'servers'; readonly servers: readonly ServerAddress[] }
  /** Some servers of a cluster, which know the others. */
  | { readonly kind: 'cluster'; readonly servers: readonly ServerAddress[] }
  | SentinelLocation
  | { readonly kind: 'client'; readonly client: RedisClientLike };

/** Sentinels, which know where the leader is. */
export interface SentinelLocation {
  readonly kind: 'sentinel';
  readonly name: string;
  /** The sentinels, with the credentials for them. */
  readonly servers: readonly ServerAddress[];
  /** The credentials for the leader. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number | undefined;
}

/** Names a server for logs. */
export function nameOf(endpoint: Endpoint): string {
  if ('path' in endpoint) return endpoint.path;
  const { host, port } = endpoint;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

const clientNumbers = new WeakMap<object, number>();
let clients = 0;

/** Writes a location for logs, without credentials; equal for equal stores. */
export function showRedisLocation(location: RedisLocation): string {
  if (location.kind === 'client') return `a client of the application (${numberOf(location.client)})`;
  const names = location.servers.map(({ endpoint }) => nameOf(endpoint)).join(';');
  const database = (location.kind === 'sentinel' ? location : location.servers[0])?.database;
  const suffix = database ? `, database ${database}` : '';
  if (location.kind === 'sentinel') return `the leader "${location.name}" of the sentinels ${names}${suffix}`;
  return location.kind === 'cluster' ? `the cluster ${names}` : names + suffix;
}

/** Two clients of the application are two stores, for all that is known. */
function numberOf(client: object): number {
  const number = clientNumbers.get(client) ?? ++clients;
  clientNumbers.set(client, number);
  return number;
}

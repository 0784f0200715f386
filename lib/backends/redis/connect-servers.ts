import { createHash } from 'node:crypto';
import type { BackendContext } from '../cache-backend.js';
import { ClusterServers } from './cluster-servers.js';
import type { SharedServers } from './redis-backend.js';
import type { ConnectionSettings } from './redis-client.js';
import { nameOf, type RedisLocation, type ServerAddress, showRedisLocation } from './redis-location.js';
import type { RedisServers } from './redis-servers.js';
import { ReplicatedServers } from './replicated-servers.js';
import { Sentinels } from './sentinels.js';
import { SingleServer } from './single-server.js';
import { UserClientServers } from './user-client-servers.js';

/** The options of a cache on Redis beside its location. */
export interface RedisOptions {
  readYourWritesMs: number;
  protocol: 2 | 3;
  tls: Readonly<Record<string, unknown>>;
  username: string;
  password: string;
  connectTimeoutMs: number;
}

const DEFAULT_READ_YOUR_WRITES_MS = 1000;
const DEFAULT_CONNECT_TIMEOUT_MS = 1000;

interface Share {
  readonly servers: RedisServers;
  readonly scopes: Set<string>;
  users: number;
}

/** Returns the servers of a location. Aliases that reach them in the same way share their connections; the last to release them closes those. */
export function acquireServers(
  { clock, shared }: Pick<BackendContext, 'clock' | 'shared'>,
  location: RedisLocation,
  options: Partial<RedisOptions>,
): SharedServers {
  const name = shareName(location, options);
  // Objects with certificates and functions cannot be compared.
  const known = options.tls === undefined ? (shared.get(name) as Share | undefined) : undefined;
  const share: Share = known ?? {
    servers: makeServers(clock, location, options),
    scopes: new Set(),
    users: 0,
  };
  if (options.tls === undefined) shared.set(name, share);
  share.users++;
  return {
    servers: share.servers,
    scopes: share.scopes,
    release: () => {
      if (--share.users > 0) return;
      if (shared.get(name) === share) shared.delete(name);
      share.servers.close();
    },
  };
}

/** Of credentials it holds a digest alone: names are made to be shown. */
function shareName(location: RedisLocation, options: Partial<RedisOptions>): string {
  const shown = showRedisLocation(location);
  // Not the options as a whole: those of the alias decide nothing about a connection.
  const { username, password, protocol, connectTimeoutMs, readYourWritesMs } = options;
  const access = { username, password, protocol, connectTimeoutMs, readYourWritesMs };
  const how = location.kind === 'client' ? [] : [location, access];
  return `redis: ${shown} ${createHash('sha256').update(JSON.stringify(how)).digest('hex')}`;
}

function makeServers(
  clock: BackendContext['clock'],
  location: RedisLocation,
  options: Partial<RedisOptions>,
): RedisServers {
  if (location.kind === 'client') return new UserClientServers(location.client, showRedisLocation(location));
  const { servers } = location;
  const [first] = servers;
  if (location.kind === 'sentinel') {
    const { database, name, password, username } = location;
    const { isEncrypted } = first!;
    const settings = settingsFor({ database, isEncrypted, password, username }, options);
    return new SingleServer(`sentinel:${name}`, new Sentinels(name, servers, settings), settings);
  }
  const settings = settingsFor(first!, options);
  if (location.kind === 'cluster') {
    const { password, username } = settings;
    return new ClusterServers(
      servers.map((server) => ({ ...server, username, password })),
      settings,
    );
  }
  if (servers.length === 1) {
    const { endpoint } = first!;
    return new SingleServer(nameOf(endpoint), { canMove: false, locate: () => endpoint }, settings);
  }
  const window = options.readYourWritesMs ?? DEFAULT_READ_YOUR_WRITES_MS;
  return new ReplicatedServers(
    servers.map((server) => ({ endpoint: server.endpoint, settings: settingsFor(server, options) })),
    window,
    clock,
  );
}

type Access = Pick<ServerAddress, 'username' | 'password' | 'database' | 'isEncrypted'>;

/** What the address says comes before what the options say. */
function settingsFor(access: Access, options: Partial<RedisOptions>): ConnectionSettings {
  const hasOwn = access.username !== undefined || access.password !== undefined;
  return {
    username: access.username ?? (hasOwn ? undefined : options.username),
    password: access.password ?? options.password,
    database: access.database ?? 0,
    tls: options.tls ?? (access.isEncrypted ? {} : undefined),
    protocol: options.protocol ?? 3,
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
  };
}

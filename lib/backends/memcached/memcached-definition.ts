import { CacheConfigurationError } from '../../core/errors.js';
import { oneOf, type OptionRule, type OptionRules, secret, wholeNumber } from '../../core/options.js';
import type { BackendDefinition } from '../backend-definition.js';
import type { BackendContext } from '../cache-backend.js';
import { MemcachedBackend } from './memcached-backend.js';
import {
  locationFromOption,
  locationFromUrl,
  type MemcachedAddress,
  type MemcachedLocation,
  showLocation,
} from './memcached-location.js';
import type { MemcachedServer } from './memcached-server.js';
import type { ClearStrategy } from './memcached-servers.js';
import { MemjsServer } from './memjs-server.js';
import { MetaServer } from './meta/meta-server.js';
import { PackageServer } from './package-server.js';

/** The libraries that can speak to the servers. */
export type MemcachedClientName = 'meta' | 'memcached' | 'memjs';

/** Encryption: with the usual certificates, or options of `tls.connect`. */
export type MemcachedTls = boolean | Readonly<Record<string, unknown>>;

export interface MemcachedOptions {
  client: MemcachedClientName;
  username: string;
  password: string;
  tls: MemcachedTls;
  connections: number;
  clearStrategy: ClearStrategy;
}

const tls: OptionRule<MemcachedTls> = {
  expected: 'true, false or an object of options for tls.connect',
  parse: (value) => {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
    throw new TypeError('not as expected');
  },
  fromText: (given) => (given === 'true' ? true : given === 'false' ? false : given),
};

const rules: OptionRules<MemcachedOptions> = {
  client: oneOf('meta', 'memcached', 'memjs'),
  username: secret,
  password: secret,
  tls,
  connections: wholeNumber(1),
  clearStrategy: oneOf('namespace', 'flushAll'),
};

export const memcachedDefinition: BackendDefinition<MemcachedOptions, MemcachedLocation> = {
  name: 'memcached',
  options: rules,
  requiredLocation:
    'a server or several, such as "127.0.0.1:11211", "10.0.0.1:11211;10.0.0.2:11211" or "unix:/run/memcached.sock"',
  isRemote: true,
  separatesScopes: true,
  packagesFor: ({ client }) => (client === undefined || client === 'meta' ? [] : [client]),
  locationFromUrl,
  locationFromOption,
  showLocation,
  create: (context, options, location = []) => {
    refuseWhatTheClientLacks(context.alias, options, location);
    return new MemcachedBackend(
      context,
      location.map((address) => ({ server: connectTo(address, options, context), weight: address.weight })),
      options.clearStrategy,
    );
  },
};

function connectTo(
  address: MemcachedAddress,
  { client = 'meta', username, password, tls, connections }: Partial<MemcachedOptions>,
  { lost }: BackendContext,
): MemcachedServer {
  const onLost = (reason: unknown): void => lost(address.name, reason);
  if (client === 'memcached') return new PackageServer(address, { onLost });
  if (client === 'memjs') return new MemjsServer(address, { onLost, username, password });
  return new MetaServer(address, { onLost, tls, connections });
}

/** @throws {CacheConfigurationError} */
function refuseWhatTheClientLacks(
  alias: string,
  options: Partial<MemcachedOptions>,
  location: MemcachedLocation,
): void {
  const { client = 'meta', username, password } = options;
  const lack = client === 'meta' ? lackOfMeta(options) : lackOfPackage(client, options, location);
  const isHalf = (username === undefined) !== (password === undefined);
  const reason = lack ?? (isHalf ? 'username and password belong together' : undefined);
  if (reason !== undefined)
    throw new CacheConfigurationError(`Cache "${alias}" (backend "memcached"): ${reason}.`);
}

const NO_SASL = 'has no user names and passwords (SASL); use client "memjs"';

function lackOfMeta({ username, password }: Partial<MemcachedOptions>): string | undefined {
  return username === undefined && password === undefined ? undefined : `client "meta" ${NO_SASL}`;
}

function lackOfPackage(
  client: MemcachedClientName,
  { username, password, tls, connections }: Partial<MemcachedOptions>,
  location: MemcachedLocation,
): string | undefined {
  const name = `client "${client}"`;
  const path = location.find((address) => address.path !== undefined)?.path;
  if (path !== undefined) return `${name} has no Unix sockets (${path}); use client "meta" or a port`;
  if (tls !== undefined && tls !== false) return `${name} has no TLS; use client "meta"`;
  if (connections !== undefined)
    return `${name} has one connection per server; leave out the option "connections"`;
  const hasCredentials = username !== undefined || password !== undefined;
  return hasCredentials && client !== 'memjs' ? `${name} ${NO_SASL}` : undefined;
}

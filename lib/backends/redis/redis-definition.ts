import type { OptionRule } from '../../core/options.js';
import { milliseconds, secret } from '../../core/options.js';
import type { BackendDefinition } from '../backend-definition.js';
import { acquireServers, type RedisOptions } from './connect-servers.js';
import { parseRedisLocation } from './location-option.js';
import { RedisBackend } from './redis-backend.js';
import { type RedisLocation, showRedisLocation } from './redis-location.js';
import { parseAddresses } from './server-address.js';

function refuse(): never {
  throw new TypeError('not as expected');
}

const protocol: OptionRule<2 | 3> = {
  expected: '2 or 3',
  parse: (value) => (value === 2 || value === 3 ? value : refuse()),
  fromText: (text) => (text === '2' || text === '3' ? Number(text) : text),
};

const tls: OptionRule<Readonly<Record<string, unknown>>> = {
  expected: 'an object with the options of node:tls; in a URL, the scheme "rediss" turns encryption on',
  parse: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : refuse(),
  fromText: (text) => text,
};

export const redisDefinition: BackendDefinition<RedisOptions, RedisLocation> = {
  name: 'redis',
  otherSchemes: ['rediss'],
  isRemote: true,
  options: {
    readYourWritesMs: milliseconds(0),
    protocol,
    tls,
    username: secret,
    password: secret,
    connectTimeoutMs: milliseconds(1),
  },
  requiredLocation:
    'the address of a server, such as "redis://127.0.0.1:6379/0", a list of a leader and its replicas, { cluster: [...] }, ' +
    '{ sentinel: { name, nodes } }, or a client of the package "redis"',
  packagesFor: () => ['redis'],
  locationFromUrl: (rest, scheme) =>
    rest === '' ? undefined : { kind: 'servers', servers: parseAddresses(`${scheme}://${rest}`) },
  locationFromOption: parseRedisLocation,
  showLocation: showRedisLocation,
  create: (context, options, location) =>
    new RedisBackend(context, acquireServers(context, location!, options)),
};

import { show } from '../../core/show.js';
import type { Endpoint, RedisLocation, ServerAddress } from './redis-location.js';
import {
  checkedEndpoint,
  inheritFromFirst,
  parseAddress,
  parseAddresses,
  parseEndpoint,
  type PartialAddress,
} from './server-address.js';
import { isUserClient } from './user-client.js';

type Given = Readonly<Record<string, unknown>>;

/**
 * Reads the option `location`.
 *
 * @throws {TypeError} with a sentence part that shows no credentials
 */
export function parseRedisLocation(value: unknown): RedisLocation {
  if (typeof value === 'string') return { kind: 'servers', servers: parseAddresses(value) };
  if (Array.isArray(value)) return { kind: 'servers', servers: parseList(value, 'a server') };
  if (typeof value !== 'object' || value === null) throw new TypeError(`it is ${show(value)}`);
  if (isUserClient(value)) return { kind: 'client', client: value };
  const given = value as Given;
  if (given['cluster'] !== undefined) return parseCluster(given);
  if (given['sentinel'] !== undefined) return parseSentinel(given);
  throw new TypeError(
    'the object is neither a client of the package "redis" nor { cluster } nor { sentinel }' +
      (typeof given['call'] === 'function' ? '; clients of ioredis are not supported' : ''),
  );
}

function parseCluster(given: Given): RedisLocation {
  refuseOthers(given, ['cluster']);
  const servers = parseList(given['cluster'], 'a server of the cluster');
  if (servers.some(({ database }) => database !== undefined && database !== 0))
    throw new TypeError('a cluster has no databases but 0');
  return { kind: 'cluster', servers };
}

const SENTINEL_OPTIONS = [
  'name',
  'nodes',
  'username',
  'password',
  'database',
  'sentinelUsername',
  'sentinelPassword',
];

function parseSentinel(given: Given): RedisLocation {
  refuseOthers(given, ['sentinel']);
  const sentinel = given['sentinel'] as Given | null;
  if (typeof sentinel !== 'object' || sentinel === null)
    throw new TypeError('sentinel must be { name, nodes }');
  refuseOthers(sentinel, SENTINEL_OPTIONS);
  const { name, nodes, database } = sentinel;
  if (typeof name !== 'string' || name === '')
    throw new TypeError(
      'sentinel.name must be the name under which the sentinels know the leader, such as "mymaster"',
    );
  if (database !== undefined && !(Number.isSafeInteger(database) && (database as number) >= 0))
    throw new TypeError('sentinel.database must be a whole number, 0 or more');
  const username = textOf(sentinel, 'sentinelUsername');
  const password = textOf(sentinel, 'sentinelPassword');
  const access = { username, password, database: undefined };
  const servers = parseList(nodes, 'a sentinel').map((node) => withAccess(node, access));
  return {
    kind: 'sentinel',
    name,
    servers,
    username: textOf(sentinel, 'username'),
    password: textOf(sentinel, 'password'),
    database: database as number | undefined,
  };
}

function parseList(value: unknown, what: string): ServerAddress[] {
  const list: readonly unknown[] = typeof value === 'string' ? value.split(/[;,]/) : (value as unknown[]);
  if (!Array.isArray(list) || list.length === 0) throw new TypeError(`the list must name at least ${what}`);
  return inheritFromFirst(list.map((each) => parseNode(each, what)));
}

function parseNode(node: unknown, what: string): PartialAddress {
  if (typeof node === 'string')
    return /[/@]/.test(node) ? parseAddress(node) : atEndpoint(parseEndpoint(node.trim()));
  if (typeof node !== 'object' || node === null)
    throw new TypeError(`${what} must be a URL, "host:port" or { host, port }`);
  refuseOthers(node as Given, ['host', 'port']);
  const { host, port = 6379 } = node as Given;
  return atEndpoint(checkedEndpoint(host, port));
}

function atEndpoint(endpoint: Endpoint): PartialAddress {
  return { endpoint, isEncrypted: undefined, username: undefined, password: undefined, database: undefined };
}

type Access = Pick<ServerAddress, 'username' | 'password' | 'database'>;

function withAccess({ endpoint, isEncrypted, ...own }: ServerAddress, common: Access): ServerAddress {
  const access = own.username === undefined && own.password === undefined ? common : own;
  return { endpoint, isEncrypted, ...access, database: undefined };
}

function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new TypeError(`sentinel.${name} must be text`);
}

function refuseOthers(given: Given, known: readonly string[]): void {
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other !== undefined) throw new TypeError(`"${other}" is unknown there; known are ${known.join(', ')}`);
}

import { show } from '../../core/show.js';

/** Where one server listens, and how many of the keys it shall have. */
export interface MemcachedAddress {
  /** `host:port`, `[v6]:port` or the path of a socket: also what the ring is computed from. */
  readonly name: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The path of a Unix socket, in place of host and port. */
  readonly path: string | undefined;
  readonly weight: number;
}

/** One or more servers, in the order given. */
export type MemcachedLocation = readonly MemcachedAddress[];

const DEFAULT_PORT = 11_211;
const MAX_PORT = 65_535;

/** Reads the part of a URL after `memcached://`: `host:port;host:port/`, `/path/to/socket` or `unix:/path`. */
export function locationFromUrl(rest: string): MemcachedLocation | undefined {
  if (rest === '') return undefined;
  return rest.startsWith('/') || rest.startsWith('unix:')
    ? [parseAddress(decodeURIComponent(rest))]
    : parseList(rest.replace(/\/$/, '').split(/[;,]/));
}

/** Reads the option `location`: text with one server or several, an object, or a list of both. */
export function locationFromOption(value: unknown): MemcachedLocation {
  if (Array.isArray(value)) return parseList(value);
  if (typeof value !== 'string') return parseList([value]);
  return parseList(value.startsWith('/') || value.startsWith('unix:') ? [value] : value.split(/[;,]/));
}

export function showLocation(location: MemcachedLocation): string {
  return location.map(({ name, weight }) => (weight === 1 ? name : `${name}:${weight}`)).join(';');
}

function parseList(entries: readonly unknown[]): MemcachedLocation {
  if (entries.length === 0) throw new TypeError('the list of servers is empty');
  const addresses = entries.map(parseEntry);
  const names = addresses.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`the server ${twice} is given twice`);
  return addresses;
}

function parseEntry(entry: unknown): MemcachedAddress {
  if (typeof entry === 'string') return parseAddress(entry.trim());
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw new TypeError(`a server must be text or { host, port, weight }; got ${show(entry)}`);
  return parseObject(entry as Record<string, unknown>);
}

const OBJECT_NAMES = new Set(['host', 'port', 'path', 'weight']);

function parseObject(given: Record<string, unknown>): MemcachedAddress {
  const unknown = Object.keys(given).find((name) => !OBJECT_NAMES.has(name));
  if (unknown !== undefined)
    throw new TypeError(`a server is described by host, port, path and weight, not by "${unknown}"`);
  const { host, port, path, weight } = given;
  if (path !== undefined) {
    if (host !== undefined || port !== undefined)
      throw new TypeError('a server has either a path, or host and port');
    return socket(path, parseWeight(weight));
  }
  if (typeof host !== 'string' || host === '')
    throw new TypeError(`a server needs a host or a path; got ${show(host)}`);
  return endpoint(host.replace(/^\[(.*)\]$/, '$1'), port, parseWeight(weight));
}

function parseAddress(text: string): MemcachedAddress {
  if (text === '') throw new TypeError('an entry of the list of servers is empty');
  if (text.includes('@')) {
    throw new TypeError(
      'memcached takes no credentials in its address; give the options username and password',
    );
  }
  if (text.startsWith('/')) return socket(text, 1);
  if (text.startsWith('unix:')) return socket(text.slice('unix:'.length), 1);
  const match = /^(?:\[([0-9a-f:.%a-z]+)\]|([^\s:/[\]]+))(?::([^:]*))?(?::([^:]*))?$/i.exec(text);
  if (!match) throw new TypeError(`"${text}" is not host:port, [IPv6]:port or a path`);
  const [, ipv6, host, port, weight] = match;
  return endpoint((ipv6 ?? host)!, port, parseWeight(weight));
}

function socket(path: unknown, weight: number): MemcachedAddress {
  if (typeof path !== 'string' || !path.startsWith('/') || path.endsWith('/'))
    throw new TypeError(`a Unix socket is given by its absolute path; got ${show(path)}`);
  return { name: path, host: undefined, port: undefined, path, weight };
}

function endpoint(host: string, portGiven: unknown, weight: number): MemcachedAddress {
  if (!/^[^\s/@[\]]+$/.test(host)) throw new TypeError(`${show(host)} is no host`);
  const port = portGiven === undefined ? DEFAULT_PORT : parsePort(portGiven);
  const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return { name, host, port, path: undefined, weight };
}

function parsePort(given: unknown): number {
  const port = wholeNumberOf(given);
  if (port >= 1 && port <= MAX_PORT) return port;
  throw new TypeError(`a port is a number from 1 to ${MAX_PORT}; got ${show(given)}`);
}

function parseWeight(given: unknown): number {
  if (given === undefined) return 1;
  const weight = wholeNumberOf(given);
  if (weight >= 1) return weight;
  throw new TypeError(`a weight is a whole number, 1 or more; got ${show(given)}`);
}

/** Returns NaN for what is none. */
function wholeNumberOf(given: unknown): number {
  const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  return Number.isSafeInteger(number) ? (number as number) : Number.NaN;
}

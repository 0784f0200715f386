import type { Endpoint, ServerAddress } from './redis-location.js';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 6379;
const SCHEMES = new Set(['redis', 'rediss']);

/** Reads one address or several, with `;` or `,` between them. Later ones inherit what they leave out from the first. */
export function parseAddresses(text: string): ServerAddress[] {
  return inheritFromFirst(
    text.startsWith('unix:') ? [parseUnix(text)] : text.split(/[;,]/).map(parseAddress),
  );
}

/** Gives each address the credentials, the database and the encryption of the first where it has none of its own. */
export function inheritFromFirst(addresses: readonly PartialAddress[]): ServerAddress[] {
  const [first] = addresses;
  return addresses.map((address) => {
    const heir = address.password === undefined && address.username === undefined ? first : address;
    return {
      endpoint: address.endpoint,
      isEncrypted: address.isEncrypted ?? first?.isEncrypted ?? false,
      username: heir?.username,
      password: heir?.password,
      database: address.database ?? first?.database,
    };
  });
}

/** An address as it was written. */
export interface PartialAddress extends Omit<ServerAddress, 'isEncrypted'> {
  /** Undefined if the text names no scheme. */
  readonly isEncrypted: boolean | undefined;
}

/** Reads `[redis[s]://][[user][:password]@]host[:port][/database]` or `unix:/path`. Its errors show nothing of the credentials. */
export function parseAddress(text: string): PartialAddress {
  if (text.startsWith('unix:')) return parseUnix(text);
  const [, scheme, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  if (scheme !== undefined && !SCHEMES.has(scheme.toLowerCase()))
    throw new TypeError(`the scheme is "${scheme}", not redis or rediss`);
  const { credentials, place } = splitCredentials(rest);
  if (place.includes('?'))
    throw new TypeError('options belong at the end of the URL of a cache, not of a server');
  const isEncrypted = scheme === undefined ? undefined : scheme.toLowerCase() === 'rediss';
  if (isPath(place))
    return {
      endpoint: { path: decodeURIComponent(place) },
      isEncrypted,
      ...credentials,
      database: undefined,
    };
  const slash = place.indexOf('/');
  const hostAndPort = slash === -1 ? place : place.slice(0, slash);
  const database = slash === -1 ? undefined : parseDatabase(place.slice(slash + 1));
  return { endpoint: parseEndpoint(hostAndPort || DEFAULT_HOST), isEncrypted, ...credentials, database };
}

/** Reads `host`, `host:port` or `[IPv6]:port`. */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([0-9a-f:.%]+)\]|([^\s:/[\]@]+))(?::(\d+))?$/i.exec(text);
  // Not shown: what is no address may be a part of a password.
  if (!match)
    throw new TypeError('an address is written host:port, with brackets around the host if it is IPv6');
  const [, bracketed, name, port] = match;
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  return checkedEndpoint((bracketed ?? name)!, number);
}

export function checkedEndpoint(host: unknown, port: unknown): Endpoint {
  if (typeof host !== 'string' || host === '') throw new TypeError('the host must be text that is not empty');
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535)
    throw new TypeError(`the port of "${host}" must be a whole number between 1 and 65535`);
  return { host, port: port as number };
}

/** `unix:/path`, `unix:///path` and `unix://user:password@/path`, with `?db=1`, as the package `redis` has it. */
function parseUnix(text: string): PartialAddress {
  const { credentials, place } = splitCredentials(text.slice('unix:'.length).replace(/^\/\//, ''));
  const [path = '', query] = place.split('?', 2);
  if (!path.startsWith('/'))
    throw new TypeError('a unix socket is named by an absolute path, as in unix:/run/redis.sock');
  const database = query === undefined ? undefined : parseDatabase(/^db=(.*)$/.exec(query)?.[1] ?? query);
  return { endpoint: { path: decodeURIComponent(path) }, isEncrypted: false, ...credentials, database };
}

/** A path, unless it is a database of the default host. */
function isPath(place: string): boolean {
  return /^\/.*\D/.test(place);
}

function parseDatabase(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw new TypeError('the database must be a number, as in redis://127.0.0.1:6379/1');
  return Number(text);
}

interface Split {
  readonly credentials: Pick<ServerAddress, 'username' | 'password'>;
  readonly place: string;
}

/** A password may hold `@` and `:` as they are, hence the last `@` and the first `:`. */
function splitCredentials(text: string): Split {
  const at = text.lastIndexOf('@');
  if (at === -1) return { credentials: { username: undefined, password: undefined }, place: text };
  const colon = text.slice(0, at).indexOf(':');
  const username = decoded(text.slice(0, colon === -1 ? at : colon));
  const password = colon === -1 ? undefined : decoded(text.slice(colon + 1, at));
  return { credentials: { username, password }, place: text.slice(at + 1) };
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      'the user name or the password is not percent-encoded as a URL asks for (% is written %25)',
    );
  }
}

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely, type ConnectionOptions } from 'node:tls';

/** Where a server listens: host and port, or the path of a Unix socket. */
export interface MetaAddress {
  /** `host:port`, `[v6]:port` or the path. */
  readonly name: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
}

const KEEP_ALIVE_AFTER_MS = 30_000;

/** Begins to connect. What is written meanwhile goes out when the connection stands; a failure is an event of the socket. */
export function dial(
  { host, port, path }: MetaAddress,
  tls: boolean | Readonly<Record<string, unknown>> = false,
): Socket {
  const target = path === undefined ? { host: bare(host), port: port! } : { path };
  const socket = tls === false ? connect(target) : connectSecurely({ ...secured(target, tls), ...target });
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
}

function bare(host = '127.0.0.1'): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** A certificate is checked against the name of the host; an address has none to be sent. */
function secured(
  { host }: { readonly host?: string },
  tls: true | Readonly<Record<string, unknown>>,
): ConnectionOptions {
  const servername = host === undefined || isIP(host) ? {} : { servername: host };
  return { ...servername, ...(tls === true ? {} : tls) };
}

import {
  createServer,
  request as open,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';

export interface OwnRequest {
  /** Absolute, since scheme and host are part of what is asked for. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /**
   * What stands in the first line of the request.
   *
   * @default path and query of the URL
   */
  readonly target?: string;
  /**
   * Where the request seems to come from, which decides on whether the platform believes what proxies say.
   *
   * @default this machine
   */
  readonly peer?: { readonly remoteAddress: string | undefined };
  /** What the application finds again with `purposeOf`. */
  readonly purpose?: object;
}

const LOOPBACK = { remoteAddress: '127.0.0.1' };

/** An answer of the application, without its body. */
export interface OwnAnswer {
  readonly status: number;
  readonly cacheStatus: string | undefined;
}

/**
 * Sends requests to the application in this process, over no network: whether and where it listens, and with which certificate, does
 * not matter. They pass through everything that other requests pass through.
 */
export class ApplicationRequests {
  readonly #bridge: Server;
  readonly #purposes = new WeakMap<object, object>();

  /** @param application the HTTP server of the application */
  constructor(application: { emit(event: 'request', ...given: unknown[]): boolean }) {
    this.#bridge = createServer((request: IncomingMessage, response: ServerResponse) => {
      application.emit('request', request, response);
    });
  }

  /** Returns what a request that the application is serving was sent for. */
  purposeOf(socket: object): object | undefined {
    return this.#purposes.get(socket);
  }

  get({ headers, peer = LOOPBACK, purpose, target, url }: OwnRequest): Promise<OwnAnswer> {
    const { client, server } = connectionFor(url, peer.remoteAddress);
    if (purpose) this.#purposes.set(server, purpose);
    this.#bridge.emit('connection', server);
    return new Promise((resolve, reject) => {
      const request = open({
        createConnection: () => client,
        path: target ?? `${url.pathname}${url.search}`,
        headers: { host: url.host, ...headers, connection: 'close' } as Record<string, string | string[]>,
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const { headers: told, statusCode = 0 } = response;
        const cacheStatus = told['cache-status'];
        response.on('error', reject);
        response.on('end', () => {
          client.destroy();
          resolve({ status: statusCode, cacheStatus: cacheStatus?.toString() });
        });
        response.resume();
      });
      request.end();
    });
  }
}

/** Both ends of a connection within the process, on which platforms see what they would see of a socket. */
function connectionFor(url: URL, remoteAddress: string | undefined): { client: Duplex; server: Duplex } {
  const [client, server] = duplexPair();
  Object.assign(server, { remoteAddress, encrypted: url.protocol === 'https:' });
  return { client, server };
}

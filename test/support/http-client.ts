import { request as open, type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

/** A response as it came over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values by turns, in their order. */
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
  readonly text: string;
}

export interface HttpQuestion {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  readonly agent?: Agent;
}

/** Asks a server on this machine. Nothing is followed, decoded or added but `Host` and `Connection`. */
export class HttpClient {
  constructor(readonly port: number) {}

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
    return this.ask(path, { headers });
  }

  head(path: string, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
    return this.ask(path, { method: 'HEAD', headers });
  }

  /** Rejects if the connection ends before the response does. */
  ask(path: string, { agent, body, headers, method = 'GET' }: HttpQuestion = {}): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const request = open({
        port: this.port,
        host: '127.0.0.1',
        path,
        method,
        headers,
        agent: agent ?? false,
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { headers, rawHeaders, statusCode = 0, trailers } = response;
          const bytes = Buffer.concat(chunks);
          resolve({ status: statusCode, headers, rawHeaders, trailers, body: bytes, text: bytes.toString() });
        });
      });
      request.end(body);
    });
  }

  /** Asks, and hangs up as soon as the first bytes of the body are there. */
  hangUp(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = open({ port: this.port, host: '127.0.0.1', path, agent: false });
      request.on('error', reject);
      request.on('response', (response) => {
        response.on('error', () => {});
        response.once('data', () => {
          request.destroy();
          resolve();
        });
      });
      request.end();
    });
  }

  /** Sends text as it is and returns all that comes back until the server closes the connection. */
  send(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(text));
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    });
  }
}

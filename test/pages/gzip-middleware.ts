import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createGzip, type Gzip } from 'node:zlib';
import type { INestApplication } from '@nestjs/common';
import { rawOf } from '../support/platforms.js';

type Original = (...given: unknown[]) => unknown;

interface RequestHead {
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** Whether a client takes gzip. */
export function takesGzip({ headers }: RequestHead): boolean {
  return headers['accept-encoding']?.includes('gzip') ?? false;
}

/** Decides about one response when its head is written, and from then on gives its body through gzip. */
class GzipResponse {
  #gzip: Gzip | undefined;
  #isDecided = false;
  readonly #writeHead: Original;
  readonly #write: Original;
  readonly #end: Original;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.#writeHead = response.writeHead.bind(response) as Original;
    this.#write = response.write.bind(response) as Original;
    this.#end = response.end.bind(response) as Original;
  }

  begin(): void {
    Object.assign(this.response, {
      writeHead: (status: number, ...rest: unknown[]) => this.writeHead(status, rest),
      write: (chunk: unknown, ...rest: unknown[]) => this.write(chunk, rest),
      end: (...given: unknown[]) => this.end(given),
    });
  }

  writeHead(status: number, rest: unknown[]): ServerResponse {
    const { response } = this;
    response.statusCode = status;
    const fields = rest.find((each) => typeof each === 'object') as OutgoingHttpHeaders | undefined;
    for (const [name, value] of Object.entries(fields ?? {})) response.setHeader(name, value!);
    this.#decide();
    this.#writeHead(status);
    return response;
  }

  write(chunk: unknown, rest: unknown[]): unknown {
    this.#sendHead();
    return this.#gzip ? this.#gzip.write(bytesOf(chunk, rest[0])) : this.#write(chunk, ...rest);
  }

  end(given: unknown[]): unknown {
    this.#sendHead();
    if (!this.#gzip) return this.#end(...given);
    if (given[0] && typeof given[0] !== 'function') this.#gzip.write(bytesOf(given[0], given[1]));
    this.#gzip.end();
    return this.response;
  }

  /** Asks whoever stands around it, as Node does. */
  #sendHead(): void {
    if (!this.response.headersSent) this.response.writeHead(this.response.statusCode);
  }

  #decide(): void {
    const { request, response } = this;
    if (this.#isDecided) return;
    this.#isDecided = true;
    const isText = /^(?:text\/|application\/json)/.test(
      String(response.getHeader('Content-Type') ?? 'text/'),
    );
    const isEmpty = request.method === 'HEAD' || [204, 304].includes(response.statusCode);
    if (!isText || isEmpty || response.hasHeader('Content-Encoding')) return;
    addVary(response);
    if (!takesGzip(request)) return;
    response.setHeader('Content-Encoding', 'gzip');
    response.removeHeader('Content-Length');
    this.#gzip = createGzip();
    this.#gzip.on('data', (chunk) => this.#write(chunk));
    this.#gzip.on('end', () => this.#end());
  }
}

/** Compresses around everything, as the well-known middleware does: between the application and Node. */
export function gzipAround(app: INestApplication): void {
  app.use((request: IncomingMessage, reply: unknown, next: () => void) => {
    new GzipResponse(request, rawOf(reply)).begin();
    next();
  });
}

function addVary(response: ServerResponse): void {
  const said = response.getHeader('Vary');
  if (!/accept-encoding/i.test(String(said ?? '')))
    response.setHeader('Vary', said === undefined ? 'Accept-Encoding' : `${String(said)}, Accept-Encoding`);
}

function bytesOf(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk !== 'string') return chunk as Buffer;
  return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
}

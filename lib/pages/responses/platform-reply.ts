import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The response object that the platform gives to handlers: Express's response, or Fastify's reply around Node's response. */
export type PlatformReply = ServerResponse | FastifyReplyLike;

export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  getHeaders(): OutgoingHttpHeaders;
  getHeader(name: string): number | string | string[] | undefined;
  header(name: string, value: string | readonly string[]): unknown;
  removeHeader(name: string): unknown;
  hijack(): unknown;
  send(payload?: unknown): unknown;
}

/** Returns Node's own response, through which every answer passes at last. */
export function rawResponseOf(reply: PlatformReply): ServerResponse {
  return 'raw' in reply ? reply.raw : reply;
}

/** Returns the headers said so far: by middleware and guards, and by decorators of the handler. */
export function headersOf(reply: PlatformReply): OutgoingHttpHeaders {
  return reply.getHeaders();
}

/** Whether nobody has said anything in the head so far. On Fastify alone, whose own answers say all at once as well. */
export function isBare(reply: PlatformReply): boolean {
  if (!('hijack' in reply) || reply.raw.getHeaderNames().length > 0) return false;
  return Object.keys(reply.getHeaders()).length === 0;
}

/** Lets the hooks that Fastify runs when all is done see what was said past it. */
export function noteForLogs(reply: PlatformReply, fields: Record<string, string | readonly string[]>): void {
  if (!('hijack' in reply)) return;
  for (const name in fields) reply.header(name, fields[name]!);
}

/**
 * Takes the answer out of the platform's hands, with the headers said so far: what Nest does with the reply from now on has no
 * effect.
 */
export function takeOver(reply: PlatformReply): ServerResponse {
  const raw = takeHeaders(reply);
  const ignored = (): PlatformReply => reply;
  // The methods through which Nest's adapters and exception filters answer.
  Object.assign(reply, {
    status: ignored,
    code: ignored,
    send: ignored,
    json: ignored,
    render: ignored,
    view: ignored,
    redirect: ignored,
  });
  return raw;
}

/** As `takeOver`, for who lets Nest do nothing more. Fastify keeps the headers said so far by itself. */
export function takeHeaders(reply: PlatformReply): ServerResponse {
  const raw = rawResponseOf(reply);
  if ('hijack' in reply) {
    const headers = reply.getHeaders();
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) raw.setHeader(name, value);
    }
    reply.hijack();
  }
  return raw;
}

/**
 * Makes a response that has been sent deaf. Interceptors around the page run on, as they do after a handler, and may still set
 * headers; exception filters may write an error. Both would throw, or end the process.
 */
export function silence(response: ServerResponse): void {
  // Middleware that ends a response later has work left to do on it.
  if (!response.headersSent) return;
  const ignored = (): ServerResponse => response;
  Object.assign(response, {
    setHeader: ignored,
    appendHeader: ignored,
    removeHeader: ignored,
    writeHead: ignored,
    flushHeaders: ignored,
    write: () => true,
    end: ignored,
  });
}

/**
 * Calls back when Fastify is given a body that is whole: what its hooks do from then on is not the handler's. A stream is read later.
 */
export function whenSaid(reply: FastifyReplyLike, isSaid: () => void): void {
  const { send } = reply;
  reply.send = (payload?: unknown): unknown => {
    if (!isStream(payload)) isSaid();
    return send.call(reply, payload);
  };
}

function isStream(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  return 'pipe' in payload || 'getReader' in payload || 'body' in payload || Symbol.asyncIterator in payload;
}

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The response object that the platform gives to handlers: Express's response, or Fastify's reply around Node's response. */
export type PlatformReply = ServerResponse | FastifyReplyLike;

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  getHeaders(): OutgoingHttpHeaders;
  hijack(): unknown;
}

/** Returns Node's own response, through which every answer passes at last. */
export function rawResponseOf(reply: PlatformReply): ServerResponse {
  return 'raw' in reply ? reply.raw : reply;
}

/**
 * Takes the answer out of the platform's hands: what Nest and other interceptors do with the reply from now on has no effect. Headers that
 * plugins and middleware set are carried over to Node's response.
 */
export function takeOver(reply: PlatformReply): ServerResponse {
  const raw = rawResponseOf(reply);
  if ('hijack' in reply) {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) raw.setHeader(name, value);
  }
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

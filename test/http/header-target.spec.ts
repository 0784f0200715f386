import { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { checkedHeaderName, type HeaderReply, headerTargetOf } from '../../lib/http/header-target.js';
import { neverCache, patchCacheControl } from '../../lib/http/patch-cache-control.js';
import { hasVary, patchVary } from '../../lib/http/patch-vary.js';

/** The part of Fastify that is used here; it comes with Nest's adapter. */
interface FastifyLike {
  get(path: string, handler: (request: unknown, reply: FastifyReplyLike) => unknown): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
}

interface FastifyReplyLike extends HeaderReply {
  readonly raw: ServerResponse;
  send(body: string): unknown;
}

const requireHere = createRequire(import.meta.url);
const requireOfAdapter = createRequire(requireHere.resolve('@nestjs/platform-fastify'));
const fastify = requireOfAdapter('fastify') as () => FastifyLike;

async function headersOfReply(
  handler: (reply: FastifyReplyLike) => void,
): Promise<Readonly<Record<string, unknown>>> {
  const application = fastify();
  application.get('/', (_request, reply) => {
    handler(reply);
    return reply.send('body');
  });
  try {
    const url = await application.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(url);
    await response.text();
    return Object.fromEntries(response.headers);
  } finally {
    await application.close();
  }
}

describe('The headers of a response', () => {
  it("are written on Node's response", () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.setHeader('Vary', ['Origin', 'Accept']);
    patchVary(response, 'Cookie', 'accept');
    patchCacheControl(response, { maxAge: 60 });
    expect(response.getHeaders()).toEqual({ vary: 'Origin, Accept, Cookie', 'cache-control': 'max-age=60' });
    expect(headerTargetOf(response)).toBe(response);
  });

  it("are written on Fastify's reply", async () => {
    const headers = await headersOfReply((reply) => {
      reply.header('Vary', 'Origin');
      patchVary(reply, 'Cookie');
      patchCacheControl(reply, { public: true, maxAge: '1m' });
      reply.header('X-Varies', String(hasVary(reply, 'cookie')));
    });
    expect(headers).toMatchObject({
      vary: 'Origin, Cookie',
      'cache-control': 'public, max-age=60',
      'x-varies': 'true',
    });
  });

  it('join what middleware wrote on the response below the reply, and are removed from both', async () => {
    const headers = await headersOfReply((reply) => {
      reply.raw.setHeader('Vary', 'Origin');
      reply.raw.setHeader('CDN-Cache-Control', 'max-age=600');
      reply.header('Surrogate-Control', 'max-age=600');
      patchVary(reply, 'Cookie');
      neverCache(reply);
    });
    expect(headers).toMatchObject({
      vary: 'Origin, Cookie',
      'cache-control': 'max-age=0, no-cache, no-store, must-revalidate, private',
    });
    expect(Object.keys(headers)).not.toContain('cdn-cache-control');
    expect(Object.keys(headers)).not.toContain('surrogate-control');
  });
});

describe('The name of a header', () => {
  it.each(['Accept', 'x-y_z', 'a', "!#$%&'*+.^_`|~"])('may be %j', (name) => {
    expect(checkedHeaderName(name, 'here')).toBe(name);
  });

  it.each([
    '',
    ' ',
    'a b',
    'a:',
    'a\r\nSet-Cookie: x=1',
    'a\n',
    '\u00e9',
    'a,b',
    '"a"',
    'a\0',
    undefined,
    null,
    5,
    ['a'],
  ])('may not be %j', (name) => {
    expect(() => checkedHeaderName(name, 'patchVary')).toThrow(
      /^patchVary takes names of headers, such as 'Accept-Language'/,
    );
  });
});

/**
 * A gateway: a Nest application that passes every request on to an origin, with the cache of pages in front of it as a shared cache.
 *
 *     ORIGIN=http://127.0.0.1:8000 PORT=8100 PLATFORM=express node test/http-suite/gateway.mjs
 *
 * OPTIONS are those of `standards`, as JSON.
 */
import 'reflect-metadata';
import { pipeline } from 'node:stream/promises';
import { All, BadGatewayException, Controller, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CacheModule, CachePage } from '../../dist/index.js';
import { passOn } from './origin.mjs';

const { OPTIONS = '{}', ORIGIN = 'http://127.0.0.1:8000', PLATFORM = 'express', PORT = '8100' } = process.env;
const origin = new URL(ORIGIN);

class GatewayController {
  /** @param {any} request @param {any} reply */
  async pass(request, reply) {
    const incoming = request.raw ?? request;
    const response = reply.raw ?? reply;
    const answer = await passOn(origin, incoming, (status, headers) =>
      tellInterim(response, status, headers),
    ).catch((error) => {
      throw new BadGatewayException(error.message);
    });
    reply.hijack?.();
    response.statusCode = answer.status;
    if (answer.message) response.statusMessage = answer.message;
    for (const [name, value] of answer.fields) response.appendHeader(name, value);
    // An origin that breaks off leaves nothing to say but that.
    await pipeline(answer.body, response).catch(() => response.destroy());
  }
}

function tellInterim(response, status, { date: _date, ...headers }) {
  if (status === 103) response.writeEarlyHints(headers);
  else if (status === 102) response.writeProcessing();
}

/** Fastify would read them. */
function passBodiesOn(fastify) {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _body, done) => done(null));
}

/** Plain JavaScript has no syntax for decorators. */
const { prototype } = GatewayController;
Req()(prototype, 'pass', 0);
Res()(prototype, 'pass', 1);
const descriptor = Object.getOwnPropertyDescriptor(prototype, 'pass');
All(PLATFORM === 'fastify' ? '*' : '{*path}')(prototype, 'pass', descriptor);
CachePage({ standards: JSON.parse(OPTIONS), bodyLimit: '10mb' })(prototype, 'pass', descriptor);
Controller()(GatewayController);

class GatewayModule {}
Module({ imports: [CacheModule.forRoot()], controllers: [GatewayController] })(GatewayModule);

const adapter = PLATFORM === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create(GatewayModule, adapter, { bodyParser: false, logger: ['error'] });
if (PLATFORM === 'express') adapter.getInstance().disable('x-powered-by');
else passBodiesOn(adapter.getInstance());
await app.listen(Number(PORT), '127.0.0.1');
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));

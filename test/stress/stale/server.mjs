// @ts-check
/** An application with one page whose handler is slow and writes its answer itself. Says its port once it listens, and its runs when asked. */
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Module, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CacheModule, CachePage } from 'nestjs-cache-framework';

/**
 * One run of the handler: when it began, and when it answered, if it has.
 *
 * @typedef {{ readonly began: number, answered: number }} Run
 */

const { handlerMs, platform, staleWhileRevalidate, timeout } =
  /** @type {{ handlerMs: number, platform: string, staleWhileRevalidate: number, timeout: number }} */ (
    JSON.parse(process.argv[2] ?? '')
  );
/** @type {Run[]} */
const runs = [];

class SlowController {
  /** @param {import('node:http').ServerResponse & { raw?: import('node:http').ServerResponse }} reply */
  async page(reply) {
    const run = { began: Date.now(), answered: 0 };
    const number = runs.push(run);
    await delay(handlerMs);
    const response = reply.raw ?? reply;
    run.answered = Date.now();
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write('run ');
    response.end(String(number));
  }
}

const { prototype } = SlowController;
const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, 'page'));
Controller()(SlowController);
Get('page')(prototype, 'page', descriptor);
CachePage(timeout, { staleWhileRevalidate })(prototype, 'page', descriptor);
Res()(prototype, 'page', 0);

class AppModule {}
Module({ imports: [CacheModule.forRoot()], controllers: [SlowController] })(AppModule);

const options = { logger: /** @type {const} */ (['error', 'warn']) };
const app = await (platform === 'fastify'
  ? NestFactory.create(AppModule, /** @type {never} */ (new FastifyAdapter()), /** @type {never} */ (options))
  : NestFactory.create(AppModule, /** @type {never} */ (options)));
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send?.({ runs }));
process.on('disconnect', () => process.exit());
process.send?.({ port: app.getHttpServer().address().port });

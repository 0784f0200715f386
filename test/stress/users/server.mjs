// @ts-check
/** One process of the application: pages of films for different people, in a cache on Redis. Says its port once it listens. */
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Module, Param, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CacheModule, CachePage, InvalidateTags, VaryOnCookie, VaryOnHeaders } from 'nestjs-cache-framework';
import { createClient } from 'redis';
import { audienceOf, personOf, wayOf } from './audience.mjs';

/** @typedef {import('./audience.mjs').Person} Person */
/** @typedef {{ readonly headers: Record<string, string | undefined>, readonly params: { readonly film: string } }} Request */
/** @typedef {{ header(name: string, value: string): unknown }} Reply */

const { platform, url } = /** @type {{ platform: string, url: string }} */ (
  JSON.parse(process.argv[2] ?? '')
);
const truth = createClient({ url });
await truth.connect();

/** The version is read early and used late, as by a handler with a slow database. @param {number} film */
async function versionOf(film) {
  if (Math.random() < 0.3) await delay(Math.random() * 5);
  const version = Number(await truth.get(`truth:${film}`));
  if (Math.random() < 0.5) await delay(Math.random() * 20);
  return version;
}

class FilmsController {
  /** @param {string} film @param {Request} request @param {Reply} reply */
  async page(film, request, reply) {
    const person = personOf(request.headers);
    const way = wayOf(Number(film));
    const version = await versionOf(Number(film));
    if (way === 'visitor' && person.session) reply.header('Set-Cookie', `session=${person.session}`);
    if (way === 'cookie') reply.header('Vary', 'Cookie');
    return { film: Number(film), version, audience: audienceOf(way, person) };
  }

  /** @param {string} film */
  async edit(film) {
    return { version: await truth.incr(`truth:${film}`) };
  }
}

/** @param {Request} request */
const tagOf = (request) => `film:${request.params.film}`;

/**
 * Decorates a method, which plain JavaScript has no syntax for.
 *
 * @param {'page' | 'edit'} name
 * @param {MethodDecorator[]} decorators
 */
function decorate(name, ...decorators) {
  const { prototype } = FilmsController;
  const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, name));
  for (const decorator of decorators) decorator(prototype, name, descriptor);
}

Controller('films')(FilmsController);
const tags = /** @type {never} */ (tagOf);
decorate(
  'page',
  Get(':film'),
  CachePage(60, { tags }),
  VaryOnHeaders('Accept-Language'),
  VaryOnCookie('team'),
);
Param('film')(FilmsController.prototype, 'page', 0);
Req()(FilmsController.prototype, 'page', 1);
Res({ passthrough: true })(FilmsController.prototype, 'page', 2);
decorate('edit', Post(':film'), InvalidateTags(tags));
Param('film')(FilmsController.prototype, 'edit', 0);

class AppModule {}
Module({
  imports: [
    CacheModule.forRoot({
      caches: { default: { backend: 'redis', location: url, operationTimeoutMs: 30_000 } },
    }),
  ],
  controllers: [FilmsController],
})(AppModule);

const options = { logger: /** @type {const} */ (['error', 'warn']) };
const app = await (platform === 'fastify'
  ? NestFactory.create(AppModule, /** @type {never} */ (new FastifyAdapter()), /** @type {never} */ (options))
  : NestFactory.create(AppModule, /** @type {never} */ (options)));
await app.listen(0, '127.0.0.1');
process.send?.({ port: app.getHttpServer().address().port });
process.on('disconnect', () => process.exit());

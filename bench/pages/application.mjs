/**
 * One application under load: a page of JSON and a page of HTML, with one cache or none. Says its port once it listens, and what it has
 * done whenever it is asked.
 */
import 'reflect-metadata';
import { Controller, Get, Header, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BODIES } from './bodies.mjs';
import { SUBJECTS } from './subjects/subject.mjs';

/** @typedef {{ platform: 'express' | 'fastify', subject: string, redis?: string }} Task */
/** @typedef {{ processorMs: number, runs: { json: number, html: number } }} State */

const { platform, subject, ...options } = /** @type {Task} */ (JSON.parse(process.argv[2] ?? ''));
const runs = { json: 0, html: 0 };

class PagesController {
  /** Has no rule, whatever the others have. */
  other() {
    return BODIES.json;
  }

  json() {
    runs.json++;
    return BODIES.json;
  }

  html() {
    runs.html++;
    return BODIES.html;
  }
}

/**
 * Decorates a method, which plain JavaScript has no syntax for.
 *
 * @param {'json' | 'html' | 'other'} name
 * @param {MethodDecorator[]} decorators
 */
function decorate(name, ...decorators) {
  const { prototype } = PagesController;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  for (const decorator of decorators) decorator(prototype, name, descriptor);
}

const { imports, onHandlers } = await SUBJECTS[subject](options);
Controller()(PagesController);
decorate('other', Get('other'));
decorate('json', Get('json'), ...onHandlers);
decorate('html', Get('html'), Header('Content-Type', 'text/html; charset=utf-8'), ...onHandlers);

class AppModule {}
Module({ imports, controllers: [PagesController] })(AppModule);

const logger = /** @type {const} */ (['error', 'warn']);
const app = await (platform === 'fastify'
  ? NestFactory.create(AppModule, new FastifyAdapter(), { logger })
  : NestFactory.create(AppModule, { logger }));
await app.listen(0, '127.0.0.1');
// Connections have to outlast the turns of the other side.
app.getHttpServer().keepAliveTimeout = 0;

process.on('message', () => {
  const { system, user } = process.cpuUsage();
  process.send?.({ processorMs: (user + system) / 1000, runs });
});
process.on('disconnect', () => process.exit());
process.send?.({ port: app.getHttpServer().address().port });

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, NotFoundException } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { ServerResponse } from 'node:http';
import { CachePage } from '../../lib/index.js';
import { type Platform, platforms, rawOf } from '../support/platforms.js';
import { HIT, ScriptedApplication, STORED } from './scripted-pages.js';
import { until } from './until.js';

interface Line {
  readonly status: number;
  readonly isFinished: boolean;
  readonly headersSent: boolean;
  readonly header: (name: string) => unknown;
}

let log: Line[] = [];
let hooks: number[] = [];

/** Writes a line when a response has gone, as access logs do. */
function writeLog(app: INestApplication, platform: Platform): void {
  app.use((_request: unknown, reply: unknown, next: () => void) => {
    const response: ServerResponse = rawOf(reply);
    response.on('finish', () =>
      log.push({
        status: response.statusCode,
        isFinished: response.writableFinished,
        headersSent: response.headersSent,
        header: (name) => response.getHeader(name),
      }),
    );
    next();
  });
  if (platform.name === 'Express') return;
  const instance: {
    addHook(name: string, hook: (request: unknown, reply: { statusCode: number }) => Promise<void>): void;
  } = app.getHttpAdapter().getInstance();
  instance.addHook('onResponse', async (_request, { statusCode }) => void hooks.push(statusCode));
}

@Controller('logged')
class LoggedController {
  static runs = 0;

  @Get('page')
  @CachePage(60)
  page(): object {
    LoggedController.runs++;
    return { film: 'Alien' };
  }

  @Get('lost')
  @CachePage(60, { negative: '30s' })
  lost(): never {
    LoggedController.runs++;
    throw new NotFoundException();
  }
}

const passing = { intercept: (_context: unknown, next: { handle(): unknown }) => next.handle() };

describe.each(
  platforms.flatMap((platform) => [
    { platform, name: platform.name, place: 'outermost', providers: [] },
    {
      platform,
      name: platform.name,
      place: 'within another interceptor',
      providers: [{ provide: APP_INTERCEPTOR, useValue: passing }],
    },
  ]),
)('An access log on $name, with the cache $place,', ({ platform, providers }) => {
  const app = new ScriptedApplication();
  beforeAll(() =>
    app.start(platform, {
      controllers: [LoggedController],
      providers,
      prepare: (nest) => writeLog(nest, platform),
    }),
  );
  afterAll(() => app.close());
  beforeEach(() => {
    log = [];
    hooks = [];
    LoggedController.runs = 0;
  });

  const lineOf = async (path: string, headers: Record<string, string> = {}): Promise<Line> => {
    const count = log.length;
    await app.client.get(path, headers);
    await until(() => log.length > count);
    return log[count]!;
  };

  it('sees 200 for a page and its hits, once each', async () => {
    for (let count = 0; count < 3; count++)
      expect(await lineOf('/logged/page')).toMatchObject({
        status: 200,
        isFinished: true,
        headersSent: true,
      });
    expect(log).toHaveLength(3);
    expect(LoggedController.runs).toBeLessThanOrEqual(1);
  });

  it('sees 304 for a hit that the client has', async () => {
    const { headers } = await app.client.get('/logged/page');
    await until(() => log.length === 1);
    const line = await lineOf('/logged/page', { 'if-none-match': headers.etag! });
    expect(line).toMatchObject({ status: 304, isFinished: true, headersSent: true });
  });

  it('sees 404 for one that is kept', async () => {
    for (let count = 0; count < 2; count++)
      expect(await lineOf('/logged/lost')).toMatchObject({ status: 404, isFinished: true });
    expect(LoggedController.runs).toBe(1);
  });

  it('sees the same for HEAD', async () => {
    await app.client.get('/logged/page');
    await app.client.head('/logged/page');
    await until(() => log.length === 2);
    expect(log.map(({ status }) => status)).toEqual([200, 200]);
  });

  if (platform.name === 'Express') {
    it('sees the headers of a hit', async () => {
      const page = app.page((_request, reply) => {
        reply.header('X-Film', 'Alien');
        return 'some words';
      });
      const miss = await lineOf(page.path);
      const hit = await lineOf(page.path);
      expect([miss.header('Cache-Status'), miss.header('X-Film')]).toEqual([STORED, 'Alien']);
      expect(hit.header('Cache-Status')).toMatch(HIT);
      expect(hit.header('X-Film')).toBe('Alien');
      expect(Number(hit.header('Content-Length'))).toBe(10);
      expect(hit.header('Content-Type')).toBe(miss.header('Content-Type'));
      expect(hit.header('ETag')).toBe(miss.header('ETag'));
    });
  } else {
    it('by a hook for responses sees each answer once, too', async () => {
      const { headers } = await app.client.get('/logged/page');
      await app.client.get('/logged/page');
      await app.client.get('/logged/page', { 'if-none-match': headers.etag });
      await app.client.get('/logged/lost');
      await until(() => hooks.length === 4);
      expect(hooks).toEqual([200, 200, 304, 404]);
    });
  }
});

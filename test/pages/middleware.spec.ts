import type { ServerResponse } from 'node:http';
import { createGzip, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { express, platforms, type Reply, rawOf } from '../support/platforms.js';
import { ScriptedApplication, type ScriptRequest, STORED } from './scripted-pages.js';

/** Middleware as it stands before real applications: an identifier per request, a limit, CORS. */
function upstream(app: INestApplication): void {
  let requests = 0;
  app.use((request: ScriptRequest, reply: unknown, next: () => void) => {
    const response = rawOf(reply);
    response.setHeader('X-Request-Id', String(++requests));
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Cache-Status', 'edge; fwd=miss');
    if (request.headers['x-tenant']) response.setHeader('X-Tenant', request.headers['x-tenant']);
    next();
  });
}

describe.each(platforms)('What middleware said before the page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { prepare: upstream }));
  afterAll(() => app.close());

  it('is said anew on hits', async () => {
    const page = app.page(() => 'x');
    const miss = await app.client.get(page.path, { 'x-tenant': 'ann' });
    const hit = await app.client.get(page.path);
    expect(Number(hit.headers['x-request-id'])).toBe(Number(miss.headers['x-request-id']) + 1);
    expect(miss.headers['x-tenant']).toBe('ann');
    expect(hit.headers['x-tenant']).toBeUndefined();
    expect((await app.client.get(page.path, { 'x-tenant': 'bob' })).headers['x-tenant']).toBe('bob');
  });

  it('gives way to what the page says', async () => {
    const page = app.page((_request, reply) => {
      reply.header('X-Frame-Options', 'SAMEORIGIN');
      return 'x';
    });
    for (let count = 0; count < 2; count++)
      expect((await app.client.get(page.path)).headers['x-frame-options']).toBe('SAMEORIGIN');
  });

  it('stays away where the page took it away', async () => {
    const page = app.page((_request, reply) => {
      (reply as Reply & { removeHeader(name: string): void }).removeHeader('X-Frame-Options');
      return 'x';
    });
    for (let count = 0; count < 2; count++)
      expect((await app.client.get(page.path)).headers['x-frame-options']).toBeUndefined();
    expect(page.runs).toBe(1);
  });

  it('stands before this cache in Cache-Status', async () => {
    const page = app.page(() => 'x');
    expect((await app.client.get(page.path)).headers['cache-status']).toBe(`edge; fwd=miss, ${STORED}`);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(
      /^edge; fwd=miss, nestjs-cache; hit; ttl=60$/,
    );
  });
});

describe.each(platforms)('Middleware on $name that has answered already', (platform) => {
  it('is not disturbed by a page', async () => {
    const app = await new ScriptedApplication().start(platform, {
      prepare: (nest) =>
        nest.use((request: ScriptRequest, reply: unknown, next: () => void) => {
          if (request.headers['x-early']) rawOf(reply).write('early ');
          next();
        }),
    });
    const page = app.ownPage((_request, reply) => rawOf(reply).end('x'));
    await app.client.get(page.path);
    expect((await app.client.get(page.path, { 'x-early': 'yes' })).text).toBe('early x');
    expect((await app.client.get(page.path)).text).toBe('x');
    expect(page.runs).toBe(2);
    await app.close();
  });
});

/** Compresses answers as the well-known middleware of Express does: on the way from `write` and `end` to Node's own. */
function compress(app: INestApplication): void {
  app.use((request: ScriptRequest, response: ServerResponse, next: () => void) => {
    const { end, write, writeHead } = response as unknown as Record<string, (...given: unknown[]) => unknown>;
    const gzip = createGzip();
    let isGzip: boolean | undefined;
    const begin = (): void => {
      if (!response.headersSent) response.writeHead(response.statusCode);
    };
    const choose = (): void => {
      if (isGzip !== undefined) return;
      response.setHeader('Vary', 'Accept-Encoding');
      isGzip = (request.headers['accept-encoding'] ?? '').includes('gzip');
      if (!isGzip) return;
      response.setHeader('Content-Encoding', 'gzip');
      response.removeHeader('Content-Length');
      gzip.on('data', (chunk) => write!.call(response, chunk));
      gzip.on('end', () => end!.call(response));
    };
    Object.assign(response, {
      writeHead(...given: unknown[]) {
        choose();
        return writeHead!.apply(response, given);
      },
      write(...given: unknown[]) {
        begin();
        return isGzip ? gzip.write(given[0]) : write!.apply(response, given);
      },
      end(...given: unknown[]) {
        begin();
        if (!isGzip) return end!.apply(response, given);
        if (given[0]) gzip.write(given[0] as string);
        gzip.end();
        return response;
      },
    });
    next();
  });
}

describe('Compressing middleware on Express', () => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(express, { prepare: compress }));
  afterAll(() => app.close());

  it.each(['value', 'chunks'])('compresses misses and hits alike, for whom it should: a %s', async (kind) => {
    const words = 'some words '.repeat(500);
    const page =
      kind === 'value'
        ? app.page(() => words)
        : app.ownPage(async (_request, reply) => {
            rawOf(reply).write(words.slice(0, 100));
            await new Promise(setImmediate);
            rawOf(reply).end(words.slice(100));
          });
    for (const encoding of ['gzip', 'identity', 'gzip', 'identity']) {
      const answer = await app.client.get(page.path, { 'accept-encoding': encoding });
      expect(answer.headers['content-encoding']).toBe(encoding === 'gzip' ? 'gzip' : undefined);
      expect(answer.headers.vary).toBe('Accept-Encoding');
      expect((encoding === 'gzip' ? gunzipSync(answer.body) : answer.body).toString()).toBe(words);
      if (encoding === 'gzip') expect(answer.body.length).toBeLessThan(words.length);
    }
    expect(page.runs).toBe(1);
  });
});

describe('Middleware on Express that holds answers back', () => {
  it('has its way, and what it changes is neither stored nor lost', async () => {
    const app = await new ScriptedApplication().start(express, {
      prepare: (nest) =>
        nest.use((_request: unknown, response: ServerResponse, next: () => void) => {
          const end = response.end.bind(response);
          response.end = ((body?: unknown) => {
            setImmediate(() => {
              response.removeHeader('Content-Length');
              response.setHeader('X-Late', 'yes');
              end(`[${String(body)}]`);
            });
            return response;
          }) as typeof response.end;
          next();
        }),
    });
    const page = app.page(() => 'x');
    for (const run of [1, 2]) {
      const answer = await app.client.get(page.path);
      expect([answer.text, answer.headers['x-late'], page.runs]).toEqual(['[x]', 'yes', run]);
    }
    await app.close();
  });
});

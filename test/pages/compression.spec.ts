import { PassThrough, Readable } from 'node:stream';
import { createGzip, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  type NestInterceptor,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { CachePage } from '../../lib/index.js';
import type { HttpAnswer } from '../support/http-client.js';
import { fastify, platforms, type Reply, rawOf } from '../support/platforms.js';
import { gzipAround, takesGzip } from './gzip-middleware.js';
import { HIT, ScriptedApplication, type ScriptedPage, type ScriptRequest } from './scripted-pages.js';

const WORDS = 'Grüße, 世界. '.repeat(400);
const GZIP = { 'accept-encoding': 'gzip, deflate' };
const PLAIN = {};

/** The text as its client reads it, short enough to be shown. */
function decoded({ body, headers }: HttpAnswer): string {
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
  const count = text.length / WORDS.length;
  return text === WORDS.repeat(count) ? `${count} × the words` : text.slice(0, 100);
}

const RIGHT = '1 × the words';

const isHit = ({ headers }: HttpAnswer): boolean => HIT.test(String(headers['cache-status']));

/** Compresses what a handler returns. */
class Gzip implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<Reply>();
    return next.handle().pipe(
      map((text) => {
        reply.header('Vary', 'Accept-Encoding');
        reply.header('Content-Type', 'text/plain; charset=utf-8');
        if (!takesGzip(http.getRequest<ScriptRequest>())) return text;
        reply.header('Content-Encoding', 'gzip');
        return new StreamableFile(gzipSync(String(text)), { type: 'text/plain; charset=utf-8' });
      }),
    );
  }
}

@Controller('compressed')
class CompressedController {
  static runs = 0;

  @Get('here')
  @CachePage(60)
  @UseInterceptors(Gzip)
  here(): string {
    CompressedController.runs++;
    return WORDS;
  }
}

/** Bodies of each kind that a handler may answer with; all of them are the same words. */
const kinds: [string, (app: ScriptedApplication) => ScriptedPage, string?][] = [
  ['a value', (app) => app.page(() => WORDS)],
  [
    'bytes sent at once',
    (app) =>
      app.ownPage((_request, reply) => {
        const raw = rawOf(reply);
        raw.setHeader('Content-Type', 'text/plain');
        raw.setHeader('Content-Length', Buffer.byteLength(WORDS));
        raw.end(Buffer.from(WORDS));
      }),
  ],
  [
    'parts',
    (app) =>
      app.ownPage(async (_request, reply) => {
        const raw = rawOf(reply);
        raw.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
        raw.write(WORDS.slice(0, 1001));
        await new Promise(setImmediate);
        raw.end(WORDS.slice(1001));
      }),
  ],
  [
    'a stream',
    (app) =>
      app.page(
        () => new StreamableFile(Readable.from([Buffer.from(WORDS)]), { type: 'text/plain; charset=utf-8' }),
      ),
  ],
  ['a long value', (app) => app.page(() => WORDS.repeat(20)), '20 × the words'],
];

describe.each(platforms)('Compression around the application on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [CompressedController], prepare: gzipAround }));
  afterAll(() => app.close());

  it.each(kinds)(
    'gives each client what it can read of %s, from one page',
    async (_kind, make, expected = RIGHT) => {
      for (const first of [GZIP, PLAIN]) {
        const page = make(app);
        expect(decoded(await app.client.get(page.path, first))).toBe(expected);
        for (const headers of [GZIP, PLAIN, GZIP]) {
          const hit = await app.client.get(page.path, headers);
          expect([decoded(hit), isHit(hit)]).toEqual([expected, true]);
          expect(hit.headers['content-encoding']).toBe(headers === GZIP ? 'gzip' : undefined);
          expect(hit.headers.vary).toBe('Accept-Encoding');
          if (headers === GZIP) expect(hit.body.length).toBeLessThan(Buffer.byteLength(WORDS) / 2);
          else expect(Number(hit.headers['content-length'] ?? hit.body.length)).toBe(hit.body.length);
        }
        expect(page.runs).toBe(1);
      }
    },
  );

  it('changes nothing about 304 and HEAD', async () => {
    const page = app.page(() => WORDS);
    const { etag } = (await app.client.get(page.path, GZIP)).headers;
    for (const headers of [GZIP, PLAIN]) {
      const known = await app.client.get(page.path, { ...headers, 'if-none-match': etag });
      expect([known.status, known.body.length]).toEqual([304, 0]);
      expect(known.headers).not.toHaveProperty('content-encoding');
      const head = await app.client.head(page.path, headers);
      expect([head.status, head.body.length, isHit(head)]).toEqual([200, 0, true]);
    }
    expect(page.runs).toBe(1);
  });

  it('leaves alone what a handler has compressed already', async () => {
    CompressedController.runs = 0;
    for (let round = 0; round < 2; round++)
      for (const headers of [GZIP, PLAIN])
        expect(decoded(await app.client.get('/compressed/here', headers))).toBe(RIGHT);
    expect(CompressedController.runs).toBe(2);
  });

  it('serves many at once who can and cannot read it from one computation', async () => {
    const page = app.page(async () => {
      await new Promise(setImmediate);
      return WORDS;
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => app.client.get(page.path, index % 2 === 0 ? GZIP : PLAIN)),
    );
    answers.forEach((answer, index) => {
      expect(decoded(answer)).toBe(RIGHT);
      expect(answer.headers['content-encoding']).toBe(index % 2 === 0 ? 'gzip' : undefined);
    });
    expect(page.runs).toBe(1);
  });
});

describe.each(platforms)('Compression within the page cache on $name', (platform) => {
  let app: ScriptedApplication;
  afterEach(() => app.close());

  const expectVariants = async (path: string): Promise<void> => {
    for (const hit of [false, true]) {
      for (const headers of [GZIP, PLAIN]) {
        const answer = await app.client.get(path, headers);
        expect([decoded(answer), isHit(answer)]).toEqual([RIGHT, hit]);
        expect(answer.headers['content-encoding']).toBe(headers === GZIP ? 'gzip' : undefined);
        expect(answer.headers.vary).toBe('Accept-Encoding');
      }
    }
    const compressed = await app.client.get(path, GZIP);
    expect(Number(compressed.headers['content-length'])).toBe(compressed.body.length);
    expect(compressed.body.length).toBeLessThan(Buffer.byteLength(WORDS) / 2);
  };

  it('by the interceptor of a method is kept, for each kind of client', async () => {
    app = await new ScriptedApplication().start(platform, { controllers: [CompressedController] });
    CompressedController.runs = 0;
    await expectVariants('/compressed/here');
    expect(CompressedController.runs).toBe(2);
  });

  it('by an interceptor of useGlobalInterceptors is kept, for each kind of client', async () => {
    app = await new ScriptedApplication().start(platform, {
      prepare: (nest) => nest.useGlobalInterceptors(new Gzip()),
    });
    const page = app.page(() => WORDS);
    await expectVariants(page.path);
    expect(page.runs).toBe(2);
  });

  it('by the handler is kept, for each kind of client', async () => {
    app = await new ScriptedApplication().start(platform);
    const page = app.ownPage((request, reply) => {
      const raw = rawOf(reply);
      const isGzip = takesGzip(request);
      raw.setHeader('Content-Type', 'text/plain');
      raw.setHeader('Vary', 'Accept-Encoding');
      if (isGzip) raw.setHeader('Content-Encoding', 'gzip');
      const body = isGzip ? createGzip() : new PassThrough();
      body.pipe(raw);
      body.end(WORDS);
    });
    for (let round = 0; round < 2; round++) {
      for (const headers of [GZIP, PLAIN]) {
        const answer = await app.client.get(page.path, headers);
        expect([decoded(answer), isHit(answer)]).toEqual([RIGHT, round > 0]);
      }
    }
    expect(page.runs).toBe(2);
  });

  it('keeps the compressed bytes in the cache, and the tag of these bytes', async () => {
    app = await new ScriptedApplication().start(platform);
    const { path } = app.ownPage((request, reply) => {
      const raw = rawOf(reply);
      raw.setHeader('Vary', 'Accept-Encoding');
      const isGzip = takesGzip(request);
      if (isGzip) raw.setHeader('Content-Encoding', 'gzip');
      raw.end(isGzip ? gzipSync(WORDS) : WORDS);
    });
    const [zipped, plain] = [await app.client.get(path, GZIP), await app.client.get(path, PLAIN)];
    expect(zipped.headers.etag).not.toBe(plain.headers.etag);
    for (const [headers, own, other] of [
      [GZIP, zipped, plain],
      [PLAIN, plain, zipped],
    ] as const) {
      const known = await app.client.get(path, { ...headers, 'if-none-match': own.headers.etag });
      const unknown = await app.client.get(path, { ...headers, 'if-none-match': other.headers.etag });
      expect([known.status, unknown.status, isHit(unknown)]).toEqual([304, 200, true]);
      expect(unknown.body.equals(own.body)).toBe(true);
    }
  });
});

/** Compresses in a hook of Fastify, before the answer reaches Node. */
function gzipBeforeSending(app: INestApplication, saysVary: 'always' | 'of gzip alone'): void {
  const instance: {
    addHook(
      name: string,
      hook: (request: ScriptRequest, reply: Reply, payload: unknown) => Promise<unknown>,
    ): void;
  } = app.getHttpAdapter().getInstance();
  instance.addHook('onSend', async (request, reply, payload) => {
    const isGzip = takesGzip(request) && typeof payload === 'string';
    if (saysVary === 'always' || isGzip) reply.header('Vary', 'Accept-Encoding');
    if (!isGzip) return payload;
    reply.header('Content-Encoding', 'gzip');
    (reply as Reply & { removeHeader(name: string): void }).removeHeader('Content-Length');
    return Readable.from([gzipSync(payload)]);
  });
}

describe('Compression in a hook of Fastify', () => {
  it.each(['always', 'of gzip alone'] as const)(
    'is readable for everybody, whoever comes first, with Vary said %s',
    async (saysVary) => {
      const app = await new ScriptedApplication().start(fastify, {
        prepare: (nest) => gzipBeforeSending(nest, saysVary),
      });
      for (const order of [
        [GZIP, PLAIN],
        [PLAIN, GZIP],
      ]) {
        const page = app.page(() => WORDS);
        for (const headers of order) expect(decoded(await app.client.get(page.path, headers))).toBe(RIGHT);
        for (const headers of [...order, ...order]) {
          const answer = await app.client.get(page.path, headers);
          expect([decoded(answer), isHit(answer)]).toEqual([RIGHT, true]);
          if (headers === PLAIN) expect(answer.headers).not.toHaveProperty('content-encoding');
        }
        expect(page.runs).toBeLessThanOrEqual(2);
      }
      await app.close();
    },
  );
});

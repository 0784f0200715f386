import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, StreamableFile } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { strongEntityTag } from '../../lib/http/entity-tag.js';
import { express, platforms, rawOf } from '../support/platforms.js';
import {
  HIT,
  type Script,
  type ScriptRequest,
  ScriptedApplication,
  type ScriptedPage,
} from './scripted-pages.js';
import { until } from './until.js';

@Controller('typed')
class TypedController {
  @Get()
  @CachePage(60)
  @Header('Content-Type', 'text/x-typed')
  @Header('ETag', '"typed"')
  typed(): string {
    return 'x';
  }
}

describe.each(platforms)('A conditional request on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [TypedController] }));
  afterAll(() => app.close());

  const tagged = (entityTag = '"v1"'): ScriptedPage =>
    app.page((_request, reply) => {
      reply.header('ETag', entityTag);
      reply.header('Vary', 'X-None');
      reply.header('Content-Location', '/there');
      reply.header('Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT');
      reply.header('X-Other', 'yes');
      reply.header('Content-Language', 'en');
      return 'the body';
    });

  it.each([
    ['"v1"', '"v1"'],
    ['"v1"', 'W/"v1"'],
    ['W/"v1"', '"v1"'],
    ['"v1"', '"v0", W/"v1" , "v2"'],
    ['"v,1"', '"v", "v,1"'],
    ['"v1"', '*'],
  ])(
    'for a page tagged %s with If-None-Match: %s is answered with 304 from the cache',
    async (entityTag, field) => {
      const page = tagged(entityTag);
      await app.client.get(page.path);
      app.clock.advance(5);
      const answer = await app.client.get(page.path, { 'if-none-match': field });
      expect([answer.status, answer.text, page.runs]).toEqual([304, '', 1]);
      expect(answer.headers).toMatchObject({
        etag: entityTag,
        age: '5',
        vary: 'X-None',
        'cache-control': 'max-age=60',
        'content-location': '/there',
        'cache-status': expect.stringMatching(HIT),
        date: expect.any(String),
        expires: expect.any(String),
      });
      for (const name of [
        'content-type',
        'content-length',
        'content-language',
        'transfer-encoding',
        'x-other',
      ])
        expect([name, answer.headers[name]]).toEqual([name, undefined]);
    },
  );

  it.each(['"v0"', '"v0", "v2"', 'v1', '', '"V1"'])(
    'with If-None-Match: %s, which names another page, gets the page',
    async (field) => {
      const page = tagged();
      await app.client.get(page.path);
      const answer = await app.client.get(page.path, { 'if-none-match': field });
      expect([answer.status, answer.text, page.runs]).toEqual([200, 'the body', 1]);
      expect(answer.headers.etag).toBe('"v1"');
    },
  );

  it('gets 304 for HEAD, too', async () => {
    const page = tagged();
    await app.client.get(page.path);
    expect((await app.client.head(page.path, { 'if-none-match': '"v1"' })).status).toBe(304);
  });

  it('takes back what decorators said of the body', async () => {
    await app.client.get('/typed');
    const answer = await app.client.get('/typed', { 'if-none-match': '"typed"' });
    expect([answer.status, answer.headers['content-type'], answer.headers.etag]).toEqual([
      304,
      undefined,
      '"typed"',
    ]);
  });

  it.each([
    ['the last change', 'Thu, 01 Jan 2026 00:00:00 GMT', 304],
    ['a later moment', 'Thu, 01 Jan 2026 00:00:01 GMT', 304],
    ['an earlier moment', 'Wed, 31 Dec 2025 23:59:59 GMT', 200],
    ['no moment', 'yesterday', 200],
  ])(
    'with If-Modified-Since naming %s (%s) is answered with %d from the cache',
    async (_name, field, status) => {
      const page = tagged();
      await app.client.get(page.path);
      const answer = await app.client.get(page.path, { 'if-modified-since': field });
      expect([answer.status, page.runs]).toEqual([status, 1]);
    },
  );

  it.each([
    ['"v1"', 304],
    ['"v0"', 200],
  ])('with If-None-Match: %s does not ask for If-Modified-Since', async (field, status) => {
    const page = tagged();
    await app.client.get(page.path);
    for (const since of ['Thu, 01 Jan 2026 00:00:00 GMT', 'Thu, 01 Jan 2015 00:00:00 GMT']) {
      const headers = { 'if-none-match': field, 'if-modified-since': since };
      expect((await app.client.get(page.path, headers)).status).toBe(status);
    }
  });

  it('for a page without a tag is answered by the tag that the cache made of its bytes', async () => {
    const page = app.ownPage((_request, reply) => {
      rawOf(reply).write('some ');
      rawOf(reply).end('words');
    });
    expect((await app.client.get(page.path)).headers.etag).toBeUndefined();
    const tag = strongEntityTag('some words');
    expect((await app.client.get(page.path)).headers.etag).toBe(tag);
    const answer = await app.client.get(page.path, { 'if-none-match': tag });
    expect([answer.status, answer.headers.etag, page.runs]).toEqual([304, tag, 1]);
  });
});

describe.each(platforms)('A conditional request for a page that must be computed on $name', (platform) => {
  const app = new ScriptedApplication();
  const logged: (string | undefined)[] = [];
  beforeAll(() =>
    app.start(platform, {
      prepare: (nest) =>
        nest.use((request: ScriptRequest, response: ServerResponse, next: () => void) => {
          const note = (): void => void logged.push(request.headers['if-none-match']);
          response.once('close', () => setImmediate(note));
          next();
        }),
    }),
  );
  afterAll(() => app.close());

  const ways: [string, 'page' | 'ownPage', Script][] = [
    [
      'returns it',
      'page',
      (_request, reply) => {
        reply.header('ETag', '"v1"');
        reply.header('Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT');
        return { name: 'the body' };
      },
    ],
    [
      'streams it',
      'page',
      (_request, reply) => {
        reply.header('ETag', '"v1"');
        reply.header('Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT');
        return new StreamableFile(Readable.from(['{"name":', '"the body"}']), { type: 'application/json' });
      },
    ],
    [
      'sends it by itself',
      'ownPage',
      (_request, reply) => {
        reply.header('ETag', '"v1"');
        reply.header('Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT');
        reply.header('Content-Language', 'en');
        reply.send({ name: 'the body' });
      },
    ],
    [
      'writes it by itself',
      'ownPage',
      (_request, reply) => {
        const raw = rawOf(reply);
        raw.writeHead(200, 'Fine', {
          ETag: '"v1"',
          'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
          'Content-Length': 19,
        });
        raw.write('{"name":', () => raw.write('"the body"', () => raw.end('}')));
      },
    ],
  ];

  const conditions = [
    { 'if-none-match': 'W/"v1"' },
    { 'if-modified-since': 'Fri, 02 Jan 2026 00:00:00 GMT' },
  ];

  it.each(
    ways.flatMap(([way, kind, script]) => conditions.map((headers) => ({ way, kind, script, headers }))),
  )('gets 304 and leaves the page for others, where the handler $way', async ({ kind, script, headers }) => {
    const page = app[kind](script);
    const answer = await app.client.get(page.path, headers);
    expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, '', '"v1"']);
    expect(answer.headers['cache-status']).toBe('nestjs-cache; fwd=uri-miss; fwd-status=200; stored');
    for (const name of ['content-type', 'content-length', 'content-language', 'transfer-encoding'])
      expect([name, answer.headers[name]]).toEqual([name, undefined]);
    const hit = await app.client.get(page.path);
    expect([hit.status, hit.text, page.runs]).toEqual([200, '{"name":"the body"}', 1]);
    expect(hit.headers['cache-status']).toMatch(HIT);
  });

  it('gets the page where it has another', async () => {
    const page = app.page(() => 'the body');
    const answer = await app.client.get(page.path, { 'if-none-match': '"v0"' });
    expect([answer.status, answer.text]).toEqual([200, 'the body']);
  });

  it('gets 304 again when the page was over and came out the same', async () => {
    const page = app.page(() => ({ film: 'Alien' }));
    const { etag } = (await app.client.get(page.path)).headers;
    app.clock.advance(61);
    const answer = await app.client.get(page.path, { 'if-none-match': etag! });
    expect([answer.status, answer.headers.etag, page.runs]).toEqual([304, etag, 2]);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  });

  it('gets 304 for an answer that is not stored, too', async () => {
    const page = app.page((_request, reply) => {
      reply.header('ETag', '"v1"');
      reply.header('Cache-Control', 'private');
      return 'x';
    });
    const answer = await app.client.get(page.path, { 'if-none-match': '"v1"' });
    expect([answer.status, answer.text]).toEqual([304, '']);
  });

  it('gets an error as it is', async () => {
    const page = app.page((_request, reply) => {
      reply.header('ETag', '"v1"');
      reply.status(404);
      return 'nothing here';
    });
    const answer = await app.client.get(page.path, { 'if-none-match': '"v1"' });
    expect([answer.status, answer.text]).toEqual([404, 'nothing here']);
  });

  it('shows no condition to the handler, and all of it to who looks afterwards', async () => {
    const seen: unknown[] = [];
    const page = app.page(({ headers }, reply) => {
      seen.push(headers['if-none-match'], headers['if-modified-since']);
      reply.header('ETag', '"v1"');
      if (headers['if-none-match'] !== '"v1"') return 'the body';
      reply.status(304);
      return undefined;
    });
    logged.length = 0;
    const answer = await app.client.get(page.path, {
      'if-none-match': '"v1"',
      'if-modified-since': 'Fri, 02 Jan 2026 00:00:00 GMT',
    });
    expect([answer.status, seen]).toEqual([304, [undefined, undefined]]);
    await until(() => logged.length > 0);
    expect(logged).toEqual(['"v1"']);
    expect((await app.client.get(page.path)).text).toBe('the body');
  });

  it('stores nothing of a stream that fails after it has been answered', async () => {
    const page = app.page((_request, reply, run) => {
      reply.header('ETag', '"v1"');
      return new StreamableFile(
        Readable.from(
          (async function* () {
            yield `run ${run}`;
            if (run === 1) throw new Error('the disk is gone');
          })(),
        ),
      );
    });
    await app.client.get(page.path, { 'if-none-match': '"v1"' }).catch(() => {});
    expect((await app.client.get(page.path)).text).toBe('run 2');
  });
});

describe('The entity tag that Express makes', () => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(express));
  afterAll(() => app.close());

  it('is kept, and matched without the handler', async () => {
    const page = app.page(() => ({ film: 'Alien' }));
    const miss = await app.client.get(page.path);
    expect(miss.headers.etag).toMatch(/^W\/"/);
    expect((await app.client.get(page.path)).headers.etag).toBe(miss.headers.etag);
    expect((await app.client.get(page.path, { 'if-none-match': miss.headers.etag! })).status).toBe(304);
    expect(page.runs).toBe(1);
  });
});

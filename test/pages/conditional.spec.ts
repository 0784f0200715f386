import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { express, platforms } from '../support/platforms.js';
import { HIT, ScriptedApplication, type ScriptedPage } from './scripted-pages.js';

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

  it('does not make an empty page of its 304', async () => {
    const page = app.page(({ headers }, reply) => {
      reply.header('ETag', '"v1"');
      if (headers['if-none-match'] !== '"v1"') return 'the body';
      reply.status(304);
      return undefined;
    });
    expect((await app.client.get(page.path, { 'if-none-match': '"v1"' })).status).toBe(304);
    const answer = await app.client.get(page.path);
    expect([answer.status, answer.text]).toEqual([200, 'the body']);
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

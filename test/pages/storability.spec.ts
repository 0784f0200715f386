import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, HttpCode, Redirect, Sse, type MessageEvent } from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import { CachePage } from '../../lib/index.js';
import { platforms } from '../support/platforms.js';
import { HIT, NOT_STORED, ScriptedApplication, STORED } from './scripted-pages.js';

@CachePage(60)
@Controller('decorated')
class DecoratedController {
  static runs = 0;

  @Get('header')
  @Header('Content-Type', 'text/x-decorated')
  @Header('X-Decorated', 'yes')
  header(): string {
    DecoratedController.runs++;
    return 'x';
  }

  @Get('created')
  @HttpCode(201)
  created(): string {
    DecoratedController.runs++;
    return 'x';
  }

  @Get('empty')
  @HttpCode(204)
  empty(): void {
    DecoratedController.runs++;
  }

  @Get('moved')
  @Redirect('/elsewhere', 301)
  moved(): void {
    DecoratedController.runs++;
  }

  @Get('found')
  @Redirect('/elsewhere')
  found(): { url: string } {
    DecoratedController.runs++;
    return { url: '/somewhere' };
  }

  @Get('private')
  @Header('Cache-Control', 'private')
  personal(): string {
    DecoratedController.runs++;
    return 'x';
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    DecoratedController.runs++;
    return of({ data: 'one' }, { data: 'two' });
  }
}

describe.each(platforms)('A page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [DecoratedController] }));
  afterAll(() => app.close());

  it('keeps the headers of decorators', async () => {
    DecoratedController.runs = 0;
    const miss = await app.client.get('/decorated/header');
    const hit = await app.client.get('/decorated/header');
    expect(hit.headers['cache-status']).toMatch(HIT);
    expect(hit.headers).toMatchObject({ 'x-decorated': 'yes', 'content-type': miss.headers['content-type'] });
    expect(miss.headers['content-type']).toMatch(/^text\/x-decorated/);
    expect(DecoratedController.runs).toBe(1);
  });

  it.each([
    ['created', 201, undefined],
    ['empty', 204, undefined],
    ['moved', 301, '/elsewhere'],
    ['found', 302, '/somewhere'],
  ])('is not stored when decorators give it another status: %s', async (path, status, location) => {
    DecoratedController.runs = 0;
    for (const run of [1, 2]) {
      const answer = await app.client.get(`/decorated/${path}`);
      expect([answer.status, answer.headers.location, DecoratedController.runs]).toEqual([
        status,
        location,
        run,
      ]);
      expect(answer.headers['cache-control']).toBeUndefined();
    }
  });

  it.each([201, 202, 203, 204, 301, 302, 307, 400, 401, 404, 410, 500, 503])(
    'is not stored with status %d',
    async (status) => {
      const page = app.page((_request, reply) => {
        reply.status(status);
        reply.header('X-Says', 'something');
        return status === 204 ? undefined : 'x';
      });
      for (const run of [1, 2]) {
        const answer = await app.client.get(page.path);
        expect([answer.status, answer.headers['x-says'], page.runs]).toEqual([status, 'something', run]);
        expect(answer.headers['cache-status']).toBe(NOT_STORED);
      }
    },
  );

  it.each([
    'private',
    'PRIVATE',
    'private="x-a, x-b"',
    'no-store',
    'No-Store',
    'no-cache',
    'no-cache="set-cookie"',
    'max-age=0',
    's-maxage=0, max-age=60',
    'public, no-store',
    'max-age=60,,private',
    'foo="bar, no-store',
    'public, max-age="0"',
  ])('is not stored with Cache-Control: %s, which goes out as it is', async (field) => {
    const page = app.page((_request, reply) => {
      reply.header('Cache-Control', field);
      return 'x';
    });
    for (const run of [1, 2]) {
      const answer = await app.client.get(page.path);
      expect([answer.headers['cache-control'], answer.headers.expires, page.runs]).toEqual([
        field,
        undefined,
        run,
      ]);
    }
  });

  it('is not stored when a decorator says private', async () => {
    DecoratedController.runs = 0;
    for (const run of [1, 2]) {
      expect((await app.client.get('/decorated/private')).headers['cache-control']).toBe('private');
      expect(DecoratedController.runs).toBe(run);
    }
  });

  it('leaves a stream of server-sent events as it is', async () => {
    DecoratedController.runs = 0;
    for (const run of [1, 2]) {
      const answer = await app.client.get('/decorated/events', { accept: 'text/event-stream' });
      expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
      expect(answer.text.match(/^data: \w+$/gm)).toEqual(['data: one', 'data: two']);
      expect(DecoratedController.runs).toBe(run);
    }
  });
});

describe.each(platforms)('A request on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  it.each(['POST', 'PUT'])(
    '%s runs the handler each time and leaves the page of GET alone',
    async (method) => {
      const page = app.page((request, _reply, run) => `${request.method} ${run}`);
      await app.client.get(page.path);
      for (const run of [2, 3]) {
        const answer = await app.client.ask(page.path, { method });
        expect(answer.text).toBe(`${method} ${run}`);
        expect(answer.headers['cache-status']).toBe('nestjs-cache; fwd=method');
        expect(answer.headers['cache-control']).toBeUndefined();
      }
      expect((await app.client.get(page.path)).text).toBe('GET 1');
    },
  );

  it.each(['DELETE', 'PATCH', 'OPTIONS'])(
    '%s of a handler for all methods never gets the page of GET',
    async (method) => {
      const page = app.allPage((request) => request.method);
      await app.client.get(page.path);
      expect((await app.client.ask(page.path, { method })).text).toBe(method);
      expect((await app.client.get(page.path)).text).toBe('GET');
    },
  );

  it('HEAD is answered from the page of GET, with its headers and without its body', async () => {
    const page = app.page(() => 'some words');
    const get = await app.client.get(page.path);
    const head = await app.client.head(page.path);
    expect(page.runs).toBe(1);
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '10']);
    expect(head.headers['cache-status']).toMatch(HIT);
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
  });

  it('HEAD before GET runs the handler, is not stored, and has the freshness of GET', async () => {
    const page = app.page(() => 'some words');
    const head = await app.client.head(page.path);
    expect(head.headers).toMatchObject({ 'cache-status': NOT_STORED, 'cache-control': 'max-age=60' });
    const get = await app.client.get(page.path);
    expect([get.text, get.headers['cache-status'], page.runs]).toEqual(['some words', STORED, 2]);
  });

  it('for a part runs the handler, and the part is not stored', async () => {
    const page = app.page(({ headers }, reply) => {
      if (!headers['range']) return 'abcdef';
      reply.status(206);
      reply.header('Content-Range', 'bytes 0-1/6');
      return 'ab';
    });
    expect((await app.client.get(page.path, { range: 'bytes=0-1' })).status).toBe(206);
    expect((await app.client.get(page.path)).text).toBe('abcdef');
    const part = await app.client.get(page.path, { range: 'bytes=0-1' });
    expect([part.status, part.text, part.headers['cache-status']]).toEqual([
      206,
      'ab',
      'nestjs-cache; fwd=request',
    ]);
    expect((await app.client.get(page.path)).text).toBe('abcdef');
    expect(page.runs).toBe(3);
  });

  it('for a part that a handler answers whole is not stored either', async () => {
    const page = app.page(() => 'abcdef');
    await app.client.get(page.path, { range: 'bytes=0-1' });
    await app.client.get(page.path);
    expect(page.runs).toBe(2);
  });

  it('with If-Match is for the handler', async () => {
    const page = app.page(({ headers }, reply) => {
      if (headers['if-match']) reply.status(412);
      return 'x';
    });
    await app.client.get(page.path);
    expect((await app.client.get(page.path, { 'if-match': '"other"' })).status).toBe(412);
  });

  it('with a body is for the handler, and its answer is not stored', async () => {
    const page = app.page(
      (request) => `echo ${JSON.stringify((request as { body?: unknown }).body ?? null)}`,
    );
    const headers = { 'content-type': 'application/json', 'content-length': 7 };
    await app.client.ask(page.path, { headers, body: '{"a":1}' });
    expect((await app.client.get(page.path)).text).not.toContain('"a"');
    expect(page.runs).toBe(2);
  });

  it('cannot make the cache drop or skip a page', async () => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    await app.client.get(page.path);
    const answer = await app.client.get(page.path, {
      'cache-control': 'no-cache, no-store, max-age=0',
      pragma: 'no-cache',
    });
    expect(answer.text).toBe('run 1');
  });

  it('for a cold page may be one of many, which all get whole answers', async () => {
    const page = app.page(async (_request, _reply, run) => {
      await new Promise(setImmediate);
      return { run };
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.client.get(page.path)));
    expect(answers.every(({ status, text }) => status === 200 && /^\{"run":\d+\}$/.test(text))).toBe(true);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  });
});

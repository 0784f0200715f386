import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Header, Headers, Post, Req } from '@nestjs/common';
import { CachePage, CacheRegistry, PageCache, VaryOnHeaders } from '../../lib/index.js';
import type { EarlyAnswer } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Platform, platforms, type RunningApplication, startApplication } from '../support/platforms.js';

@Controller('early')
class EarlyController {
  runs = 0;

  @CachePage(60, { early: true, tags: 'film' })
  @Get('plain')
  @Header('X-Page', 'yes')
  plain(): string {
    return `run ${++this.runs}`;
  }

  @CachePage(60, { early: true, staleWhileRevalidate: 60 })
  @VaryOnHeaders('Accept-Language', 'X-Currency', 'X-Theme')
  @Get('varying')
  varying(@Headers('accept-language') language: string): string {
    return `${language} ${++this.runs}`;
  }

  @CachePage(60, { early: true })
  @Get('cookies')
  cookies(@Req() { headers }: { headers: Record<string, string> }): string {
    return `for ${headers['cookie']} ${++this.runs}`;
  }

  @CachePage(60)
  @Get('late')
  late(): string {
    return `run ${++this.runs}`;
  }

  @Post('plain')
  post(@Body() body: { name: string }): string {
    return `hello ${body.name}`;
  }
}

describe.each(platforms)('Early answers on $name', (platform: Platform) => {
  const clock = new FakeClock();
  let running: RunningApplication;
  let seen: string[];
  let answers: EarlyAnswer[];
  beforeEach(async () => {
    seen = [];
    answers = [];
    running = await startApplication(platform, {
      controllers: [EarlyController],
      clock,
      prepare: (app) =>
        app.use(
          (
            request: { url: string; originalUrl?: string },
            response: { setHeader(name: string, value: string): void },
            next: () => void,
          ) => {
            seen.push(request.originalUrl ?? request.url);
            response.setHeader('X-Frame-Options', 'DENY');
            next();
          },
        ),
    });
    running.app.get(CacheRegistry).events.on('early', (answer) => answers.push(answer));
  });
  afterEach(async () => running.close());

  const get = async (path: string, headers: Record<string, string> = {}) => running.client.get(path, headers);

  it('come from the HTTP server, with the fields that middleware had said', async () => {
    const first = await get('/early/plain');
    const hit = await get('/early/plain');
    expect([hit.status, hit.text]).toEqual([200, 'run 1']);
    expect(seen).toEqual(['/early/plain']);
    const { age: _age, 'cache-status': status, date: _date, ...fields } = hit.headers;
    expect(status).toBe('nestjs-cache; hit; ttl=60');
    expect(fields).toMatchObject({ 'x-frame-options': 'DENY', 'x-page': 'yes', etag: first.headers['etag'] });
    expect(fields['content-type']).toBe(first.headers['content-type']);
    expect(fields['content-length']).toBe('5');
  });

  it('are told of by an event', async () => {
    await get('/early/plain');
    await get('/early/plain', { 'user-agent': 'test' });
    expect(answers).toEqual([
      expect.objectContaining({
        alias: 'default',
        handler: 'EarlyController.plain',
        method: 'GET',
        url: '/early/plain',
        status: 200,
        bytes: 5,
      }),
    ]);
    expect(answers[0]!.headers['user-agent']).toBe('test');
  });

  it('grow older, and end with the page', async () => {
    await get('/early/plain');
    clock.advance(0.5);
    expect((await get('/early/plain')).headers['age']).toBe('0');
    clock.advance(59.5);
    expect((await get('/early/plain')).text).toBe('run 2');
  });

  it('are confirmed by the application every second', async () => {
    await get('/early/plain');
    clock.advance(1);
    expect((await get('/early/plain')).headers['age']).toBe('1');
    expect(seen).toHaveLength(2);
    await get('/early/plain');
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['invalidateTags', async () => running.app.get(CacheRegistry).get('default').invalidateTags(['film'])],
    ['clear', async () => running.app.get(CacheRegistry).get('default').clear()],
    ['PageCache.invalidate', async () => running.app.get(PageCache).invalidate('/early/plain')],
  ])('end at once by %s', async (_name, invalidate) => {
    await get('/early/plain');
    await get('/early/plain');
    expect(answers).toHaveLength(1);
    await invalidate();
    expect((await get('/early/plain')).text).toBe('run 2');
  });

  it('answer HEAD and conditional requests', async () => {
    const { headers } = await get('/early/plain');
    const head = await running.client.head('/early/plain');
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '5']);
    const known = await get('/early/plain', { 'if-none-match': headers['etag']! });
    expect([known.status, known.text]).toEqual([304, '']);
    expect(known.headers['content-type']).toBeUndefined();
    expect(known.headers['etag']).toBe(headers['etag']);
    const other = await get('/early/plain', { 'if-none-match': '"other"' });
    expect([other.status, other.text]).toEqual([200, 'run 1']);
    expect(answers.map(({ method, status }) => [method, status])).toEqual([
      ['HEAD', 200],
      ['GET', 304],
      ['GET', 200],
    ]);
  });

  it('keep apart what the page varies on', async () => {
    const asked = (language: string) =>
      get('/early/varying', { 'accept-language': language, 'x-currency': 'EUR' });
    expect((await asked('fr')).text).toBe('fr 1');
    expect((await asked('de')).text).toBe('de 2');
    expect([(await asked('fr')).text, (await asked('de')).text]).toEqual(['fr 1', 'de 2']);
    expect(answers).toHaveLength(2);
    expect((await get('/early/varying', { 'accept-language': 'fr' })).text).toBe('fr 3');
    expect((await get('/early/varying', { 'accept-language': 'fr', 'x-theme': 'dark' })).text).toBe('fr 4');
  });

  it('are one visitor’s where the handler looks at cookies', async () => {
    expect((await get('/early/cookies', { cookie: 'sid=1' })).text).toBe('for sid=1 1');
    expect((await get('/early/cookies', { cookie: 'sid=2' })).text).toBe('for sid=2 2');
    expect((await get('/early/cookies', { cookie: 'sid=1' })).text).toBe('for sid=1 1');
    expect((await get('/early/cookies')).text).toBe('for undefined 3');
  });

  it.each([
    ['a credential', { authorization: 'Bearer 1' }],
    ['another host', { host: 'other.example' }],
    ['a forwarded host', { 'x-forwarded-host': 'other.example' }],
    ['a range', { range: 'bytes=0-1' }],
    ['a condition for the handler', { 'if-match': '"x"' }],
    ['another method by a header', { 'x-http-method-override': 'DELETE' }],
  ])('leave a request with %s to the application', async (_what, headers) => {
    await get('/early/plain');
    seen = [];
    await get('/early/plain', headers);
    expect(seen).toHaveLength(1);
    expect(answers).toEqual([]);
  });

  it('leave other methods, pages and bodies as they are', async () => {
    await get('/early/plain');
    const body = '{"name":"you"}';
    const headers = { 'content-type': 'application/json' };
    const posted = await running.client.ask('/early/plain', { method: 'POST', headers, body });
    expect(posted.text).toBe('hello you');
    await get('/early/late');
    expect((await get('/early/late')).headers['cache-status']).toMatch(/hit/);
    expect(answers).toEqual([]);
  });

  it('serve a page that is stale from the application, while a new one is made', async () => {
    await get('/early/varying', { 'accept-language': 'fr' });
    clock.advance(61);
    const stale = await get('/early/varying', { 'accept-language': 'fr' });
    expect(stale.text).toBe('fr 1');
    expect(answers).toEqual([]);
  });
});

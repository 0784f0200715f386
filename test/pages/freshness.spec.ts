import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { platforms } from '../support/platforms.js';
import { HIT, NOT_STORED, ScriptedApplication, STORED } from './scripted-pages.js';

const YEAR = 31_536_000;

@Controller('for')
class LifetimesController {
  static runs = 0;

  @Get('seconds')
  @CachePage(90)
  seconds(): number {
    return ++LifetimesController.runs;
  }

  @Get('fraction')
  @CachePage(1.5)
  fraction(): number {
    return ++LifetimesController.runs;
  }

  @Get('text')
  @CachePage('15m')
  text(): number {
    return ++LifetimesController.runs;
  }

  @Get('default')
  @CachePage()
  byDefault(): number {
    return ++LifetimesController.runs;
  }

  @Get('default-of-another')
  @CachePage(undefined, { cache: 'other' })
  byAnother(): number {
    return ++LifetimesController.runs;
  }

  @Get('ever')
  @CachePage(null)
  forEver(): number {
    return ++LifetimesController.runs;
  }

  @Get('a-century')
  @CachePage('36500d')
  century(): number {
    return ++LifetimesController.runs;
  }

  @Get('zero')
  @CachePage(0)
  zero(): number {
    return ++LifetimesController.runs;
  }

  @Get('negative')
  @CachePage(-5)
  negative(): number {
    return ++LifetimesController.runs;
  }

  @Get('none')
  none(): number {
    return ++LifetimesController.runs;
  }
}

describe.each(platforms)('The lifetime of a page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() =>
    app.start(platform, {
      controllers: [LifetimesController],
      caches: { default: 'memory://?timeout=40', other: 'memory://?timeout=50' },
    }),
  );
  afterAll(() => app.close());

  it.each([
    ['seconds', 90, 90],
    ['fraction', 1, 2],
    ['text', 900, 900],
    ['default', 40, 40],
    ['default-of-another', 50, 50],
    ['a-century', 2 ** 31, 36_500 * 86_400],
  ])('is that of the decorator or the cache: %s', async (path, maxAge, seconds) => {
    LifetimesController.runs = 0;
    const miss = await app.client.get(`/for/${path}`);
    expect(miss.headers).toMatchObject({
      'cache-status': STORED,
      'cache-control': `max-age=${maxAge}`,
      expires: new Date(app.clock.now() + maxAge * 1000).toUTCString(),
    });
    expect(miss.headers.age).toBeUndefined();
    app.clock.advance(seconds - 0.75);
    expect((await app.client.get(`/for/${path}`)).text).toBe('1');
    app.clock.advance(0.75);
    expect((await app.client.get(`/for/${path}`)).text).toBe('2');
  });

  it('has no end where it is null, and browsers are told one year', async () => {
    LifetimesController.runs = 0;
    const miss = await app.client.get('/for/ever');
    expect(miss.headers['cache-control']).toBe(`max-age=${YEAR}`);
    app.clock.advance(5 * YEAR);
    const hit = await app.client.get('/for/ever');
    expect(hit.text).toBe('1');
    expect(hit.headers).toMatchObject({ 'cache-status': 'nestjs-cache; hit', age: String(5 * YEAR) });
  });

  it.each(['zero', 'negative'])('is none where it is %s, and browsers are told so', async (path) => {
    LifetimesController.runs = 0;
    for (const run of [1, 2]) {
      const answer = await app.client.get(`/for/${path}`);
      expect(answer.text).toBe(String(run));
      expect(answer.headers).toMatchObject({ 'cache-control': 'max-age=0', 'cache-status': NOT_STORED });
    }
  });

  it('is nothing to a handler without the decorator', async () => {
    const { headers } = await app.client.get('/for/none');
    expect([headers['cache-control'], headers['cache-status'], headers.expires]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('shows on hits as Age, as what is left, and as the moment of the first answer', async () => {
    const page = app.page(() => 'x');
    const beganAt = app.clock.now();
    const miss = await app.client.get(page.path);
    app.clock.advance(12.9);
    const hit = await app.client.get(page.path);
    expect(hit.headers).toMatchObject({
      age: '12',
      date: new Date(beganAt).toUTCString(),
      'cache-status': 'nestjs-cache; hit; ttl=48',
      'cache-control': 'max-age=60',
      expires: miss.headers.expires,
    });
  });

  it('never shows a negative Age, even if the clock is set back', async () => {
    const page = app.page(() => 'x');
    await app.client.get(page.path);
    app.clock.advance(-100);
    const hit = await app.client.get(page.path);
    expect(hit.headers).toMatchObject({ age: '0', 'cache-status': expect.stringMatching(HIT) });
    app.clock.advance(100);
  });

  it('begins when the answer begins, however long the handler streams', async () => {
    const page = app.ownPage(async (_request, reply) => {
      const response = (reply.raw ?? reply) as unknown as { write(text: string): void; end(): void };
      response.write('x');
      app.clock.advance(61);
      response.end();
    });
    await app.client.get(page.path);
    await app.client.get(page.path);
    expect(page.runs).toBe(2);
  });

  it.each([
    ['max-age=5', 'max-age=5'],
    ['public, max-age=600', 'public, max-age=60'],
    ['public', 'public, max-age=60'],
    ['s-maxage=30', 's-maxage=30, max-age=60'],
    ['max-age=0, s-maxage=30', 'max-age=0, s-maxage=30'],
    ['immutable,MAX-AGE="10"', 'immutable, max-age=10'],
  ])('is not lengthened where the handler says %s', async (said, told) => {
    const page = app.page((_request, reply) => {
      reply.header('Cache-Control', said);
      return 'x';
    });
    const miss = await app.client.get(page.path);
    expect(miss.headers['cache-control']).toBe(told);
    const expires =
      app.clock.now() + 1000 * Number(/max-age=(\d+)/.exec(told.replace(/s-maxage=\d+/, ''))![1]);
    expect(miss.headers.expires).toBe(new Date(expires).toUTCString());
    const hit = await app.client.get(page.path);
    expect([hit.headers['cache-control'], page.runs]).toEqual([told, 1]);
  });

  it('leaves an Expires of the handler as it is', async () => {
    const expires = 'Fri, 01 Jan 2100 00:00:00 GMT';
    const page = app.page((_request, reply) => {
      reply.header('Expires', expires);
      return 'x';
    });
    for (let count = 0; count < 2; count++)
      expect((await app.client.get(page.path)).headers.expires).toBe(expires);
  });
});

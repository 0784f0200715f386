import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Res, type VersioningOptions, VersioningType } from '@nestjs/common';
import { CachePage, CacheService, PageCache, VaryOnCookie } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { express, platforms, type Reply } from '../support/platforms.js';
import { startingFilms, VersionedController } from './film-controllers.js';
import type { ScriptRequest } from './scripted-pages.js';

const start = startingFilms();

describe.each(platforms)('PageCache.explain on $name', (platform) => {
  it('tells what is stored and what would happen', async () => {
    const clock = new FakeClock();
    const app = await start(platform, { clock });
    const pages = app.app.get(PageCache);
    const url = `http://127.0.0.1:${app.client.port}/films/5`;
    const request = { url, headers: { 'Accept-Language': 'fr' } };
    expect(await pages.explain(request)).toMatchObject({
      outcome: 'miss',
      reason: 'no fresh page is stored',
      handler: 'FilmsController.film',
    });
    await app.client.get('/films/5', { 'accept-language': 'fr' });
    clock.advance(10);
    const explanation = await pages.explain(request);
    expect(explanation).toMatchObject({
      outcome: 'hit',
      reason: 'a fresh page is stored',
      handler: 'FilmsController.film',
      variant: { 'accept-language': 'fr' },
      page: { status: 200, age: 10, lifetime: 60, freshFor: 50, isPublic: false, bytes: 6 },
    });
    expect(explanation.key).toMatch(/^page:/);
    expect(explanation.tags).toContain('film:5');
    expect(await pages.explain(url)).toMatchObject({ outcome: 'miss', variant: { 'accept-language': null } });
  });

  it.each<[string, VersioningOptions, (version: string) => Record<string, string>]>([
    [
      'a header',
      { type: VersioningType.HEADER, header: 'X-Version' },
      (version) => ({ 'x-version': version }),
    ],
    [
      'the media type',
      { type: VersioningType.MEDIA_TYPE, key: 'v=' },
      (version) => ({ accept: `text/html;q=1, application/json;v="${version}"` }),
    ],
    [
      'a function',
      {
        type: VersioningType.CUSTOM,
        extractor: (request) => (request as ScriptRequest).headers['x-own'] as string,
      },
      (version) => ({ 'x-own': version }),
    ],
  ])('finds the handler by the version in %s', async (_name, versioning, headersOf) => {
    const app = await start(platform, {
      controllers: [VersionedController],
      prepare: (nest) => nest.enableVersioning(versioning),
    });
    const pages = app.app.get(PageCache);
    const handlerOf = async (path: string, headers = {}): Promise<string | undefined> => {
      const url = `http://127.0.0.1:${app.client.port}/versioned/${path}`;
      const { handler } = await pages.explain({ url, headers });
      const { status } = await app.client.get(`/versioned/${path}`, headers);
      expect(status).toBe(handler === undefined ? 404 : 200);
      return handler;
    };
    expect(await handlerOf('5', headersOf('1'))).toBe('VersionedController.one');
    expect(await handlerOf('5', headersOf('2'))).toBeUndefined();
    expect(await handlerOf('both/5', headersOf('2'))).toBe('VersionedController.both');
    expect(await handlerOf('5')).toBeUndefined();
  });

  it('tells of the cookies that pages differ by', async () => {
    @Controller('units')
    class UnitsController {
      @Get()
      @CachePage(60)
      @VaryOnCookie('units')
      page(): string {
        return 'x';
      }
    }
    const app = await start(platform, { controllers: [UnitsController] });
    const url = `http://127.0.0.1:${app.client.port}/units`;
    await app.client.get('/units', { cookie: 'a=1; units=km' });
    const pages = app.app.get(PageCache);
    expect(await pages.explain({ url, headers: { cookie: 'units=km' } })).toMatchObject({
      outcome: 'hit',
      variant: { 'cookie:units': 'km' },
    });
    expect(await pages.explain(url)).toMatchObject({ outcome: 'miss', variant: { 'cookie:units': null } });
  });

  it('tells why the cache is not asked', async () => {
    const app = await start(platform);
    const pages = app.app.get(PageCache);
    const url = `http://127.0.0.1:${app.client.port}/films/5`;
    await app.client.get('/films/5');
    const reasonOf = async (changes: object) => (await pages.explain({ url, ...changes })).reason;
    expect(await reasonOf({ method: 'POST' })).toBe('no route leads to the URL');
    expect(await reasonOf({ headers: { Range: 'bytes=0-1' } })).toBe('the request has the header range');
    expect(await reasonOf({ user: { name: 'ann' } })).toContain('the stored page does not say public');
    expect(await reasonOf({ url: new URL('/of/never', url).href })).toBe('no route leads to the URL');
    expect(await pages.explain(new URL('/films/of/never', url))).toMatchObject({ outcome: 'not-cached' });
    await expect(pages.explain('/films/5')).rejects.toThrow('needs a URL with scheme and host');
  });

  it('tells why the last answer was not stored', async () => {
    @Controller('cookies')
    class CookieController {
      @Get()
      @CachePage(60)
      page(@Res({ passthrough: true }) reply: Reply): string {
        reply.header('Set-Cookie', 'a=1');
        return 'x';
      }
    }
    const app = await start(platform, { controllers: [CookieController] });
    await app.client.get('/cookies');
    const url = `http://127.0.0.1:${app.client.port}/cookies`;
    expect(await app.app.get(PageCache).explain(url)).toMatchObject({
      outcome: 'miss',
      reason: 'no fresh page is stored; the last answer in this process was not, since it sets a cookie',
    });
  });

  it('counts nothing', async () => {
    const app = await start(platform);
    const pages = app.app.get(PageCache);
    const counted = { hits: 0, misses: 0 };
    await pages.explain('http://a.example/films/5');
    expect(app.app.get(CacheService).statistics()).toMatchObject(counted);
  });
});

it('explains what the cache of the site does', async () => {
  @Controller('plain')
  class PlainController {
    @Get()
    page(): string {
      return 'x';
    }
  }
  const app = await start(express, { controllers: [PlainController], options: { site: {} } });
  const pages = app.app.get(PageCache);
  const url = 'http://a.example/plain';
  expect(await pages.explain({ url, headers: { cookie: 'sid=1' } })).toMatchObject({
    outcome: 'bypass',
    reason: 'the request has a user, a credential or a cookie, which the cache of the site leaves alone',
  });
  expect(await pages.explain(url)).toMatchObject({ outcome: 'miss' });
});

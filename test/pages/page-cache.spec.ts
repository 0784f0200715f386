import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  Module,
  Param,
  Req,
  Res,
  Version,
  VersioningType,
} from '@nestjs/common';
import { NestFactory, RouterModule } from '@nestjs/core';
import { CacheModule, CachePage, NeverCache, PageCache, VaryOnHeaders } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  type ApplicationParts,
  express,
  type Platform,
  platforms,
  type Reply,
  type RunningApplication,
  startApplication,
} from '../support/platforms.js';
import { HIT, type ScriptRequest, STORED } from './scripted-pages.js';

@Controller(['films', 'movies'])
class FilmsController {
  runs = 0;

  @Get(':id')
  @CachePage(60, { tags: ({ params }) => `film:${params['id']}` })
  @VaryOnHeaders('Accept-Language')
  film(@Param('id') id: string, @Req() { headers }: ScriptRequest): string {
    return `${id} ${headers['accept-language'] ?? '-'} ${++this.runs}`;
  }

  @Get(':id/actors')
  @CachePage(60, { cache: 'other' })
  actors(): string {
    return `actors ${++this.runs}`;
  }

  @Get('of/never')
  @NeverCache()
  never(): string {
    return 'x';
  }
}

@Controller({ path: 'versioned', version: '1' })
class VersionedController {
  runs = 0;

  @Get(':id')
  @CachePage(60)
  one(): string {
    return `one ${++this.runs}`;
  }

  @Get('both/:id')
  @Version(['1', '2'])
  @CachePage(60)
  both(): string {
    return `both ${++this.runs}`;
  }
}

@Module({ controllers: [VersionedController] })
class VersionedModule {}

let running: RunningApplication | undefined;
async function start(platform: Platform, parts: ApplicationParts = {}): Promise<RunningApplication> {
  running = await startApplication(platform, {
    controllers: [FilmsController],
    caches: { default: 'memory://', other: 'memory://other' },
    clock: new FakeClock(),
    ...parts,
  });
  return running;
}
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const isHit = async ({ client }: RunningApplication, path: string, headers = {}): Promise<boolean> =>
  HIT.test(String((await client.get(path, headers)).headers['cache-status']));

describe.each(platforms)('PageCache.invalidate on $name', (platform) => {
  it('takes all pages of a URL out of the cache, whatever query, variant and spelling', async () => {
    const app = await start(platform);
    const visits: [string, Record<string, string>][] = [
      ['/films/a%20b', {}],
      ['/films/a%20b?x=1', {}],
      ['/films/a%20b', { 'accept-language': 'fr' }],
      ['/films/%61%20b', {}],
      ['/films/other', {}],
    ];
    for (const [path, headers] of visits) await app.client.get(path, headers);
    await app.app.get(PageCache).invalidate('/films/a b');
    const hits = [];
    for (const [path, headers] of visits) hits.push(await isHit(app, path, headers));
    expect(hits).toEqual([false, false, false, false, true]);
  });

  it.each(['http://shop.example/films/5?q=1#top', '/films/5/', '/FILMS/5', '//films//5'])(
    'takes a URL in every spelling: %s',
    async (url) => {
      const app = await start(platform);
      await app.client.get('/films/5');
      await app.app.get(PageCache).invalidate(url);
      expect(await isHit(app, '/films/5')).toBe(false);
    },
  );

  it('takes pages by their tags out of every cache that keeps pages', async () => {
    const app = await start(platform);
    await app.client.get('/films/5');
    await app.client.get('/films/6');
    await app.app.get(PageCache).invalidate({ tags: ['film:5', 'film:7'] });
    expect([await isHit(app, '/films/5'), await isHit(app, '/films/6')]).toEqual([false, true]);
  });

  it('takes pages by handler and parameters, under each path of its controller', async () => {
    const app = await start(platform);
    const pages = app.app.get(PageCache);
    const paths = ['/films/5', '/movies/5', '/films/6', '/films/5/actors'];
    for (const path of paths) await app.client.get(path);
    await pages.invalidate({ controller: FilmsController, handler: 'film', params: { id: 5 } });
    const hits = [];
    for (const path of paths) hits.push(await isHit(app, path));
    expect(hits).toEqual([false, false, true, true]);
    await pages.invalidate({ controller: FilmsController, handler: 'actors', params: { id: '5' } });
    expect(await isHit(app, '/films/5/actors')).toBe(false);
  });

  it.each([
    ['a global prefix', '/api/versioned/5', (nest: INestApplication) => nest.setGlobalPrefix('api')],
    [
      'versions in the URL',
      '/v1/versioned/5',
      (nest: INestApplication) => nest.enableVersioning({ type: VersioningType.URI }),
    ],
    [
      'both',
      '/api/v1/versioned/5',
      (nest: INestApplication) =>
        nest.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, prefix: 'v' }),
    ],
    [
      'a prefix with exceptions',
      '/versioned/5',
      (nest: INestApplication) => nest.setGlobalPrefix('api', { exclude: ['versioned/*path'] }),
    ],
  ])('knows of %s', async (_name, path, prepare) => {
    const app = await start(platform, { controllers: [VersionedController], prepare });
    expect((await app.client.get(path)).status).toBe(200);
    expect(await isHit(app, path)).toBe(true);
    await app.app
      .get(PageCache)
      .invalidate({ controller: VersionedController, handler: 'one', params: { id: 5 } });
    expect(await isHit(app, path)).toBe(false);
  });

  it('knows of every version of a handler, and of the paths of modules', async () => {
    const app = await start(platform, {
      controllers: [],
      imports: [VersionedModule, RouterModule.register([{ path: 'shop', module: VersionedModule }])],
      prepare: (nest) => nest.enableVersioning({ type: VersioningType.URI }),
    });
    const paths = ['/v1/shop/versioned/both/5', '/v2/shop/versioned/both/5'];
    for (const path of paths) expect((await app.client.get(path)).status).toBe(200);
    await app.app
      .get(PageCache)
      .invalidate({ controller: VersionedController, handler: 'both', params: { id: 5 } });
    for (const path of paths) expect(await isHit(app, path)).toBe(false);
  });

  it('refuses what it cannot find', async () => {
    const pages = (await start(platform)).app.get(PageCache);
    await expect(pages.invalidate({ controller: FilmsController, handler: 'film' })).rejects.toThrow(
      'has the parameter "id", which is missing',
    );
    await expect(pages.invalidate({ controller: FilmsController, handler: 'runs' })).rejects.toThrow(
      'No route leads to FilmsController.runs',
    );
    await expect(pages.invalidate({ controller: VersionedController, handler: 'one' })).rejects.toThrow(
      'No route leads to VersionedController.one',
    );
    await expect(pages.invalidate(5 as never)).rejects.toThrow('takes a URL, { tags } or');
    await expect(pages.invalidate({ tags: [''] })).rejects.toThrow('A tag must be');
  });
});

describe.each(platforms)('PageCache.warm on $name', (platform) => {
  it('has pages stored under the key of their visitors', async () => {
    const app = await start(platform);
    const origin = `http://127.0.0.1:${app.client.port}`;
    const pages = await app.app.get(PageCache).warm(['/films/1', `${origin}/films/2?q=1`, '/nowhere'], {
      origin,
      headers: { 'accept-language': 'fr' },
    });
    expect(pages).toEqual([
      { url: `${origin}/films/1`, status: 200, cacheStatus: STORED, problem: undefined },
      { url: `${origin}/films/2?q=1`, status: 200, cacheStatus: STORED, problem: undefined },
      { url: `${origin}/nowhere`, status: 404, cacheStatus: undefined, problem: undefined },
    ]);
    expect(await isHit(app, '/films/1', { 'accept-language': 'fr' })).toBe(true);
    expect(await isHit(app, '/films/1')).toBe(false);
  });

  it('takes many, a few at a time, large ones too', async () => {
    let atOnce = 0;
    let most = 0;
    @Controller('large')
    class LargeController {
      @Get(':id')
      @CachePage(60)
      async page(): Promise<string> {
        most = Math.max(most, ++atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce--;
        return 'x'.repeat(300_000);
      }
    }
    const app = await start(platform, { controllers: [LargeController] });
    const origin = `http://127.0.0.1:${app.client.port}`;
    const urls = Array.from({ length: 20 }, (_, index) => `/large/${index}`);
    const pages = await app.app.get(PageCache).warm(urls, { origin, concurrency: 3 });
    expect(pages.map(({ status }) => status)).toEqual(urls.map(() => 200));
    expect(most).toBe(3);
    expect(await isHit(app, '/large/19')).toBe(true);
  });

  it('needs no application that listens, and keeps to the scheme of the URL', async () => {
    const app = await NestFactory.create<INestApplication>(
      {
        module: class {},
        imports: [CacheModule.forRoot({ caches: { default: 'memory://', other: 'memory://o' } })],
        controllers: [FilmsController],
      },
      platform.adapter(),
      { logger: false },
    );
    await app.init();
    const pages = app.get(PageCache);
    const url = 'https://shop.example/films/1';
    expect(await pages.warm([url])).toMatchObject([{ url, status: 200, cacheStatus: STORED }]);
    expect(await pages.explain(url)).toMatchObject({ outcome: 'hit' });
    expect(await pages.explain('http://shop.example/films/1')).toMatchObject({ outcome: 'miss' });
    await app.close();
  });

  it('refuses what is no URL before it asks for anything', async () => {
    const app = await start(platform);
    const pages = app.app.get(PageCache);
    await expect(pages.warm(['http://a.example/films/1', '/films/2'])).rejects.toThrow('the option "origin"');
    await expect(pages.warm(['ftp://a.example/'])).rejects.toThrow('scheme and host');
    await expect(pages.warm([], { concurrency: 0 })).rejects.toThrow('1 or more; got 0');
    expect(await pages.explain('http://a.example/films/1')).toMatchObject({ outcome: 'miss' });
  });
});

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
    const { CacheService } = await import('../../lib/index.js');
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

import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, VersioningType } from '@nestjs/common';
import { NestFactory, RouterModule } from '@nestjs/core';
import { CacheModule, CachePage, CacheRegistry, PageCache } from '../../lib/index.js';
import { platforms, type RunningApplication } from '../support/platforms.js';
import { FilmsController, startingFilms, VersionedController } from './film-controllers.js';
import { HIT, STORED } from './scripted-pages.js';

@Module({ controllers: [VersionedController] })
class VersionedModule {}

const start = startingFilms();

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

  it('takes values of the default cache as well, and of caches that keep pages, by their tags', async () => {
    const app = await start(platform);
    const caches = app.app.get(CacheRegistry);
    for (const { alias } of caches.all()) await caches.get(alias).set('film', alias, { tags: ['film:5'] });
    await app.app.get(PageCache).invalidate({ tags: ['film:5'] });
    for (const { alias } of caches.all()) expect(await caches.get(alias).has('film')).toBe(false);
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

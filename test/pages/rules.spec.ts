import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, GoneException, NotFoundException, Redirect, Req, Res } from '@nestjs/common';
import { CachePage, CacheTags } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { platforms, type Reply, type RunningApplication, startApplication } from '../support/platforms.js';
import { HIT, type ScriptRequest, STORED } from './scripted-pages.js';

let runs = 0;

@Controller('rules')
class RulesController {
  @Get('max-age')
  @CachePage(60, { maxAge: 5 })
  maxAge(): string {
    return `run ${++runs}`;
  }

  @Get('max-age-never')
  @CachePage(60, { maxAge: 0 })
  maxAgeNever(): string {
    return `run ${++runs}`;
  }

  @Get('max-age-ever')
  @CachePage(60, { maxAge: null })
  maxAgeEver(): string {
    return `run ${++runs}`;
  }

  @Get('server-only')
  @CachePage(60, { serverOnly: true })
  serverOnly(): string {
    return `run ${++runs}`;
  }

  @Get('missing')
  @CachePage(60, { negative: '30s' })
  missing(): never {
    runs++;
    throw new NotFoundException(`run ${runs}`);
  }

  @Get('gone')
  @CachePage(60, { negative: { 410: '1h' } })
  gone(): never {
    runs++;
    throw new GoneException(`run ${runs}`);
  }

  @Get('not-kept')
  @CachePage(60, { negative: { 410: '1h' } })
  notKept(): never {
    runs++;
    throw new NotFoundException(`run ${runs}`);
  }

  @Get('own-missing')
  @CachePage(60, { negative: { 404: '10s' } })
  ownMissing(@Res() reply: Reply): void {
    reply.status(404);
    reply.send(`run ${++runs}`);
  }

  @Get('moved')
  @CachePage(60, { negative: { 301: '1h' } })
  @Redirect('/elsewhere', 301)
  moved(): void {
    runs++;
  }

  @Get('unless')
  @CachePage(60, { unless: ({ headers }) => headers['x-preview'] !== undefined })
  unless(@Req() { headers }: ScriptRequest): string {
    return `${headers['x-preview'] ?? 'live'} ${++runs}`;
  }
}

@Controller('options')
class OptionsController {
  @Get('tagged')
  @CachePage(60, { tags: ['all', ({ query }) => `tag ${String(query['n'])}`, () => undefined] })
  @CacheTags('all', 'caf\u00e9')
  tagged(): string {
    return 'x';
  }
}

describe.each(platforms)('The options of @CachePage on $name', (platform) => {
  const clock = new FakeClock();
  let app: RunningApplication;
  beforeAll(async () => {
    app = await startApplication(platform, { controllers: [RulesController], clock });
  });
  beforeEach(() => {
    runs = 0;
    clock.advance(1_000_000);
  });
  afterAll(() => app.close());
  const get = (path: string, headers = {}) => app.client.get(`/rules/${path}`, headers);

  it.each([
    ['max-age', 'max-age=5'],
    ['max-age-never', 'max-age=0'],
    ['max-age-ever', 'max-age=31536000'],
  ])('tell browsers another lifetime than the server keeps: %s', async (path, told) => {
    expect((await get(path)).headers).toMatchObject({ 'cache-control': told, 'cache-status': STORED });
    clock.advance(59);
    const hit = await get(path);
    expect(hit.headers['cache-status']).toMatch(HIT);
    expect(hit.headers['cache-control']).toBe(told);
    expect(runs).toBe(1);
    clock.advance(1);
    expect((await get(path)).text).toBe('run 2');
  });

  it('tell browsers nothing of a page that is for the server only', async () => {
    for (const status of [STORED, HIT]) {
      const { headers } = await get('server-only');
      expect(headers['cache-status']).toMatch(status);
      expect([headers['cache-control'], headers['expires']]).toEqual([undefined, undefined]);
      expect(headers['etag']).toBeDefined();
    }
  });

  it.each([
    ['missing', 404, 30],
    ['gone', 410, 3600],
    ['own-missing', 404, 10],
    ['moved', 301, 3600],
  ])('keep other statuses when asked to: %s', async (path, status, seconds) => {
    const first = await get(path);
    expect(first.status).toBe(status);
    expect(first.headers['cache-control']).toBe(`max-age=${seconds}`);
    clock.advance(seconds - 1);
    const hit = await get(path);
    expect([hit.status, hit.text, hit.headers['location']]).toEqual([
      status,
      first.text,
      first.headers['location'],
    ]);
    expect(hit.headers['cache-status']).toMatch(HIT);
    expect(runs).toBe(1);
    clock.advance(1);
    await get(path);
    expect(runs).toBe(2);
  });

  it('keep no status that was not asked for', async () => {
    await get('not-kept');
    const second = await get('not-kept');
    expect(second.headers['cache-control']).toBeUndefined();
    expect(runs).toBe(2);
  });

  it('leave requests alone that they are told to', async () => {
    expect((await get('unless')).text).toBe('live 1');
    const preview = await get('unless', { 'x-preview': 'draft' });
    expect([preview.text, preview.headers['cache-status']]).toEqual(['draft 2', 'nestjs-cache; fwd=bypass']);
    const live = await get('unless');
    expect(live.text).toBe('live 1');
    expect(live.headers['cache-status']).toMatch(HIT);
  });
});

describe.each(platforms)('What answers tell of the cache on $name', (platform) => {
  const start = (pages: object) =>
    startApplication(platform, {
      controllers: [OptionsController],
      clock: new FakeClock(),
      options: { pages },
    });

  it('is nothing beyond what is asked for', async () => {
    const app = await start({});
    const { headers } = await app.client.get('/options/tagged?n=1');
    expect(headers['cache-status']).toBe(STORED);
    expect(Object.keys(headers).filter((name) => /group|tag$|surrogate/.test(name))).toEqual(['etag']);
    await app.close();
  });

  it('leaves Cache-Status out when told to, always or for a request', async () => {
    const never = await start({ cacheStatus: false });
    const some = await start({ cacheStatus: ({ headers }: ScriptRequest) => headers['x-debug'] === '1' });
    for (const _ of ['miss', 'hit']) {
      expect((await never.client.get('/options/tagged')).headers['cache-status']).toBeUndefined();
      expect((await some.client.get('/options/tagged')).headers['cache-status']).toBeUndefined();
    }
    const told = await some.client.get('/options/tagged', { 'x-debug': '1' });
    expect(told.headers['cache-status']).toMatch(HIT);
    const body = { method: 'GET', headers: { 'content-length': '1' }, body: 'x' };
    expect((await never.client.ask('/options/tagged', body)).headers['cache-status']).toBeUndefined();
    await Promise.all([never.close(), some.close()]);
  });

  it.each([
    ['Cache-Tag', 'all,tag 1'],
    ['Surrogate-Key', 'all'],
  ])('names the tags in the header of a CDN: %s', async (tagHeader, tags) => {
    const app = await start({ tagHeader, cacheGroups: true });
    for (const status of [STORED, HIT]) {
      const { headers } = await app.client.get('/options/tagged?n=1');
      expect(headers['cache-status']).toMatch(status);
      expect(headers['cache-groups']).toBe('"all", "tag 1", "caf%C3%A9"');
      const field = headers[tagHeader.toLowerCase()] as string;
      expect(field.split(tagHeader === 'Cache-Tag' ? ',' : ' ')).toEqual(
        tagHeader === 'Cache-Tag' ? expect.arrayContaining(['all']) : [tags],
      );
    }
    await app.close();
  });

  it.each([
    [{ cacheStatus: 'on' }, 'CacheModule: pages: option "cacheStatus" must be true, false or a function'],
    [{ tagHeader: 'a b' }, 'CacheModule: pages: option "tagHeader" must be the name of a header'],
    [{ cacheGroup: true }, 'Did you mean "cacheGroups"?'],
  ])('ends the start where it cannot be: %j', async (pages, words) => {
    await expect(start(pages)).rejects.toThrow(words);
  });
});

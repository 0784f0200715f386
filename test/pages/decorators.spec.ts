import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpException, NotFoundException, Req, Res, StreamableFile } from '@nestjs/common';
import { CacheControl, CachePage, NeverCache, VaryOnCookie, VaryOnHeaders } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  platforms,
  rawOf,
  type Reply,
  type RunningApplication,
  startApplication,
} from '../support/platforms.js';
import { HIT, type ScriptRequest, STORED } from './scripted-pages.js';

const NEVER = 'max-age=0, no-cache, no-store, must-revalidate, private';

@VaryOnHeaders('Accept')
@CacheControl({ private: true, maxAge: 10 })
@Controller('headers')
class HeadersController {
  @Get('plain')
  plain(): string {
    return 'x';
  }

  @VaryOnCookie()
  @Get('united')
  @VaryOnHeaders('accept-language')
  @VaryOnHeaders('ACCEPT')
  united(): string {
    return 'x';
  }

  @Get('public')
  @CacheControl({ public: true, sMaxage: '1h' })
  public(): string {
    return 'x';
  }

  @Get('never')
  @NeverCache()
  never(): string {
    return 'x';
  }

  @Get('missing')
  @CacheControl({ public: true, maxAge: '1h', mustRevalidate: true })
  missing(): string {
    throw new NotFoundException();
  }

  @NeverCache()
  @Get('failing')
  failing(): string {
    throw new HttpException('no', 503);
  }

  @Get('own')
  own(@Res() reply: Reply): void {
    reply.header('Vary', 'Origin');
    reply.send('x');
  }

  @Get('raw')
  raw(@Res() reply: Reply): void {
    (reply as { hijack?: () => void }).hijack?.();
    rawOf(reply).writeHead(200, 'Fine', { 'Cache-Control': 'max-age=5' }).end('x');
  }

  @Get('stream')
  stream(): StreamableFile {
    return new StreamableFile(Buffer.from('x'));
  }
}

@CachePage(60)
@Controller('merged')
class CachedController {
  @Get('never')
  @NeverCache()
  never(): string {
    return 'x';
  }

  @Get('private')
  @CacheControl({ private: true })
  private(): string {
    return 'x';
  }

  @Get('public')
  @CacheControl({ public: true, maxAge: 5 })
  public(): string {
    return 'x';
  }

  @Get('sometimes')
  @CacheControl({ public: true, maxAge: 50 })
  sometimes(@Req() { headers }: ScriptRequest, @Res({ passthrough: true }) reply: Reply): string {
    if (headers['cookie'] === undefined) return 'hello stranger';
    reply.header('Cache-Control', 'private, max-age=10');
    return `hello ${headers['cookie']}`;
  }
}

@NeverCache()
@Controller('overruled')
class OverruledController {
  @Get('never')
  never(): string {
    return 'x';
  }

  @Get('page')
  @CachePage(60)
  page(): string {
    return 'x';
  }

  @Get('control')
  @CacheControl({ maxAge: 5 })
  control(): string {
    return 'x';
  }
}

@Controller('vary')
class VaryController {
  runs = 0;

  @Get('headers')
  @CachePage(60, { vary: 'X-Area' })
  @VaryOnHeaders('Accept-Language')
  headers(@Req() { headers }: ScriptRequest): string {
    this.runs++;
    return `${headers['accept-language']} ${headers['x-area']}`;
  }

  @Get('cookie')
  @CachePage(60)
  @VaryOnCookie('lang')
  cookie(@Req() { headers }: ScriptRequest): string {
    this.runs++;
    return headers['cookie'] ?? 'none';
  }

  @Get('cookies')
  @CachePage(60)
  @VaryOnCookie()
  @VaryOnCookie('lang')
  cookies(@Req() { headers }: ScriptRequest): string {
    this.runs++;
    return headers['cookie'] ?? 'none';
  }
}

describe.each(platforms)('The headers of answers on $name', (platform) => {
  let app: RunningApplication;
  beforeAll(async () => {
    app = await startApplication(platform, {
      controllers: [HeadersController, CachedController, OverruledController, VaryController],
      clock: new FakeClock(),
    });
  });
  afterAll(() => app.close());
  const headersOf = async (path: string) => (await app.client.get(path)).headers;

  it('say what the class says', async () => {
    expect(await headersOf('/headers/plain')).toMatchObject({
      'cache-control': 'private, max-age=10',
      vary: 'Accept',
    });
  });

  it('unite the names to vary on, each once', async () => {
    const { vary } = await headersOf('/headers/united');
    expect(vary!.toLowerCase().split(', ').toSorted()).toEqual(['accept', 'accept-language', 'cookie']);
  });

  it('let the method win, directive by directive', async () => {
    const { 'cache-control': field } = await headersOf('/headers/public');
    expect(field!.split(', ').toSorted()).toEqual(['max-age=10', 'public', 's-maxage=3600']);
  });

  it.each(['/headers/never', '/headers/failing', '/merged/never', '/overruled/never'])(
    'tell caches never to keep an answer: %s',
    async (path) => {
      const headers = await headersOf(path);
      expect(headers['cache-control']!.split(', ').toSorted()).toEqual(NEVER.split(', ').toSorted());
      expect(Date.parse(headers['expires']!)).toBe(0);
      expect(headers['cache-status']).toBeUndefined();
    },
  );

  it('give errors the restrictions alone', async () => {
    const answer = await app.client.get('/headers/missing');
    expect(answer.status).toBe(404);
    expect(answer.headers).toMatchObject({ 'cache-control': 'must-revalidate', vary: 'Accept' });
  });

  it('are completed where the handler answers by itself', async () => {
    expect(await headersOf('/headers/own')).toMatchObject({
      'cache-control': 'private, max-age=10',
      vary: 'Origin, Accept',
    });
    const raw = await app.client.get('/headers/raw');
    expect([raw.status, raw.text]).toEqual([200, 'x']);
    expect(raw.headers).toMatchObject({ 'cache-control': 'max-age=5, private', vary: 'Accept' });
    expect((await headersOf('/headers/stream'))['vary']).toBe('Accept');
  });

  it('answer HEAD as GET', async () => {
    const head = await app.client.head('/headers/plain');
    expect(head.headers).toMatchObject({ 'cache-control': 'private, max-age=10', vary: 'Accept' });
  });

  it('decide with @CacheControl on what is stored', async () => {
    for (const _ of [1, 2]) {
      const headers = await headersOf('/merged/private');
      expect(headers).toMatchObject({
        'cache-control': 'private',
        'cache-status': 'nestjs-cache; fwd=uri-miss',
      });
    }
    expect(await headersOf('/merged/public')).toMatchObject({
      'cache-control': 'public, max-age=5',
      'cache-status': STORED,
    });
    const hit = await headersOf('/merged/public');
    expect(hit['cache-status']).toMatch(HIT);
    expect(hit['cache-control']).toBe('public, max-age=5');
  });

  it('stay private where the handler says so, whatever the decorator says of the others', async () => {
    const own = await app.client.get('/merged/sometimes', { cookie: 'alice' });
    expect(own.headers['cache-control']!.split(', ').toSorted()).toEqual(['max-age=10', 'private']);
    expect(own.headers['cache-status']).toBe('nestjs-cache; fwd=uri-miss');
    const other = await app.client.get('/merged/sometimes');
    expect(other.body.toString()).toBe('hello stranger');
    expect(other.headers['cache-control']).toBe('public, max-age=50');
  });

  it('let a method be cached in a class that is never', async () => {
    expect(await headersOf('/overruled/page')).toMatchObject({
      'cache-control': 'max-age=60',
      'cache-status': STORED,
    });
    expect((await headersOf('/overruled/control'))['cache-control']).toBe('max-age=5');
  });

  describe('and pages that differ', () => {
    const textsOf = async (path: string, requests: readonly Record<string, string>[]) => {
      const texts: string[] = [];
      for (const headers of requests) texts.push((await app.client.get(path, headers)).text);
      return texts;
    };

    it('by headers are told apart by all that are named', async () => {
      const requests = [
        { 'accept-language': 'fr', 'x-area': '1' },
        { 'accept-language': 'de', 'x-area': '1' },
        { 'accept-language': 'fr', 'x-area': '2' },
      ];
      const expected = ['fr 1', 'de 1', 'fr 2'];
      expect(await textsOf('/vary/headers', requests)).toEqual(expected);
      expect(await textsOf('/vary/headers', requests)).toEqual(expected);
      const hit = await app.client.get('/vary/headers', requests[0]);
      expect(hit.headers['cache-status']).toMatch(HIT);
      expect(hit.headers['vary']).toBe('X-Area, Accept-Language');
    });

    it('by one cookie are told apart by its value, and by no other cookie', async () => {
      const requests = [
        { cookie: 'lang=fr; sid=1' },
        { cookie: 'sid=2; lang=fr' },
        { cookie: 'lang=de; sid=1' },
        { cookie: 'sid=3' },
        { cookie: 'lang=; sid=3' },
        { cookie: 'xlang=fr' },
      ];
      expect(await textsOf('/vary/cookie', requests)).toEqual([
        'lang=fr; sid=1',
        'lang=fr; sid=1',
        'lang=de; sid=1',
        'sid=3',
        'lang=; sid=3',
        'sid=3',
      ]);
      const hit = await app.client.get('/vary/cookie', { cookie: 'sid=9; lang=de' });
      expect(hit.headers['cache-status']).toMatch(HIT);
      expect(hit.headers['vary']).toBe('Cookie');
    });

    it('by the whole cookie header are told apart by it, whatever else is named', async () => {
      const requests = [{ cookie: 'lang=fr; sid=1' }, { cookie: 'lang=fr; sid=2' }];
      expect(await textsOf('/vary/cookies', requests)).toEqual(requests.map(({ cookie }) => cookie));
    });
  });
});

import { type IncomingMessage, request as open, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Head,
  Header,
  Headers,
  type INestApplication,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { CachePage, CacheRegistry, VaryOnHeaders } from '../../lib/index.js';
import { EarlyAnswers } from '../../lib/pages/early/early-answers.js';
import { type ApplicationParts, type Platform, platforms, startApplication } from '../support/platforms.js';

interface Asked {
  headers: Record<string, string | undefined>;
  user?: unknown;
  protocol: string;
  host: string;
  url: string;
}

class Nobody {
  canActivate(): boolean {
    return false;
  }
}

@Controller('doubts')
class DoubtfulController {
  runs = 0;

  @CachePage(60, { early: true })
  @VaryOnHeaders('Accept-Language')
  @Get('changing')
  changing(@Req() { headers }: Asked): string {
    const language = headers['accept-language'];
    delete headers['accept-language'];
    headers['host'] = 'internal.example';
    return `language ${language}`;
  }

  @CachePage(60, { early: true })
  @Get('link')
  link(@Req() { host, protocol }: Asked): string {
    return `${protocol}://${host}/`;
  }

  @CachePage(60, { early: true })
  @Header('Cache-Control', 'public')
  @Get('public')
  shared(): string {
    return 'for all';
  }

  @CachePage(60, { early: true })
  @Get('plain')
  plain(): string {
    return `run ${++this.runs}`;
  }

  @CachePage(60, { early: true })
  @Header('Vary', 'Accept-Language')
  @Get('cors')
  cors(@Headers('accept-language') language: string): string {
    return `language ${language}`;
  }

  @Head('own-head')
  @Header('X-Own', 'yes')
  head(): void {}

  @CachePage(60, { early: true })
  @Get('own-head')
  page(): string {
    return 'page';
  }
}

@CachePage(60, { early: true })
@Controller('class')
class ClassController {
  @Get()
  page(): string {
    return 'page';
  }

  @UseGuards(Nobody)
  @Post()
  change(): string {
    return 'changed';
  }
}

describe.each(platforms)('Early answers on $name', (platform: Platform) => {
  let close: (() => Promise<void>) | undefined;
  afterEach(async () => close?.());

  async function start(parts: ApplicationParts = {}) {
    const running = await startApplication(platform, { controllers: [DoubtfulController], ...parts });
    ({ close } = running);
    let early = 0;
    running.app.get(CacheRegistry).events.on('early', () => early++);
    const get = async (path: string, headers: Record<string, string> = {}) =>
      (await running.client.get(`/doubts/${path}`, headers)).text;
    return { ...running, get, early: () => early };
  }

  it('go by what a request said before its handler changed it', async () => {
    const { early, get } = await start();
    expect(await get('changing', { 'accept-language': 'de', host: 'shop.example' })).toBe('language de');
    expect(await get('changing', { host: 'internal.example' })).toBe('language undefined');
    expect(await get('changing', { 'accept-language': 'de', host: 'shop.example' })).toBe('language de');
    expect(early()).toBe(1);
  });

  it('believe of forwarded addresses what the platform believes, of each peer', async () => {
    const { app, get } = await start({ trustProxy: true });
    const said = { host: 'internal:1', 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' };
    const first = await get('link', said);
    expect([await get('link', said), await get('link', said)]).toEqual([first, first]);
    const { port } = (app.getHttpServer() as Server).address() as { port: number };
    const status = await new Promise<string | undefined>((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        localAddress: '127.0.0.2',
        port,
        path: '/doubts/link',
        headers: said,
      };
      const asked = open({ ...options, agent: false }, (response) => {
        response.resume();
        resolve(String(response.headers['cache-status']));
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(status).toBeDefined();
  });

  it('neither come from those who showed a credential, nor go to them', async () => {
    const { early, get } = await start();
    await get('public', { authorization: 'Bearer 1' });
    await get('public');
    expect(early()).toBe(0);
    await get('public');
    expect(early()).toBe(1);
    await get('public', { authorization: 'Bearer 1' });
    expect(early()).toBe(1);
  });

  it('tell no origin what was told to another', async () => {
    const prepare = (app: INestApplication) => app.enableCors({ origin: true, credentials: true });
    const { client } = await start({ prepare });
    const allowed = async (origin: string) =>
      (await client.get('/doubts/cors', { origin })).headers['access-control-allow-origin'];
    const origins = ['https://a', 'https://b', 'https://a', 'https://b'];
    const told: unknown[] = [];
    for (const origin of origins) told.push(await allowed(origin));
    expect(told).toEqual(origins);
  });

  it('leave HEAD to routes of its own', async () => {
    const { client } = await start();
    await client.get('/doubts/own-head');
    await client.get('/doubts/own-head');
    expect((await client.head('/doubts/own-head')).headers['x-own']).toBe('yes');
  });

  it('are not remembered of answers to which middleware added a cookie at the last moment', async () => {
    let visitors = 0;
    const { client, early } = await start({
      prepare: (app) =>
        app.use(
          (
            _request: unknown,
            response: {
              writeHead(...given: unknown[]): unknown;
              setHeader(name: string, value: string): void;
            },
            next: () => void,
          ) => {
            const { writeHead } = response;
            response.writeHead = (...given) => {
              response.setHeader('Set-Cookie', `sid=${++visitors}`);
              return writeHead.apply(response, given);
            };
            next();
          },
        ),
    });
    for (const visit of [1, 2, 3])
      expect((await client.get('/doubts/plain')).headers['set-cookie']).toEqual([`sid=${visit}`]);
    expect(early()).toBe(0);
  });

  it('leave a request alone that another listener has answered', async () => {
    const { app, get } = await start();
    await get('plain');
    const request = { method: 'GET', url: '/doubts/plain' } as IncomingMessage;
    const door = app.get(EarlyAnswers).answer(request, { headersSent: true } as ServerResponse);
    expect(door).toBe(false);
  });

  it('know of guards of what they answer alone', async () => {
    const { client } = await start({ controllers: [ClassController] });
    expect((await client.get('/class')).text).toBe('page');
    expect((await client.ask('/class', { method: 'POST' })).status).toBe(403);
  });

  it('are none where the store keeps nothing', async () => {
    const { early, get } = await start({ caches: { default: 'dummy://' } });
    expect([await get('plain'), await get('plain'), await get('plain')]).toEqual(['run 1', 'run 2', 'run 3']);
    expect(early()).toBe(0);
  });

  it('end with an invalidation through another alias of the same store', async () => {
    const place = { backend: 'memory' as const, location: 'doubts' };
    const { app, get } = await start({ caches: { default: place, other: place } });
    const first = await get('plain');
    expect(await get('plain')).toBe(first);
    await app.get(CacheRegistry).get('other').clear();
    expect(await get('plain')).not.toBe(first);
  });
});

describe('Early answers', () => {
  it('are not remembered of URLs that middleware makes others of', async () => {
    const [express] = platforms;
    const { app, client, close } = await startApplication(express!, {
      controllers: [DoubtfulController],
      prepare: (nest) =>
        nest.use((request: Asked, _response: unknown, next: () => void) => {
          if (request.headers['user-agent'] === 'mobile') request.url = '/doubts/link';
          next();
        }),
    });
    let early = 0;
    app.get(CacheRegistry).events.on('early', () => early++);
    const mobile = { 'user-agent': 'mobile' };
    expect((await client.get('/doubts/plain', mobile)).text).toMatch(/^http:/);
    expect((await client.get('/doubts/plain')).text).toBe('run 1');
    expect((await client.get('/doubts/plain')).text).toBe('run 1');
    expect((await client.get('/doubts/plain', mobile)).text).toMatch(/^http:/);
    expect(early).toBe(0);
    await close();
  });
});

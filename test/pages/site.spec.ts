import { describe, expect, it } from '@jest/globals';
import {
  All,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  Injectable,
  Ip,
  Post,
  Req,
  Session,
  Sse,
  UseGuards,
} from '@nestjs/common';
import { of } from 'rxjs';
import { CachePage, NeverCache, NoSiteCache, type SiteOptions } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { express, platforms, startApplication } from '../support/platforms.js';
import { HIT, type ScriptRequest, STORED } from './scripted-pages.js';

class SignIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ScriptRequest>();
    if (request.headers['x-who'] !== undefined) request.user = { name: request.headers['x-who'] };
    return true;
  }
}

/** Puts a function of its own in the place of a method, as decorators of many packages do. */
function Wrapped(): MethodDecorator {
  return (_target, _name, descriptor) => {
    const method = descriptor.value as unknown as (...given: unknown[]) => unknown;
    const wrapper = function (this: unknown, ...given: unknown[]): unknown {
      return method.apply(this, given);
    };
    Object.assign(descriptor, { value: wrapper });
  };
}

@Controller('site')
@Injectable()
class SiteController {
  runs = 0;

  @Get('plain')
  plain(): string {
    return `run ${++this.runs}`;
  }

  @UseGuards(SignIn)
  @Get('guarded')
  guarded(@Req() { user }: ScriptRequest): string {
    return `for ${JSON.stringify(user)}`;
  }

  @Get('languages')
  languages(@Headers('accept-language') language: string): string {
    return language;
  }

  @Get('client')
  client(@Ip() ip: string): string {
    return `${ip} ${++this.runs}`;
  }

  @Get('wrapped')
  @Wrapped()
  wrapped(@Ip() ip: string): string {
    return `${ip} ${++this.runs}`;
  }

  @Get('session')
  session(@Session() session: unknown): string {
    return `${String(session)} ${++this.runs}`;
  }

  @Get('all-headers')
  headers(@Headers() headers: Record<string, string>): string {
    return `${headers['x-custom']} ${++this.runs}`;
  }

  @Get('own')
  @CachePage(5)
  own(): string {
    return `run ${++this.runs}`;
  }

  @Get('out')
  @NoSiteCache()
  out(): string {
    return `run ${++this.runs}`;
  }

  @NoSiteCache()
  @CachePage(5)
  @Get('out-but-own')
  outButOwn(): string {
    return `run ${++this.runs}`;
  }

  @Get('never')
  @NeverCache()
  never(): string {
    return `run ${++this.runs}`;
  }

  @Post('post')
  post(): string {
    return `run ${++this.runs}`;
  }

  @All('all')
  all(): string {
    return `run ${++this.runs}`;
  }

  @Sse('events')
  events(): unknown {
    return of({ data: `run ${++this.runs}` });
  }
}

const site: SiteOptions = { cache: 'pages', timeout: '10m', keyPrefix: 'site' };
const start = (platform = express, options: SiteOptions = site) =>
  startApplication(platform, {
    controllers: [SiteController],
    caches: { default: 'dummy://', pages: 'memory://' },
    clock: new FakeClock(),
    options: { site: options },
  });

describe.each(platforms)('The cache of the site on $name', (platform) => {
  it('keeps the pages of handlers without a rule', async () => {
    const app = await start(platform);
    const first = await app.client.get('/site/plain');
    expect(first.headers).toMatchObject({ 'cache-status': STORED, 'cache-control': 'max-age=600' });
    const hit = await app.client.get('/site/plain');
    expect(hit.headers['cache-status']).toMatch(HIT);
    expect(hit.text).toBe('run 1');
    expect((await app.client.head('/site/plain')).headers['cache-status']).toMatch(HIT);
    await app.close();
  });

  it.each([
    { authorization: 'Basic x' },
    { cookie: 'sid=1' },
    { cookie: '_ga=1; sid=1' },
    { 'x-api-key': 'k' },
    { 'x-auth-token': 't' },
    { 'x-session-id': 's' },
  ])('leaves requests of somebody in particular alone: %j', async (headers) => {
    const app = await start(platform, { ...site, ignoreCookies: ['_ga*'] });
    await app.client.get('/site/plain');
    for (const run of [2, 3]) {
      const answer = await app.client.get('/site/plain', headers);
      expect([answer.text, answer.headers['cache-status']]).toEqual([
        `run ${run}`,
        'nestjs-cache; fwd=bypass',
      ]);
      expect(answer.headers['cache-control']).toBeUndefined();
    }
    expect((await app.client.get('/site/plain')).text).toBe('run 1');
    await app.close();
  });

  it('looks past cookies that no page depends on', async () => {
    const app = await start(platform, { ...site, ignoreCookies: ['_ga*', 'consent'] });
    await app.client.get('/site/plain');
    const answer = await app.client.get('/site/plain', { cookie: '_ga=1; consent=yes; _ga_X=2' });
    expect(answer.headers['cache-status']).toMatch(HIT);
    await app.close();
  });

  it('leaves users alone that a guard found', async () => {
    const app = await start(platform);
    expect((await app.client.get('/site/guarded')).text).toBe('for undefined');
    expect((await app.client.get('/site/guarded', { 'x-who': 'ann' })).text).toContain('ann');
    expect((await app.client.get('/site/guarded', { 'x-who': 'bob' })).text).toContain('bob');
    expect((await app.client.get('/site/guarded')).text).toBe('for undefined');
    await app.close();
  });

  it('tells pages apart by headers that the handler takes', async () => {
    const app = await start(platform);
    for (const language of ['fr', 'de', 'fr', 'de']) {
      const answer = await app.client.get('/site/languages', { 'accept-language': language });
      expect([answer.text, answer.headers['vary']]).toEqual([language, 'accept-language']);
    }
    await app.close();
  });

  it.each(['client', 'wrapped', 'session', 'all-headers', 'out', 'never', 'all'])(
    'leaves handlers alone that ask for it, or for more than the page: %s',
    async (path) => {
      const app = await start(platform);
      const [first, second] = [await app.client.get(`/site/${path}`), await app.client.get(`/site/${path}`)];
      expect(first.status).toBe(200);
      expect(first.headers['cache-status']).toBeUndefined();
      expect(second.text).not.toBe(first.text);
      await app.close();
    },
  );

  it('leaves handlers with a rule to it', async () => {
    const app = await start(platform);
    for (const path of ['own', 'out-but-own']) {
      const { headers } = await app.client.get(`/site/${path}`);
      expect(headers).toMatchObject({ 'cache-control': 'max-age=5' });
    }
    await app.close();
  });

  it('leaves other methods and streams of events alone', async () => {
    const app = await start(platform);
    const post = await app.client.ask('/site/post', { method: 'POST' });
    expect(post.headers['cache-status']).toBeUndefined();
    const events = await app.client.get('/site/events');
    expect(events.headers['content-type']).toContain('text/event-stream');
    expect(events.headers['cache-status']).toBeUndefined();
    await app.close();
  });
});

describe('The options of the cache of the site', () => {
  it.each<[unknown, string]>([
    ['10m', 'CacheModule: site must be an object'],
    [null, 'CacheModule: site must be an object'],
    [{ ttl: 5 }, 'CacheModule: site: unknown option "ttl"'],
    [{ timeout: 'soon' }, 'CacheModule: site: option "timeout" must be'],
    [{ ignoreCookies: 'a' }, 'CacheModule: site: option "ignoreCookies" must be'],
    [{ cache: 'nowhere' }, 'There is no cache "nowhere"'],
  ])('end the start if they are wrong: %j', async (options, words) => {
    await expect(start(express, options as SiteOptions)).rejects.toThrow(words);
  });
});

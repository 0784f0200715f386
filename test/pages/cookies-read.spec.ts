import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Headers, type INestApplication, Req } from '@nestjs/common';
import { CachePage, VaryOnCookie } from '../../lib/index.js';
import { type Platform, platforms } from '../support/platforms.js';
import { HIT, ScriptedApplication, type ScriptRequest } from './scripted-pages.js';

/** What middleware has made of cookies. */
interface WithCookies extends ScriptRequest {
  cookies?: Record<string, string>;
  session?: { name?: string; touched?: number };
}

@Controller('declared')
class DeclaredController {
  runs = 0;

  @Get('named')
  @CachePage(60)
  @VaryOnCookie('lang')
  named(@Headers('cookie') cookie = ''): string {
    return `${/lang=(\w+)/.exec(cookie)?.[1] ?? 'none'} ${++this.runs}`;
  }

  @Get('ignored')
  @CachePage(60, { ignoreCookies: true })
  ignored(@Req() { headers }: ScriptRequest): string {
    return `${headers['cookie'] === 'secret'} ${++this.runs}`;
  }
}

let app: ScriptedApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** Puts something on each request before the handler is found, as middleware does. */
function beforeHandlers(
  nest: INestApplication,
  platform: Platform,
  put: (request: WithCookies) => void,
): void {
  if (platform.name === 'Express') {
    nest.use((request: WithCookies, _response: unknown, next: () => void) => {
      put(request);
      next();
    });
    return;
  }
  const instance: { addHook(name: string, hook: (request: WithCookies) => Promise<void>): void } = nest
    .getHttpAdapter()
    .getInstance();
  instance.addHook('onRequest', async (request) => put(request));
}

describe.each(platforms)('A page that was made with a look at cookies, on $name,', (platform) => {
  const start = async (prepare?: (nest: INestApplication) => void): Promise<ScriptedApplication> => {
    app = await new ScriptedApplication().start(platform, {
      controllers: [DeclaredController],
      ...(prepare && { prepare }),
    });
    return app;
  };
  const ask = async (path: string, cookie?: string): Promise<[string, boolean]> => {
    const { headers, text } = await app!.client.get(path, cookie === undefined ? {} : { cookie });
    return [text, HIT.test(String(headers['cache-status']))];
  };

  it.each<[string, (request: WithCookies) => string | undefined]>([
    ['in the headers', ({ headers }) => headers['cookie']],
    ['in a copy of the headers', ({ headers }) => ({ ...headers })['cookie'] ?? ''],
    [
      'by their name alone',
      ({ headers }) => Object.entries(headers).find(([name]) => name === 'cookie')?.[1] ?? '',
    ],
  ])('is for those with the same ones: %s', async (_where, read) => {
    const { client } = await start();
    const page = app!.page((request) => `cookie: ${read(request)}`);
    for (const hit of [false, true]) {
      expect(await ask(page.path, 'sid=ann')).toEqual(['cookie: sid=ann', hit]);
      expect(await ask(page.path, 'sid=bob')).toEqual(['cookie: sid=bob', hit]);
    }
    expect((await client.get(page.path, { cookie: 'sid=ann' })).headers['vary']).toBe('Cookie');
  });

  it('is kept apart from that of a visitor without any, who came first', async () => {
    await start();
    const page = app!.page(({ headers }) => `hello ${headers['cookie'] ?? 'stranger'}`);
    expect(await ask(page.path)).toEqual(['hello stranger', false]);
    expect(await ask(page.path, 'sid=ann')).toEqual(['hello sid=ann', false]);
    expect(await ask(page.path)).toEqual(['hello stranger', true]);
  });

  it.each<[string, (name: string) => Partial<WithCookies>, (request: WithCookies) => string | undefined]>([
    ['parsed cookies', (name) => ({ cookies: { name } }), ({ cookies }) => cookies?.['name']],
    ['a session', (name) => ({ session: { name } }), ({ session }) => session?.name],
  ])('is for one visitor if it was made of %s', async (_what, put, read) => {
    await start((nest) =>
      beforeHandlers(nest, platform, (request) =>
        Object.assign(request, put(request.headers['cookie'] ?? 'nobody')),
      ),
    );
    const page = app!.page((request) => `hello ${read(request)}`);
    for (const hit of [false, true]) {
      for (const name of ['ann', 'bob']) expect(await ask(page.path, name)).toEqual([`hello ${name}`, hit]);
    }
  });

  it('can be what a handler put there itself', async () => {
    await start((nest) => beforeHandlers(nest, platform, (request) => (request.session = { name: 'old' })));
    const page = app!.page((request) => {
      const visit = request as WithCookies;
      visit.session = { name: 'new' };
      return `hello ${visit.session.name}`;
    });
    expect((await ask(page.path))[0]).toBe('hello new');
  });

  it('is anybody’s if nothing looked at them', async () => {
    await start((nest) => beforeHandlers(nest, platform, (request) => (request.session = { name: 'any' })));
    const page = app!.page(({ headers }) => `hello ${headers['accept'] ?? 'all'}`);
    expect(await ask(page.path, '_ga=1')).toEqual(['hello all', false]);
    expect(await ask(page.path, '_ga=2')).toEqual(['hello all', true]);
    expect(await ask(page.path)).toEqual(['hello all', true]);
  });

  it('is anybody’s if only what sends it looks at the session, as hooks of session stores do', async () => {
    await start((nest) => {
      beforeHandlers(nest, platform, (request) => (request.session = {}));
      const touch = ({ session }: WithCookies): void => void (session && (session.touched = 1));
      if (platform.name === 'Express') {
        nest.use(
          (
            request: WithCookies,
            response: { writeHead: (...given: unknown[]) => unknown },
            next: () => void,
          ) => {
            const { writeHead } = response;
            response.writeHead = (...given) => {
              touch(request);
              return writeHead.apply(response, given);
            };
            next();
          },
        );
      } else {
        const instance: { addHook(name: string, hook: (request: WithCookies) => Promise<void>): void } = nest
          .getHttpAdapter()
          .getInstance();
        instance.addHook('onSend', async (request) => touch(request));
      }
    });
    const page = app!.page(() => 'hello');
    expect(await ask(page.path, 'a=1')).toEqual(['hello', false]);
    expect(await ask(page.path, 'a=2')).toEqual(['hello', true]);
  });

  it('gives each of many at once their own, on a cold page', async () => {
    await start();
    const page = app!.page(async ({ headers }) => {
      await new Promise(setImmediate);
      return `hello ${headers['cookie']}`;
    });
    const names = Array.from({ length: 40 }, (_, index) => `sid=${index % 20}`);
    const answers = await Promise.all(names.map(async (name) => (await ask(page.path, name))[0]));
    expect(answers).toEqual(names.map((name) => `hello ${name}`));
    expect(page.runs).toBeLessThanOrEqual(40);
  });

  it('differs by the named cookie alone where that is declared', async () => {
    await start();
    expect(await ask('/declared/named', 'lang=fr; _ga=1')).toEqual(['fr 1', false]);
    expect(await ask('/declared/named', '_ga=2; lang=fr')).toEqual(['fr 1', true]);
    expect(await ask('/declared/named', 'lang=de')).toEqual(['de 2', false]);
  });

  it('is anybody’s where the page says that cookies change nothing', async () => {
    await start();
    expect(await ask('/declared/ignored', 'a=1')).toEqual(['false 1', false]);
    expect(await ask('/declared/ignored', 'a=2')).toEqual(['false 1', true]);
  });

  it('leaves the headers as they came', async () => {
    const seen: unknown[] = [];
    await start((nest) =>
      beforeHandlers(nest, platform, (request) => {
        queueMicrotask(() => seen.push(request));
      }),
    );
    for (const [cookie, isNamed] of [
      [undefined, 'false'],
      ['a=1', 'true'],
    ] as const) {
      const page = app!.page(({ headers }) => String(Object.keys(headers).includes('cookie')));
      expect(await ask(page.path, cookie)).toEqual([isNamed, false]);
    }
    await new Promise(setImmediate);
    const cookies = (seen as ScriptRequest[]).map(({ headers }) => headers['cookie']);
    expect(cookies).toEqual([undefined, 'a=1']);
  });
});

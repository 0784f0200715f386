import { once } from 'node:events';
import type { Server } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Cookies,
  Get,
  type INestApplication,
  NotFoundException,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { map, type Observable } from 'rxjs';
import { CachePage } from '../../lib/index.js';
import { fastify, type Platform, platforms, type Reply, rawOf } from '../support/platforms.js';
import { HIT, type Script, ScriptedApplication, type ScriptRequest } from './scripted-pages.js';

interface Visit extends ScriptRequest {
  session?: { name?: string | undefined };
  readonly raw?: ScriptRequest;
}

@Controller('watched')
class WatchedController {
  @Get('parameter')
  @CachePage(60)
  parameter(@Cookies('sid') sid = 'nobody'): string {
    return `hello ${sid}`;
  }

  @Get('thrown')
  @CachePage(60, { negative: '30s' })
  thrown(@Req() { headers }: ScriptRequest): never {
    throw new NotFoundException(`nothing for ${headers['cookie']}`);
  }

  @Get('lost')
  @CachePage(60, { negative: '30s' })
  lost(@Req() { headers }: ScriptRequest, @Res({ passthrough: true }) reply: Reply): string {
    reply.status(404);
    return `nothing for ${headers['cookie']}`;
  }

  @Get('unread')
  @CachePage(60, { negative: '30s' })
  unread(): never {
    throw new NotFoundException('nothing for anybody');
  }
}

let app: ScriptedApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** Changes each request before its handler is found. */
function beforeHandlers(nest: INestApplication, platform: Platform, change: (request: Visit) => void): void {
  if (platform.name === 'Express') {
    nest.use((request: Visit, _response: unknown, next: () => void) => {
      change(request);
      next();
    });
    return;
  }
  const instance: { addHook(name: string, hook: (request: Visit) => Promise<void>): void } = nest
    .getHttpAdapter()
    .getInstance();
  instance.addHook('onRequest', async (request) => change(request));
}

const rawRequestOf = (request: Visit): ScriptRequest => request.raw ?? request;

/** Gives each request a session that its prototype has, as plugins of Fastify do. */
function inheritSession(request: Visit, writes: unknown[]): void {
  let session: unknown = { name: request.headers['cookie'] };
  const prototype = Object.create(Object.getPrototypeOf(request) as object, {
    session: {
      configurable: true,
      get: () => session,
      set: (value: unknown) => {
        writes.push(value);
        session = value;
      },
    },
  }) as object;
  Object.setPrototypeOf(request, prototype);
}

describe.each(platforms)('The watch over cookies on $name', (platform) => {
  const start = async (change?: (request: Visit) => void, providers: object[] = []): Promise<void> => {
    app = await new ScriptedApplication().start(platform, {
      controllers: [WatchedController],
      providers: providers as never[],
      ...(change && { prepare: (nest) => beforeHandlers(nest, platform, change) }),
    });
  };
  const ask = async (path: string, name?: string): Promise<[string, boolean]> => {
    const { headers, text } = await app!.client.get(
      path,
      name === undefined ? {} : { cookie: `sid=${name}` },
    );
    return [text, HIT.test(String(headers['cache-status']))];
  };
  /** Each of two visitors gets a page of his own, and has it from the cache the second time. */
  const expectOwn = async (path: string, textFor: (name: string) => string): Promise<void> => {
    for (const hit of [false, true])
      for (const name of ['ann', 'bob']) expect(await ask(path, name)).toEqual([textFor(name), hit]);
  };
  const expectShared = async (path: string, text: string): Promise<void> => {
    expect(await ask(path, 'ann')).toEqual([text, false]);
    expect(await ask(path, 'bob')).toEqual([text, true]);
    expect(await ask(path)).toEqual([text, true]);
  };

  it.each<[string, (request: Visit) => unknown]>([
    ['the headers of Node’s request', (request) => rawRequestOf(request).headers['cookie']],
    [
      'the method of Express for headers, or what Fastify has instead',
      (request) =>
        (request as Visit & { get?: (name: string) => string }).get?.('Cookie') ?? request.headers['cookie'],
    ],
    ['all headers as JSON', ({ headers }) => /sid=\w+/.exec(JSON.stringify(headers))?.[0]],
    [
      'all values of headers',
      ({ headers }) => Object.values(headers).find((value) => value?.startsWith('sid=')),
    ],
    ['a deep copy', ({ headers }) => structuredClone(headers)['cookie']],
    [
      'a header that is taken off after it was read',
      ({ headers }) => {
        const { cookie } = headers;
        delete headers['cookie'];
        return headers['cookie'] ?? cookie;
      },
    ],
  ])('sees a look by way of %s', async (_way, read) => {
    await start();
    const page = app!.page((request) => `hello ${String(read(request))}`);
    await expectOwn(page.path, (name) => `hello sid=${name}`);
  });

  it('sees what Nest gives to handlers as a parameter', async () => {
    await start();
    await expectOwn('/watched/parameter', (name) => `hello ${name}`);
  });

  it('sees a look of a handler that goes on after a while', async () => {
    await start();
    const page = app!.page(async ({ headers }) => {
      await new Promise(setImmediate);
      return `hello ${headers['cookie']}`;
    });
    await expectOwn(page.path, (name) => `hello sid=${name}`);
  });

  it('sees a look of what makes a stream, before the stream is returned', async () => {
    await start();
    const page = app!.page(({ headers }) => {
      const words = ['hello ', headers['cookie'] ?? 'nobody'].map((word) => Buffer.from(word));
      return new StreamableFile(Readable.from(words), { type: 'text/plain' });
    });
    await expectOwn(page.path, (name) => `hello sid=${name}`);
  });

  it('sees a look before the first part of an answer', async () => {
    await start();
    const page = app!.ownPage(async ({ headers }, reply) => {
      const raw = rawOf(reply);
      raw.write(`hello ${headers['cookie']}`);
      await new Promise(setImmediate);
      raw.end('!');
    });
    await expectOwn(page.path, (name) => `hello sid=${name}!`);
  });

  it('sees a look of an interceptor around it, at the value', async () => {
    const outer = {
      intercept: (
        context: { switchToHttp(): { getRequest(): ScriptRequest } },
        next: { handle(): Observable<string> },
      ) =>
        next
          .handle()
          .pipe(map((value) => `${value} ${context.switchToHttp().getRequest().headers['cookie']}`)),
    };
    await start(undefined, [{ provide: APP_INTERCEPTOR, useValue: outer }]);
    const page = app!.page(() => 'hello');
    await expectOwn(page.path, (name) => `hello sid=${name}`);
  });

  describe('over an error that is kept', () => {
    it.each(['thrown', 'lost'])('makes it one visitor’s if it was made with a look: %s', async (how) => {
      await start();
      for (const hit of [false, true]) {
        for (const name of ['ann', 'bob']) {
          const { headers, status, text } = await app!.client.get(`/watched/${how}`, {
            cookie: `sid=${name}`,
          });
          expect([status, HIT.test(String(headers['cache-status']))]).toEqual([404, hit]);
          expect([text.includes(`nothing for sid=${name}`), headers.vary]).toEqual([true, 'Cookie']);
        }
      }
    });

    it('leaves it everybody’s if nothing looked', async () => {
      await start();
      const first = await app!.client.get('/watched/unread', { cookie: 'sid=ann' });
      const second = await app!.client.get('/watched/unread', { cookie: 'sid=bob' });
      expect([first.status, second.status, second.text]).toEqual([404, 404, first.text]);
      expect(second.headers['cache-status']).toMatch(HIT);
      expect(second.headers).not.toHaveProperty('vary');
    });

    it('lets nothing be kept of one that is not, and of which others would see the look', async () => {
      await start();
      const page = app!.page(({ headers }, _reply, run) => {
        if (run === 1) throw new NotFoundException(headers['cookie']);
        return `hello ${headers['cookie']}`;
      });
      expect((await app!.client.get(page.path, { cookie: 'sid=ann' })).status).toBe(404);
      expect(await ask(page.path, 'bob')).toEqual(['hello sid=bob', false]);
      expect(await ask(page.path, 'ann')).toEqual(['hello sid=ann', false]);
    });
  });

  describe('over properties in odd shapes', () => {
    it.each<[string, (request: Visit) => void]>([
      [
        'an accessor',
        (request) => {
          const name = request.headers['cookie'];
          Object.defineProperty(request, 'session', { configurable: true, get: () => ({ name }) });
        },
      ],
      ['an accessor of a prototype', (request) => inheritSession(request, [])],
      [
        'a property that cannot be changed',
        (request) =>
          Object.defineProperty(request, 'session', { value: { name: request.headers['cookie'] } }),
      ],
      [
        'a property that stays, and has a new value',
        (request) =>
          Object.defineProperty(request, 'session', {
            value: { name: request.headers['cookie'] },
            writable: true,
          }),
      ],
    ])('sees a look at %s', async (_shape, change) => {
      await start(change);
      const page = app!.page((request) => `hello ${(request as Visit).session?.name}`);
      await expectOwn(page.path, (name) => `hello sid=${name}`);
    });

    it.each<[string, (request: Visit) => void]>([
      ['a value', (request) => void (request.session = { name: 'x' })],
      [
        'an accessor',
        (request) => Object.defineProperty(request, 'session', { configurable: true, get: () => ({}) }),
      ],
      ['an accessor of a prototype', (request) => inheritSession(request, [])],
    ])('sees none where there is none: %s', async (_shape, change) => {
      await start(change);
      await expectShared(app!.page(() => 'hello').path, 'hello');
    });

    it('takes what it cannot watch for looked at', async () => {
      await start((request) => Object.defineProperty(request, 'session', { value: {} }));
      const page = app!.page(() => 'hello');
      await expectOwn(page.path, () => 'hello');
    });

    it('takes headers that are frozen for looked at', async () => {
      await start((request) => Object.freeze(rawRequestOf(request).headers));
      const page = app!.page(({ headers }) => `hello ${headers['cookie']}`);
      await expectOwn(page.path, (name) => `hello sid=${name}`);
    });

    it('lets a handler put a value in place of one that its prototype has', async () => {
      await start((request) => inheritSession(request, []));
      const page = app!.page((request) => {
        const visit = request as Visit;
        visit.session = { name: `${visit.session?.name} anew` };
        return `hello ${visit.session.name}`;
      });
      await expectOwn(page.path, (name) => `hello sid=${name} anew`);
    });

    it('lets a handler take a session away, as who signs out does', async () => {
      await start((request) => void (request.session = { name: request.headers['cookie'] }));
      const page = app!.page((request) => {
        const isGone = Reflect.deleteProperty(request, 'session');
        return `${isGone} ${(request as Visit).session?.name}`;
      });
      await expectShared(page.path, 'true undefined');
    });

    it('calls a getter that throws when the handler does, and not before', async () => {
      await start((request) =>
        Object.defineProperty(request, 'session', {
          configurable: true,
          get: () => {
            throw new NotFoundException('no session');
          },
        }),
      );
      await expectShared(app!.page(() => 'hello').path, 'hello');
      const page = app!.page((request) => (request as Visit).session?.name);
      expect((await app!.client.get(page.path)).status).toBe(404);
    });
  });
});

describe('The watch over cookies on Fastify', () => {
  it('sees a look at the copies of headers that it makes once a hook has added some', async () => {
    app = await new ScriptedApplication().start(fastify, {
      prepare: (nest) =>
        beforeHandlers(nest, fastify, (request) => Object.assign(request, { headers: { 'x-extra': 'yes' } })),
    });
    const page = app.page(({ headers }) => `hello ${headers['cookie']} ${headers['x-extra']}`);
    for (const hit of [false, true]) {
      for (const cookie of ['sid=ann', 'sid=bob']) {
        const { headers, text } = await app.client.get(page.path, { cookie });
        expect([text, HIT.test(String(headers['cache-status']))]).toEqual([`hello ${cookie} yes`, hit]);
      }
    }
  });
});

describe('The watch over cookies on Fastify over HTTP/2', () => {
  let session: ClientHttp2Session;
  const http2: Platform = { name: 'Fastify', adapter: () => new FastifyAdapter({ http2: true } as object) };

  async function ask(path: string, cookie?: string): Promise<[string, boolean, unknown]> {
    const stream = session.request({ ':path': path, ...(cookie !== undefined && { cookie }) });
    const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
    let text = '';
    for await (const chunk of stream) text += (chunk as Buffer).toString();
    return [text, HIT.test(String(head['cache-status'])), head['vary']];
  }

  it.each<[string, Script, boolean]>([
    ['one that is looked at makes a page its visitor’s', ({ headers }) => `hello ${headers['cookie']}`, true],
    [
      'one that is looked at in Node’s request does, too',
      (request) => `hello ${rawRequestOf(request).headers['cookie']}`,
      true,
    ],
    ['one that is not leaves it everybody’s', () => 'hello', false],
  ])('knows that %s', async (_what, script, isOwn) => {
    let server: Server | undefined;
    app = await new ScriptedApplication().start(http2, {
      prepare: (nest) => void (server = nest.getHttpServer() as Server),
    });
    session = connect(`http://127.0.0.1:${(server!.address() as AddressInfo).port}`);
    const page = app.page(script);
    for (const round of [1, 2]) {
      for (const cookie of ['sid=ann', 'sid=bob; lang=de']) {
        const [text, isHit, vary] = await ask(page.path, cookie);
        expect(text).toBe(isOwn ? `hello ${cookie}` : 'hello');
        expect(vary).toBe(isOwn ? 'Cookie' : undefined);
        expect(isHit).toBe(round === 2 || (!isOwn && cookie !== 'sid=ann'));
      }
    }
    session.close();
    expect(page.runs).toBe(isOwn ? 2 : 1);
  });
});

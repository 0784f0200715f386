import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  NotFoundException,
  RequestTimeoutException,
  ServiceUnavailableException,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { platforms, rawOf, type Reply } from '../support/platforms.js';
import { ScriptedApplication, type ScriptedPage, type ScriptRequest } from './scripted-pages.js';
import { until } from './until.js';

const FRESH = 60;

/** Lets in who shows the password of the house, and knows nobody by it. */
class Door implements CanActivate {
  static passed = 0;

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<ScriptRequest>();
    if (headers.authorization !== 'Bearer house') throw new UnauthorizedException();
    Door.passed++;
    return true;
  }
}

let guardedRuns = 0;

@UseGuards(Door)
@CachePage(FRESH, { staleWhileRevalidate: 30 })
@Controller('guarded')
class GuardedController {
  @Get('public')
  shared(): string {
    return `run ${++guardedRuns}`;
  }
}

describe.each(platforms)('A stale page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(async () => {
    await app.start(platform, {
      controllers: [GuardedController],
      providers: [Door],
      prepare: (nest) =>
        nest.use((request: ScriptRequest, _response: unknown, next: () => void) => {
          onRequest(request);
          next();
        }),
    });
  });
  afterAll(async () => app.close());
  let failing: unknown;
  let onRequest: (request: ScriptRequest) => void = () => {};
  afterEach(() => {
    failing = undefined;
    onRequest = () => {};
  });

  const textOf = async ({ path }: ScriptedPage, headers = {}): Promise<string> =>
    (await app.client.get(path, headers)).text;

  /** Makes a page of the first run, and lets its freshness pass by these seconds. */
  async function staleBy(seconds: number, page: ScriptedPage): Promise<ScriptedPage> {
    expect(await textOf(page)).toBe('run 1');
    app.clock.advance(FRESH + seconds);
    return page;
  }

  const counting = (): ScriptedPage =>
    app.stalePage((_request, _reply, run) => {
      if (failing !== undefined && run > 1) throw failing;
      return `run ${run}`;
    });

  describe('while a new one is computed', () => {
    it('answers, and the next visitor has the new one', async () => {
      const page = await staleBy(10, counting());
      const stale = await app.client.get(page.path);
      expect([stale.text, stale.headers['age']]).toEqual(['run 1', '70']);
      expect(stale.headers['cache-status']).toBe('nestjs-cache; hit; ttl=-10');
      await until(() => page.runs === 2);
      expect(await textOf(page)).toBe('run 2');
    });

    it('is computed anew by handlers that answer by themselves, though nobody is there to be answered', async () => {
      const page = app.stalePage((_request, reply, run) => {
        const raw = rawOf(reply);
        raw.writeHead(200, { 'Content-Type': 'text/plain', 'X-Run': String(run) });
        raw.write('run ');
        raw.end(String(run));
      }, 'stale-own');
      await staleBy(10, page);
      expect(await textOf(page)).toBe('run 1');
      await until(() => page.runs === 2);
      const next = await app.client.get(page.path);
      expect([next.text, next.headers['x-run']]).toEqual(['run 2', '2']);
    });

    it('is computed once, however many ask', async () => {
      const page = await staleBy(10, counting());
      const texts = await Promise.all(Array.from({ length: 100 }, () => textOf(page)));
      expect(texts.every((text) => text === 'run 1' || text === 'run 2')).toBe(true);
      await until(() => page.runs === 2);
      expect(await textOf(page)).toBe('run 2');
      expect(page.runs).toBe(2);
    });

    it.each(["?name='a'", '?f={"a":1}', '?x=/../y', '?q=%2e%2e&r=a|b'])(
      'is computed anew for the very URL that was asked for: %s',
      async (query) => {
        const urls: string[] = [];
        onRequest = ({ originalUrl, url }) => urls.push(originalUrl ?? url);
        const page = counting();
        const ask = async (): Promise<string> => (await app.client.get(page.path + query)).text;
        expect(await ask()).toBe('run 1');
        app.clock.advance(FRESH + 10);
        expect(await ask()).toBe('run 1');
        await until(() => page.runs === 2);
        expect(await ask()).toBe('run 2');
        expect(new Set(urls)).toEqual(new Set([page.path + query]));
      },
    );

    it('waits for the new one when the time is over', async () => {
      const page = await staleBy(30, counting());
      expect(await textOf(page)).toBe('run 2');
    });

    it('does not answer once it has been invalidated', async () => {
      const page = await staleBy(10, counting());
      await app.registry.get('default').clear();
      expect(await textOf(page)).toBe('run 2');
    });

    it('keeps answering where the handler fails meanwhile, which is not tried again at once', async () => {
      const page = await staleBy(10, counting());
      failing = new Error('out of order');
      expect(await textOf(page)).toBe('run 1');
      await until(() => page.runs === 2);
      for (let visitor = 0; visitor < 5; visitor++) expect(await textOf(page)).toBe('run 1');
      expect(page.runs).toBe(2);
      app.clock.advance(10);
      failing = undefined;
      expect(await textOf(page)).toBe('run 1');
      await until(() => page.runs === 3);
      expect(await textOf(page)).toBe('run 3');
    });

    it('is no more for all once the handler says so', async () => {
      const page = app.stalePage((_request, reply, run) => {
        if (run > 1) reply.header('Cache-Control', 'private');
        return `run ${run}`;
      });
      await staleBy(10, page);
      expect(await textOf(page)).toBe('run 1');
      await until(() => page.runs === 2);
      const texts = await Promise.all([textOf(page), textOf(page)]);
      expect(texts.toSorted()).toEqual(['run 3', 'run 4']);
    });

    it('is computed with the cookies that it varies on', async () => {
      const seen: unknown[] = [];
      const page = app.stalePage(({ headers }, _reply, run) => {
        seen.push(headers['cookie']);
        return `run ${run}`;
      });
      await textOf(page, { cookie: 'sid=1' });
      app.clock.advance(FRESH + 10);
      // The page varies on the cookies: this visitor has one of its own.
      expect(await textOf(page, { cookie: 'sid=2' })).toBe('run 2');
      await textOf(page, { cookie: 'sid=1' });
      await until(() => page.runs === 3);
      expect(seen).toEqual(['sid=1', 'sid=2', 'sid=1']);
    });

    it('shows nobody’s cookies to a handler whose page does not vary on them', async () => {
      const seen: string[] = [];
      const page = app.stalePage((_request, _reply, run) => `run ${run}`);
      await app.client.get(page.path, { cookie: 'sid=1' });
      app.clock.advance(FRESH + 10);
      onRequest = ({ headers }) => seen.push(String(headers['cookie']));
      await app.client.get(page.path, { cookie: 'sid=2', 'if-none-match': '"x"', 'x-other': 'kept' });
      await until(() => page.runs === 2);
      expect(seen).toEqual(['sid=2', 'undefined']);
    });

    it('goes through the guards, and is computed by the visitors where these refuse it', async () => {
      const get = async (): Promise<string> =>
        (await app.client.get('/guarded/public', { authorization: 'Bearer house' })).text;
      guardedRuns = 0;
      // Nothing says that the page is for everybody, so it is not kept.
      expect([await get(), await get()]).toEqual(['run 1', 'run 2']);
      expect(Door.passed).toBeGreaterThan(1);
    });
  });

  describe('where the handler fails', () => {
    it.each([
      ['throws any error', new Error('out of order')],
      ['throws one of status 503', new ServiceUnavailableException()],
      ['takes longer than a time limit', new RequestTimeoutException()],
    ])('answers in its place if it %s', async (_how, failure) => {
      const page = await staleBy(100, counting());
      failing = failure;
      const answer = await app.client.get(page.path);
      expect([answer.status, answer.text, answer.headers['age']]).toEqual([200, 'run 1', '160']);
      expect(answer.headers['cache-status']).toMatch(
        /^nestjs-cache; fwd=stale(?:; fwd-status=\d+)?; ttl=-100$/,
      );
    });

    it('answers in the place of an error that the handler writes itself, with nothing of it', async () => {
      const page = app.stalePage((_request, reply, run) => {
        const raw = rawOf(reply);
        raw.writeHead(run === 1 ? 200 : 502, {
          'Content-Type': run === 1 ? 'text/plain' : 'application/json',
          ...(run > 1 && { 'X-Error': 'yes' }),
        });
        raw.end(`run ${run}`);
      }, 'stale-own');
      await staleBy(100, page);
      const answer = await app.client.get(page.path);
      expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
        200,
        'run 1',
        'text/plain',
      ]);
      expect(answer.headers['x-error']).toBeUndefined();
      expect(answer.headers['cache-status']).toBe('nestjs-cache; fwd=stale; fwd-status=502; ttl=-100');
    });

    it('answers in the place of an error status of a returned value', async () => {
      const page = app.stalePage((_request, reply: Reply, run) => {
        if (run > 1) {
          reply.status(500);
          reply.header('X-Error', 'yes');
        }
        return { run };
      });
      await app.client.get(page.path);
      app.clock.advance(FRESH + 100);
      const answer = await app.client.get(page.path);
      expect([answer.status, answer.text]).toEqual([200, '{"run":1}']);
      expect(answer.headers['x-error']).toBeUndefined();
    });

    it('answers all who wait for the handler', async () => {
      const page = await staleBy(100, counting());
      failing = new Error('out of order');
      const texts = await Promise.all(Array.from({ length: 20 }, () => textOf(page)));
      expect(new Set(texts)).toEqual(new Set(['run 1']));
    });

    it('answers HEAD and conditional requests, too', async () => {
      const page = await staleBy(100, counting());
      failing = new Error('out of order');
      const first = await app.client.get(page.path);
      const known = await app.client.get(page.path, { 'if-none-match': first.headers['etag'] });
      expect([known.status, known.text]).toEqual([304, '']);
    });

    it('lets an answer such as 404 through', async () => {
      const page = await staleBy(100, counting());
      failing = new NotFoundException();
      expect((await app.client.get(page.path)).status).toBe(404);
    });

    it('lets the error through when the time is over', async () => {
      const page = await staleBy(120, counting());
      failing = new ServiceUnavailableException();
      expect((await app.client.get(page.path)).status).toBe(503);
    });

    it('lets the error through once it has been invalidated', async () => {
      const page = await staleBy(100, counting());
      failing = new ServiceUnavailableException();
      await app.registry.get('default').clear();
      expect((await app.client.get(page.path)).status).toBe(503);
    });

    it('is replaced as soon as the handler is well again', async () => {
      const page = await staleBy(100, counting());
      failing = new Error('out of order');
      expect(await textOf(page)).toBe('run 1');
      failing = undefined;
      expect(await textOf(page)).toMatch(/^run [23]$/);
    });
  });

  describe('where the handler is slow', () => {
    it('answers after the time limit, and the new one is there when it is', async () => {
      let finish = (): void => {};
      const page = app.stalePage(async (_request, _reply, run) => {
        if (run > 1) await new Promise<void>((resolve) => (finish = resolve));
        return `run ${run}`;
      }, 'soft');
      await staleBy(10, page);
      expect(await textOf(page)).toBe('run 1');
      expect(page.runs).toBe(2);
      expect(await textOf(page)).toBe('run 1');
      finish();
      await until(() => app.client !== undefined);
      let text = '';
      while (text !== 'run 2') text = await textOf(page);
      expect(page.runs).toBe(2);
    });

    it('waits for a handler that is not', async () => {
      const page = app.stalePage((_request, _reply, run) => `run ${run}`, 'soft');
      await staleBy(10, page);
      expect(await textOf(page)).toBe('run 2');
    });
  });
});

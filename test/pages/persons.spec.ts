import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  type NestInterceptor,
  Req,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { CachePage } from '../../lib/index.js';
import { platforms, rawOf } from '../support/platforms.js';
import { HIT, NOT_STORED, ScriptedApplication, type ScriptRequest, STORED } from './scripted-pages.js';

class SignIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ScriptRequest>();
    const name = request.headers['x-name'];
    if (name !== undefined) request.user = { name };
    return name !== 'mallory';
  }
}

class SignInLate implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<ScriptRequest>();
    request.user = { name: request.headers['x-name'] };
    return next.handle();
  }
}

const greet = (request: ScriptRequest): string =>
  `hello ${(request.user as { name?: string } | undefined)?.name ?? 'stranger'}`;

@Controller('guarded')
@CachePage(60)
class GuardedController {
  static runs = 0;

  @UseGuards(SignIn)
  @Get()
  greet(@Req() request: ScriptRequest): string {
    GuardedController.runs++;
    return greet(request);
  }

  @UseInterceptors(SignInLate)
  @Get('late')
  late(@Req() request: ScriptRequest): string {
    return greet(request);
  }
}

/** Names the visitor on Node's request, as middleware of Express does on both platforms. */
function nameVisitors(app: INestApplication): void {
  app.use((request: ScriptRequest, _response: unknown, next: () => void) => {
    const name = request.headers['x-middleware-name'];
    if (name !== undefined) request.user = { name };
    next();
  });
}

/** Sets a cookie as sessions do: when the head of the response is written. */
function startSessions(app: INestApplication): void {
  let sessions = 0;
  app.use((request: ScriptRequest, reply: unknown, next: () => void) => {
    const response = rawOf(reply);
    if (request.headers['x-session'] === 'early') response.setHeader('Set-Cookie', `sid=${++sessions}`);
    if (request.headers['x-session'] === 'late') {
      const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => typeof response;
      response.writeHead = (...given: unknown[]) => {
        response.setHeader('Set-Cookie', `sid=${++sessions}`);
        return writeHead(...given);
      };
    }
    next();
  });
}

describe.each(platforms)('What is meant for one person on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() =>
    app.start(platform, {
      controllers: [GuardedController],
      prepare: (nest) => {
        nameVisitors(nest);
        startSessions(nest);
      },
    }),
  );
  afterAll(() => app.close());

  describe('by Authorization', () => {
    const personal = () => app.page(({ headers }) => `for ${headers['authorization'] ?? 'all'}`);

    it('is neither stored nor taken from the cache', async () => {
      const page = personal();
      expect((await app.client.get(page.path, { authorization: 'ann' })).text).toBe('for ann');
      expect((await app.client.get(page.path, { authorization: 'bob' })).text).toBe('for bob');
      expect((await app.client.get(page.path)).text).toBe('for all');
      expect((await app.client.get(page.path, { authorization: 'bob' })).text).toBe('for bob');
      expect((await app.client.get(page.path)).text).toBe('for all');
      expect(page.runs).toBe(4);
    });

    it('is said to pass the cache by where that has a page for strangers', async () => {
      const page = personal();
      const first = await app.client.get(page.path, { authorization: 'ann' });
      expect(first.headers['cache-status']).toBe(NOT_STORED);
      expect(first.headers['cache-control']).toBeUndefined();
      await app.client.get(page.path);
      const answer = await app.client.get(page.path, { authorization: 'ann' });
      expect(answer.headers['cache-status']).toBe('nestjs-cache; fwd=bypass');
    });

    it('is shared once it says public', async () => {
      const page = app.page((_request, reply) => {
        reply.header('Cache-Control', 'public');
        return 'for everybody';
      });
      expect((await app.client.get(page.path, { authorization: 'ann' })).headers['cache-status']).toBe(
        STORED,
      );
      expect((await app.client.get(page.path, { authorization: 'bob' })).headers['cache-status']).toMatch(
        HIT,
      );
      expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
      expect(page.runs).toBe(1);
    });

    it('is an answer of its own for HEAD, too', async () => {
      const page = app.page((request, reply) => {
        reply.header('X-For', request.headers['authorization'] ?? 'all');
        return 'x';
      });
      await app.client.get(page.path);
      expect((await app.client.head(page.path, { authorization: 'ann' })).headers['x-for']).toBe('ann');
    });
  });

  describe('by a signed-in user', () => {
    it('that a guard found is neither stored nor taken from the cache', async () => {
      GuardedController.runs = 0;
      expect((await app.client.get('/guarded?found', { 'x-name': 'ann' })).text).toBe('hello ann');
      expect((await app.client.get('/guarded?found')).text).toBe('hello stranger');
      expect((await app.client.get('/guarded?found', { 'x-name': 'bob' })).text).toBe('hello bob');
      expect((await app.client.get('/guarded?found')).text).toBe('hello stranger');
      expect(GuardedController.runs).toBe(3);
    });

    it('is still refused by the guard when there is a page', async () => {
      await app.client.get('/guarded');
      const answer = await app.client.get('/guarded', { 'x-name': 'mallory' });
      expect(answer.status).toBe(403);
      expect(answer.text).not.toContain('hello');
    });

    it('that middleware found is neither stored nor taken from the cache', async () => {
      const page = app.page((request) => `hello ${greetName(request)}`);
      for (const name of ['ann', 'bob'])
        expect((await app.client.get(page.path, { 'x-middleware-name': name })).text).toBe(`hello ${name}`);
      expect((await app.client.get(page.path)).text).toBe('hello stranger');
      expect((await app.client.get(page.path, { 'x-middleware-name': 'ann' })).text).toBe('hello ann');
    });

    it('that is found only behind the cache is not stored', async () => {
      for (const name of ['ann', 'bob'])
        expect((await app.client.get('/guarded/late', { 'x-name': name })).text).toBe(`hello ${name}`);
    });

    it('that the handler found is not stored', async () => {
      const page = app.page(async (request) => {
        request.user = { name: request.headers['x-name'] };
        return greet(request);
      });
      for (const name of ['ann', 'bob'])
        expect((await app.client.get(page.path, { 'x-name': name })).text).toBe(`hello ${name}`);
    });
  });

  describe('by a cookie', () => {
    it('that is set is given to one client alone', async () => {
      const page = app.page((_request, reply, run) => {
        reply.header('Set-Cookie', `sid=${run}`);
        return `session ${run}`;
      });
      for (const run of [1, 2]) {
        const answer = await app.client.get(page.path);
        expect([answer.headers['set-cookie'], answer.text]).toEqual([[`sid=${run}`], `session ${run}`]);
      }
    });

    it('stays two where two are set', async () => {
      const page = app.page((_request, reply, run) => {
        reply.header('Set-Cookie', [`a=${run}`, `b=${run}`]);
        return 'x';
      });
      for (const run of [1, 2])
        expect((await app.client.get(page.path)).headers['set-cookie']).toEqual([`a=${run}`, `b=${run}`]);
    });

    it.each(['early', 'late'])('that a session sets %s keeps the page from being stored', async (when) => {
      const page = app.page(() => 'a form with a token');
      for (const run of [1, 2]) {
        const answer = await app.client.get(page.path, { 'x-session': when });
        expect(answer.headers['set-cookie']).toHaveLength(1);
        expect(page.runs).toBe(run);
      }
    });

    it.each(['early', 'late'])(
      'that a session sets %s reaches its client with a page from the cache',
      async (when) => {
        const page = app.page(() => 'the same for all');
        await app.client.get(page.path);
        const hit = await app.client.get(page.path, { 'x-session': when });
        expect(hit.headers['cache-status']).toMatch(HIT);
        expect(hit.headers['set-cookie']).toHaveLength(1);
        expect((await app.client.get(page.path)).headers['set-cookie']).toBeUndefined();
      },
    );

    it('decides where the response says so', async () => {
      const page = app.page(({ headers }, reply) => {
        reply.header('Vary', 'Cookie');
        return `cookie ${headers['cookie'] ?? 'none'}`;
      });
      for (const cookie of ['ann', 'bob', 'ann', 'bob'])
        expect((await app.client.get(page.path, { cookie })).text).toBe(`cookie ${cookie}`);
      expect((await app.client.get(page.path)).text).toBe('cookie none');
      expect(page.runs).toBe(3);
    });
  });
});

/** On Fastify middleware names the visitor on Node's request. */
function greetName(request: ScriptRequest): string {
  const { raw, user } = request as ScriptRequest & { raw?: ScriptRequest };
  return ((user ?? raw?.user) as { name: string } | undefined)?.name ?? 'stranger';
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Scope,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CachePage } from '../../lib/index.js';
import { platforms, type Reply, rawOf } from '../support/platforms.js';
import { HIT, ScriptedApplication, type ScriptRequest } from './scripted-pages.js';

let steps: string[] = [];

/** Lets nobody in whom a request header named after it calls banned. */
function refusing(name: string): new () => CanActivate {
  @Injectable()
  class Refusing implements CanActivate {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      steps.push(name);
      await Promise.resolve();
      return context.switchToHttp().getRequest<ScriptRequest>().headers[`x-${name}`] !== 'banned';
    }
  }
  return Refusing;
}

const OfApplication = refusing('application');
const OfModule = refusing('module');
const OfClass = refusing('class');
const OfMethod = refusing('method');

@Injectable({ scope: Scope.REQUEST })
class PerRequest implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    steps.push('per request');
    if (context.switchToHttp().getRequest<ScriptRequest>().headers['x-scoped'] === 'banned')
      throw new UnauthorizedException();
    return true;
  }
}

/** Lets in, and answers by itself. */
@Injectable()
class Answering implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    if (http.getRequest<ScriptRequest>().headers['x-early'])
      rawOf(http.getResponse<Reply>()).end('by the guard');
    return true;
  }
}

/** Says something for this request alone. */
@Injectable()
class Telling implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const name = http.getRequest<ScriptRequest>().headers['x-quota'];
    if (name !== undefined) http.getResponse<Reply>().header('X-Quota', name);
    return true;
  }
}

@Controller('guarded')
@UseGuards(OfClass)
class GuardedController {
  runs = 0;

  @Get()
  @CachePage(60)
  @UseGuards(OfMethod)
  page(): string {
    return `page ${++this.runs}`;
  }

  @Get('scoped')
  @CachePage(60)
  @UseGuards(PerRequest)
  scoped(): string {
    return `scoped ${++this.runs}`;
  }

  @Get('answered')
  @CachePage(60)
  @UseGuards(Answering)
  answered(): string {
    return 'by the handler';
  }

  @Get('told')
  @CachePage(60)
  @UseGuards(Telling)
  told(): string {
    return 'told';
  }
}

describe.each(platforms)('Guards of a page that is in the cache on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() =>
    app.start(platform, {
      controllers: [GuardedController],
      providers: [{ provide: APP_GUARD, useClass: OfModule }],
      prepare: (nest) => nest.useGlobalGuards(new OfApplication()),
    }),
  );
  afterAll(() => app.close());
  beforeEach(async () => {
    await app.client.get('/guarded');
    steps = [];
  });

  it('run before a hit, all of them and in their order', async () => {
    const hit = await app.client.get('/guarded');
    expect([hit.text, steps.toSorted()]).toEqual(['page 1', ['application', 'class', 'method', 'module']]);
    expect(steps.slice(-2)).toEqual(['class', 'method']);
    expect(hit.headers['cache-status']).toMatch(HIT);
  });

  it.each(['application', 'module', 'class', 'method'])('refuse it: the one of the %s', async (name) => {
    const { etag } = (await app.client.get('/guarded')).headers;
    for (const headers of [{}, { 'if-none-match': '*' }]) {
      const answer = await app.client.get('/guarded', { ...headers, [`x-${name}`]: 'banned' });
      expect([answer.status, answer.text.includes('page')]).toEqual([403, false]);
      expect(answer.headers).not.toHaveProperty('cache-status');
      expect(answer.headers).not.toHaveProperty('age');
      expect(answer.headers.etag).not.toBe(etag);
    }
    const hit = await app.client.get('/guarded');
    expect([hit.status, hit.text]).toEqual([200, 'page 1']);
  });

  it('refuse it to HEAD, too', async () => {
    expect((await app.client.head('/guarded', { 'x-method': 'banned' })).status).toBe(403);
  });

  it('that are made per request refuse it with an error of their own', async () => {
    const first = (await app.client.get('/guarded/scoped')).text;
    expect((await app.client.get('/guarded/scoped', { 'x-scoped': 'banned' })).status).toBe(401);
    const hit = await app.client.get('/guarded/scoped');
    expect(hit.text).toBe(first);
    expect(hit.headers['cache-status']).toMatch(HIT);
  });

  it('that answer by themselves are not answered over', async () => {
    await app.client.get('/guarded/answered');
    expect((await app.client.get('/guarded/answered', { 'x-early': 'yes' })).text).toBe('by the guard');
    expect((await app.client.get('/guarded/answered')).text).toBe('by the handler');
  });

  it('say what they say for this request, on a hit as well', async () => {
    await app.client.get('/guarded/told', { 'x-quota': '9' });
    const hit = await app.client.get('/guarded/told', { 'x-quota': '8' });
    expect([hit.headers['x-quota'], HIT.test(String(hit.headers['cache-status']))]).toEqual(['8', true]);
    expect((await app.client.get('/guarded/told')).headers).not.toHaveProperty('x-quota');
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  Injectable,
  type NestInterceptor,
  Param,
  Post,
  Scope,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { CachePage, CacheTags, InvalidateTags } from '../../lib/index.js';
import { CachePageInterceptor } from '../../lib/pages/cache-page.interceptor.js';
import {
  type ApplicationParts,
  platforms,
  type RunningApplication,
  startApplication,
} from '../support/platforms.js';
import { HIT } from './scripted-pages.js';

let steps: string[] = [];

/** Notes when it is entered and when it has seen a value, and marks the value. */
function marking(name: string): new () => NestInterceptor {
  @Injectable()
  class Marking implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      steps.push(name);
      return next.handle().pipe(map((value) => (value === undefined ? value : `${name}(${String(value)})`)));
    }
  }
  return Marking;
}

const OfClass = marking('class');
const OfMethod = marking('method');
const OfApplication = marking('application');
const OfModule = marking('module');

@Injectable({ scope: Scope.REQUEST })
class PerRequest implements NestInterceptor {
  static made = 0;
  readonly #number = ++PerRequest.made;

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    steps.push(`request ${this.#number}`);
    return next.handle().pipe(map((value) => `request ${this.#number}(${String(value)})`));
  }
}

@Controller('films')
class FilmsController {
  runs = 0;

  @Get('plain')
  plain(): string {
    return `plain ${++this.runs}`;
  }

  @Get('kept')
  @CachePage(60)
  kept(): string {
    return `kept ${++this.runs}`;
  }

  @Get('tagged/:id')
  @CachePage(60)
  @CacheTags('film')
  tagged(@Param('id') id: string): string {
    return `film ${id} ${++this.runs}`;
  }

  @Post('edit')
  @InvalidateTags('film')
  edit(): string {
    return 'done';
  }

  @Get('unless')
  @CachePage(60, { unless: (request) => 'fresh' in request.query })
  unless(): string {
    return `unless ${++this.runs}`;
  }
}

@Controller('marked')
@UseInterceptors(OfClass)
class MarkedController {
  @Get('kept')
  @CachePage(60)
  @UseInterceptors(OfMethod)
  kept(): string {
    return 'kept';
  }

  @Get('plain')
  @UseInterceptors(OfMethod)
  plain(): string {
    return 'plain';
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  static made = 0;
  readonly #number = ++ScopedController.made;

  @Get('kept')
  @CachePage(60)
  @Header('X-Kind', 'film')
  kept(): string {
    return `made ${this.#number}`;
  }

  @Get('plain')
  plain(): string {
    return `made ${this.#number}`;
  }
}

@Controller('inner')
class ScopedInnerController {
  @Get('kept')
  @CachePage(60)
  @UseInterceptors(PerRequest)
  kept(): string {
    return 'kept';
  }
}

const entered = jest.spyOn(CachePageInterceptor.prototype, 'intercept');

let running: RunningApplication | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe.each(platforms)('The place of the page cache among interceptors on $name', (platform) => {
  const start = async (parts: ApplicationParts = {}): Promise<void> => {
    running = await startApplication(platform, {
      controllers: [FilmsController, MarkedController, ScopedController, ScopedInnerController],
      ...parts,
    });
    steps = [];
    entered.mockClear();
    ScopedController.made = 0;
    PerRequest.made = 0;
  };
  const get = (path: string) => running!.client.get(path);
  const isHit = (answer: Awaited<ReturnType<typeof get>>): boolean =>
    HIT.test(String(answer.headers['cache-status']));

  it('is nowhere at a handler without a rule', async () => {
    await start();
    for (const run of [1, 2]) expect((await get('/films/plain')).text).toBe(`plain ${run}`);
    expect(entered).not.toHaveBeenCalled();
  });

  it('is entered for misses, and not for hits', async () => {
    await start();
    for (const count of [1, 1, 1]) {
      expect((await get('/films/kept')).text).toBe('kept 1');
      expect(entered).toHaveBeenCalledTimes(count);
    }
  });

  it('is nowhere for a request that is none of its business', async () => {
    await start();
    for (const run of [1, 2]) expect((await get('/films/unless?fresh')).text).toBe(`unless ${run}`);
    expect(entered).not.toHaveBeenCalled();
    expect((await get('/films/unless')).text).toBe('unless 3');
    expect(entered).toHaveBeenCalledTimes(1);
  });

  it('is entered where a decorator asks for more than a page', async () => {
    await start();
    expect((await get('/films/tagged/5')).text).toBe('film 5 1');
    expect((await running!.client.ask('/films/edit', { method: 'POST' })).text).toBe('done');
    expect((await get('/films/tagged/5')).text).toBe('film 5 2');
    expect(entered).toHaveBeenCalledTimes(3);
  });

  it('is outside of those of class and method, which do not run on hits', async () => {
    await start();
    const miss = await get('/marked/kept');
    expect(steps).toEqual(['class', 'method']);
    const hit = await get('/marked/kept');
    expect([miss.text, hit.text, isHit(hit)]).toEqual(['class(method(kept))', 'class(method(kept))', true]);
    expect(steps).toEqual(['class', 'method']);
  });

  it('leaves those of a handler without a rule to it', async () => {
    await start();
    for (let count = 0; count < 2; count++)
      expect((await get('/marked/plain')).text).toBe('class(method(plain))');
    expect(steps).toEqual(['class', 'method', 'class', 'method']);
  });

  it('is inside of one of the application, which runs on hits and has its work kept', async () => {
    await start({ providers: [{ provide: APP_INTERCEPTOR, useClass: OfModule }] });
    const text = 'module(class(method(kept)))';
    expect((await get('/marked/kept')).text).toBe(text);
    steps = [];
    const hit = await get('/marked/kept');
    expect([hit.text, isHit(hit), steps]).toEqual([text, true, ['module']]);
    expect(entered).toHaveBeenCalledTimes(2);
  });

  it('is between one of the application’s module and one of useGlobalInterceptors', async () => {
    await start({
      providers: [{ provide: APP_INTERCEPTOR, useClass: OfModule }],
      prepare: (app) => app.useGlobalInterceptors(new OfApplication()),
    });
    const text = 'module(application(class(method(kept))))';
    expect((await get('/marked/kept')).text).toBe(text);
    expect(steps).toEqual(['module', 'application', 'class', 'method']);
    steps = [];
    expect((await get('/marked/kept')).text).toBe(text);
    expect(steps).toEqual(['module']);
  });

  it('leaves those around it at a handler without a rule, and is not among them', async () => {
    await start({
      providers: [{ provide: APP_INTERCEPTOR, useClass: OfModule }],
      prepare: (app) => app.useGlobalInterceptors(new OfApplication()),
    });
    expect((await get('/films/plain')).text).toBe('module(application(plain 1))');
    expect([entered.mock.calls.length, steps]).toEqual([0, ['module', 'application']]);
  });

  it('answers hits of a controller per request, which Nest makes anew all the same', async () => {
    await start();
    expect((await get('/scoped/kept')).text).toBe('made 1');
    for (let count = 0; count < 2; count++) {
      const hit = await get('/scoped/kept');
      expect([hit.text, hit.headers['x-kind'], isHit(hit)]).toEqual(['made 1', 'film', true]);
    }
    expect(entered).toHaveBeenCalledTimes(1);
    expect((await get('/scoped/plain')).text).toBe('made 4');
    expect(entered).toHaveBeenCalledTimes(1);
  });

  it('is outside of one per request at a handler', async () => {
    await start();
    for (const hit of [false, true]) {
      const answer = await get('/inner/kept');
      expect([answer.text, isHit(answer)]).toEqual(['request 1(kept)', hit]);
    }
    expect(steps).toEqual(['request 1']);
  });

  it('is outside of one of the application per request: Nest puts those behind all others', async () => {
    await start({ providers: [{ provide: APP_INTERCEPTOR, useClass: PerRequest }] });
    for (const hit of [false, true]) {
      const answer = await get('/films/kept');
      expect([answer.text, isHit(answer)]).toEqual(['request 1(kept 1)', hit]);
    }
    expect(steps).toEqual(['request 1']);
    // Everything around such an interceptor is made anew, the controller too.
    expect((await get('/films/plain')).text).toMatch(/^request \d\(plain 1\)$/);
    expect(entered).toHaveBeenCalledTimes(1);
  });
});

import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  RequestTimeoutException,
  Catch,
  type ArgumentsHost,
  type ExceptionFilter,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import {
  catchError,
  finalize,
  firstValueFrom,
  from,
  map,
  of,
  switchMap,
  tap,
  throwError,
  timeout,
  type Observable,
} from 'rxjs';
import { CachePage } from '../../lib/index.js';
import { platforms, type Reply, rawOf } from '../support/platforms.js';
import { HIT, ScriptedApplication, STORED } from './scripted-pages.js';

/** Leaves out what is marked as secret, as a serialising interceptor does. */
@Injectable()
class HideSecrets implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => (value instanceof Account ? { name: value.name } : value)));
  }
}

class Account {
  constructor(
    readonly name: string,
    readonly password: string,
  ) {}
}

@CachePage(60)
@Controller('accounts')
class AccountsController {
  static runs = 0;

  @Get('global')
  global(): Account {
    AccountsController.runs++;
    return new Account('ann', 'secret');
  }

  @UseInterceptors(HideSecrets)
  @Get('method')
  method(): Account {
    return this.global();
  }
}

/** An interceptor around the page cache that a test writes. */
class Outer implements NestInterceptor {
  wrap: (
    values: Observable<unknown>,
    context: ExecutionContext,
  ) => Observable<unknown> | Promise<Observable<unknown>> = (values) => values;

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    return this.wrap(next.handle(), context);
  }
}

/** Answers every error with 200. */
@Catch()
class EverythingIsFine implements ExceptionFilter {
  static caught = 0;

  catch(error: Error, host: ArgumentsHost): void {
    EverythingIsFine.caught++;
    const reply = host.switchToHttp().getResponse<Reply>();
    reply.status(200);
    reply.send({ error: error.message });
  }
}

describe.each(platforms)('A serialising interceptor on $name', (platform) => {
  it.each([
    ['of the method', 'method', [], []],
    [
      'of the application, around the cache',
      'global',
      [{ provide: APP_INTERCEPTOR, useClass: HideSecrets }],
      [],
    ],
    ['of the application, within the cache', 'global', [], [new HideSecrets()]],
  ])('has done its work on what the cache keeps: %s', async (_name, path, providers, interceptors) => {
    const app = await new ScriptedApplication().start(platform, {
      controllers: [AccountsController],
      providers,
      prepare: (nest) => nest.useGlobalInterceptors(...interceptors),
    });
    AccountsController.runs = 0;
    for (const status of [STORED, expect.stringMatching(HIT)]) {
      const answer = await app.client.get(`/accounts/${path}`);
      expect(answer.headers['cache-status']).toEqual(status);
      expect(answer.text).toBe('{"name":"ann"}');
    }
    await app.close();
    expect(AccountsController.runs).toBe(1);
  });
});

describe.each(platforms)('An interceptor around the page cache on $name', (platform) => {
  const app = new ScriptedApplication();
  const outer = new Outer();
  beforeAll(() => app.start(platform, { providers: [{ provide: APP_INTERCEPTOR, useValue: outer }] }));
  afterAll(() => app.close());
  beforeEach(() => void (outer.wrap = (values) => values));

  it('that maps the value has its work kept, and sees no value on hits', async () => {
    const seen: unknown[] = [];
    outer.wrap = (values) =>
      values.pipe(
        map((data) => {
          seen.push(data);
          return { data };
        }),
      );
    const page = app.page(() => ({ film: 'Alien' }));
    for (let count = 0; count < 3; count++)
      expect((await app.client.get(page.path)).text).toBe('{"data":{"film":"Alien"}}');
    expect(seen).toEqual([{ film: 'Alien' }, undefined, undefined]);
    expect(page.runs).toBe(1);
  });

  it('completes on hits', async () => {
    const events: string[] = [];
    outer.wrap = (values) =>
      values.pipe(
        tap({
          next: () => events.push('next'),
          complete: () => events.push('complete'),
          error: () => events.push('error'),
        }),
        finalize(() => events.push('final')),
      );
    const page = app.page(() => 'x');
    await app.client.get(page.path);
    events.length = 0;
    await app.client.get(page.path);
    expect(events).toEqual(['next', 'complete', 'final']);
  });

  it('that sets a time limit is not struck by it on hits', async () => {
    outer.wrap = (values) => values.pipe(timeout(5000));
    const page = app.page(() => 'x');
    await app.client.get(page.path);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  });

  it('that gives up on the handler keeps a late answer from being stored', async () => {
    const late = new EventEmitter();
    outer.wrap = (values) =>
      values.pipe(
        timeout(5),
        catchError(() => throwError(() => new RequestTimeoutException())),
      );
    const page = app.page((_request, _reply, run) => (run === 1 ? once(late, 'answer') : 'in time'));
    expect((await app.client.get(page.path)).status).toBe(408);
    late.emit('answer', 'late');
    expect((await app.client.get(page.path)).text).toBe('in time');
  });

  it.each([
    [
      'synchronously',
      (values: Observable<unknown>) => values.pipe(map((value) => (value as { film: string }).film.length)),
    ],
    [
      'after a while',
      (values: Observable<unknown>) =>
        values.pipe(switchMap(async (value) => (value as { film: string }).film.length)),
    ],
  ])('that cannot do without a value fails in vain on hits, %s', async (_name, wrap) => {
    outer.wrap = wrap;
    const page = app.page(() => ({ film: 'Alien' }));
    const miss = await app.client.get(page.path);
    for (let count = 0; count < 3; count++) {
      const hit = await app.client.get(page.path);
      expect([hit.status, hit.text]).toEqual([200, miss.text]);
      expect(hit.headers['cache-status']).toMatch(HIT);
    }
    expect(page.runs).toBe(1);
  });

  it('that sets headers after the handler has them kept, and does no harm on hits', async () => {
    const errors: unknown[] = [];
    let count = 0;
    outer.wrap = (values, context) =>
      values.pipe(
        tap({
          next: () => {
            const reply = context.switchToHttp().getResponse<Reply>();
            reply.header('X-Count', ++count);
            rawOf(reply).setHeader('X-Raw-Count', count);
          },
          error: (error) => errors.push(error),
        }),
        catchError((error: unknown) => {
          errors.push(error);
          return throwError(() => error);
        }),
      );
    const page = app.page(() => 'x');
    await app.client.get(page.path);
    const hit = await app.client.get(page.path);
    expect(hit.headers).toMatchObject({ 'x-count': '1', 'x-raw-count': '1' });
    expect([count, errors]).toEqual([2, []]);
  });

  it('that sets headers before the handler sets them anew on hits', async () => {
    let count = 0;
    outer.wrap = (values, context) => {
      context.switchToHttp().getResponse<Reply>().header('X-Count', ++count);
      return values;
    };
    const page = app.page(() => 'x');
    await app.client.get(page.path);
    expect((await app.client.get(page.path)).headers['x-count']).toBe('2');
  });

  it('that replaces the answer of the handler has its own kept', async () => {
    outer.wrap = (values) => values.pipe(switchMap(() => from([{ replaced: true }])));
    const page = app.page(() => 'x');
    for (let count = 0; count < 2; count++)
      expect((await app.client.get(page.path)).text).toBe('{"replaced":true}');
    expect(page.runs).toBe(1);
  });

  it('that does not call the handler answers as without a cache', async () => {
    outer.wrap = () => of('closed today');
    const page = app.page(() => 'x');
    const answer = await app.client.get(page.path);
    expect([answer.text, answer.headers['cache-status'], page.runs]).toEqual(['closed today', undefined, 0]);
  });

  it('that stops listening after the first value keeps the page from being stored, since errors look alike', async () => {
    outer.wrap = async (values) => of(await firstValueFrom(values));
    const page = app.page(() => 'x');
    for (const run of [1, 2]) {
      expect((await app.client.get(page.path)).text).toBe('x');
      expect(page.runs).toBe(run);
    }
  });
});

describe.each(platforms)('A filter on $name that answers everything with 200', (platform) => {
  const app = new ScriptedApplication();
  const outer = new Outer();
  beforeAll(() =>
    app.start(platform, {
      providers: [{ provide: APP_INTERCEPTOR, useValue: outer }],
      prepare: (nest) => nest.useGlobalFilters(new EverythingIsFine()),
    }),
  );
  afterAll(() => app.close());

  it('has no error of an interceptor around the cache stored', async () => {
    outer.wrap = (values) => values.pipe(map((value) => (value as { film: string }).film.length));
    const page = app.page(() => 'no film');
    for (const run of [1, 2]) {
      expect((await app.client.get(page.path)).text).toContain('error');
      expect(page.runs).toBe(run);
    }
  });

  it('does not disturb a hit by an error of such an interceptor', async () => {
    outer.wrap = (values) => values;
    const page = app.page(() => ({ film: 'Alien' }));
    await app.client.get(page.path);
    outer.wrap = (values) => values.pipe(map((value) => (value as { film: string }).film));
    EverythingIsFine.caught = 0;
    const hit = await app.client.get(page.path);
    expect([hit.text, EverythingIsFine.caught]).toEqual(['{"film":"Alien"}', 1]);
  });
});

describe.each(platforms)('An interceptor of useGlobalInterceptors on $name', (platform) => {
  it('is within the cache: it has its work kept and does not run on hits', async () => {
    const inner = new Outer();
    let count = 0;
    inner.wrap = (values) =>
      values.pipe(
        map((data) => ({ data, count: ++count })),
        timeout(5000),
      );
    const app = await new ScriptedApplication().start(platform, {
      prepare: (nest) => nest.useGlobalInterceptors(inner),
    });
    const page = app.page(() => 'x');
    for (let asked = 0; asked < 2; asked++)
      expect((await app.client.get(page.path)).text).toBe('{"data":"x","count":1}');
    await app.close();
  });
});

/** Writes an error to Node's response, whatever became of it. */
@Catch()
class Blunt implements ExceptionFilter {
  catch(_error: Error, host: ArgumentsHost): void {
    const raw = rawOf(host.switchToHttp().getResponse());
    raw.statusCode = 500;
    raw.setHeader('Content-Type', 'text/plain');
    raw.write('an ');
    raw.end('error');
  }
}

describe.each(platforms)('A filter on $name that writes to a response that has been sent', (platform) => {
  it('does not end the process', async () => {
    const outer = new Outer();
    const app = await new ScriptedApplication().start(platform, {
      providers: [{ provide: APP_INTERCEPTOR, useValue: outer }],
      prepare: (nest) => nest.useGlobalFilters(new Blunt()),
    });
    const page = app.page(() => 'x');
    await app.client.get(page.path);
    outer.wrap = (values) =>
      values.pipe(
        map(() => {
          throw new Error('too late');
        }),
      );
    for (let count = 0; count < 3; count++) expect((await app.client.get(page.path)).text).toBe('x');
    await app.close();
  });
});

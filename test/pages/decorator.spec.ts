import { describe, expect, it } from '@jest/globals';
import { type CallHandler, Controller, Get } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { lastValueFrom, of } from 'rxjs';
import { CachePage, type CachePageOptions, openCaches, type Timeout } from '../../lib/index.js';
import { EarlyAnswers } from '../../lib/pages/early/early-answers.js';
import { PageRefresher } from '../../lib/pages/detached/page-refresher.js';
import { CachePageInterceptor } from '../../lib/pages/cache-page.interceptor.js';
import { pageRuleFor } from '../../lib/pages/cache-page.decorator.js';
import { PagePlans } from '../../lib/pages/rules/page-plans.js';
import { pageHeadersOf } from '../../lib/pages/rules/pages-options.js';
import { FakeClock } from '../support/fake-clock.js';
import { express, platforms, startApplication } from '../support/platforms.js';
import { HIT, STORED } from './scripted-pages.js';

describe('@CachePage', () => {
  it.each<[unknown, string]>([
    ['', 'must be a number of seconds, text with a unit'],
    ['soon', "got 'soon'"],
    ['15 m', "got '15 m'"],
    [Number.NaN, 'got NaN'],
    [Number.POSITIVE_INFINITY, 'got Infinity'],
    [true, 'got true'],
    [[], 'the timeout of @CachePage'],
    ['999999999d', 'before the year 275760'],
  ])('refuses the timeout %p when the class is loaded', (timeout, words) => {
    expect(() => CachePage(timeout as Timeout)).toThrow(words);
    expect(() => CachePage(timeout as Timeout)).toThrow(
      expect.objectContaining({ code: 'CACHE_INVALID_TIMEOUT' }),
    );
  });

  it.each<[object, string]>([
    [{ cach: 'pages' }, '@CachePage: unknown option "cach". Did you mean "cache"?'],
    [{ cache: 5 }, '@CachePage: option "cache" must be text; got 5'],
    [{ keyPrefix: 5 }, '@CachePage: option "keyPrefix" must be text; got 5'],
    [{ bodyLimit: -1 }, '@CachePage: option "bodyLimit" must be'],
    [{ bodyLimit: '1 mile' }, '@CachePage: option "bodyLimit" must be'],
  ])('refuses the options %j when the class is loaded', (options, words) => {
    expect(() => CachePage(60, options as CachePageOptions)).toThrow(words);
  });

  it('takes options that are undefined for not given', () => {
    expect(() =>
      CachePage(60, { cache: undefined, keyPrefix: undefined, bodyLimit: undefined }),
    ).not.toThrow();
  });

  it('ends the start of the application when it names an unknown cache', async () => {
    @Controller()
    class LostController {
      @Get()
      @CachePage(60, { cache: 'pagse' })
      page(): string {
        return 'x';
      }
    }
    const start = startApplication(express, {
      controllers: [LostController],
      caches: { default: 'memory://', pages: 'memory://' },
    });
    await expect(start).rejects.toThrow('There is no cache "pagse". Configured caches: "default", "pages".');
  });
});

@CachePage('1m', { cache: 'pages', keyPrefix: 'class', bodyLimit: 100 })
@Controller('merged')
class MergedController {
  @Get('class')
  ofClass(): string {
    return 'x';
  }

  @CachePage(5)
  @Get('method')
  ofMethod(): string {
    return 'x';
  }

  @Get('options')
  @CachePage(undefined, { keyPrefix: 'method' })
  ofOptions(): string {
    return 'x';
  }

  @Get('null')
  @CachePage(null)
  forEver(): string {
    return 'x';
  }

  @CachePage(0)
  @Get('never')
  never(): string {
    return 'x';
  }
}

class InheritingController extends MergedController {}

describe('@CachePage on a class and a method', () => {
  const ofClass = { timeout: 60_000, cache: 'pages', keyPrefix: 'class', bodyLimit: 100 };
  it.each<[keyof MergedController, object]>([
    ['ofClass', {}],
    ['ofMethod', { timeout: 5000 }],
    ['ofOptions', { keyPrefix: 'method' }],
    ['forEver', { timeout: null }],
    ['never', { timeout: 0 }],
  ])('merges option by option, and the method wins: %s', (method, differing) => {
    for (const controller of [MergedController, InheritingController])
      expect(pageRuleFor(controller, MergedController.prototype[method])).toEqual({
        ...ofClass,
        ...differing,
      });
  });

  it('is nothing where neither has it', () => {
    class Plain {
      page(): void {}
    }
    expect(pageRuleFor(Plain, Plain.prototype.page)).toBeUndefined();
  });

  it.each(platforms)('holds on $name whatever stands first', async (platform) => {
    const app = await startApplication(platform, {
      controllers: [MergedController],
      caches: { default: 'dummy://', pages: 'memory://' },
      clock: new FakeClock(),
    });
    for (const [path, maxAge] of [
      ['class', 60],
      ['method', 5],
      ['options', 60],
    ] as const) {
      const miss = await app.client.get(`/merged/${path}`);
      expect(miss.headers).toMatchObject({ 'cache-control': `max-age=${maxAge}`, 'cache-status': STORED });
      expect((await app.client.get(`/merged/${path}`)).headers['cache-status']).toMatch(HIT);
    }
    expect((await app.client.get('/merged/never')).headers['cache-control']).toBe('max-age=0');
    await app.close();
  });
});

describe.each(platforms)('A key prefix on $name', (platform) => {
  it('may be of whatever text', async () => {
    const prefixes = ['', 'a', 'a b', 'ü\n', 'x'.repeat(500), '\ud800'];
    const controllers = prefixes.map((keyPrefix, index) => {
      @Controller(`prefixed${index}`)
      class PrefixedController {
        @Get()
        @CachePage(60, { keyPrefix })
        page(): number {
          return index;
        }
      }
      return PrefixedController;
    });
    const app = await startApplication(platform, { controllers });
    for (let round = 0; round < 2; round++) {
      for (const index of prefixes.keys()) {
        const answer = await app.client.get(`/prefixed${index}`);
        expect([answer.status, answer.text]).toEqual([200, String(index)]);
        expect(answer.headers['cache-status']).toMatch(round === 0 ? STORED : HIT);
      }
    }
    await app.close();
  });
});

describe('A context that is not HTTP', () => {
  @CachePage(60)
  class Handlers {
    handle(): void {}
  }

  it.each(['rpc', 'ws', 'graphql'])('passes through untouched: %s', async (type) => {
    const registry = await openCaches(undefined, { warn: () => {} });
    const plans = new PagePlans(registry, { headers: pageHeadersOf() });
    const interceptor = new CachePageInterceptor(
      plans,
      new ModulesContainer(),
      new PageRefresher(new HttpAdapterHost()),
      new EarlyAnswers(registry.events),
    );
    const context = new ExecutionContextHost([{}, {}], Handlers, Handlers.prototype.handle);
    context.setType(type);
    let runs = 0;
    const next: CallHandler = { handle: () => of(++runs) };
    for (const run of [1, 2]) {
      const values = await interceptor.intercept(context, next);
      expect(await lastValueFrom(values)).toBe(run);
    }
    await registry.closeAll();
  });
});

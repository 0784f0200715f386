import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  type INestApplication,
  type NestInterceptor,
  type Provider,
} from '@nestjs/common';
import {
  type AbstractHttpAdapter,
  APP_INTERCEPTOR,
  ExternalContextCreator,
  HttpAdapterHost,
  ModulesContainer,
  NestFactory,
} from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { openCaches } from '../../lib/cache/cache-registry.js';
import { CachePage } from '../../lib/index.js';
import { EarlyAnswers } from '../../lib/pages/early/early-answers.js';
import { PageRefresher } from '../../lib/pages/detached/page-refresher.js';
import { CachePageInterceptor } from '../../lib/pages/cache-page.interceptor.js';
import {
  letAnswerFirst,
  placeInterceptor,
  type SelectiveInterceptor,
} from '../../lib/pages/interceptor-place.js';
import { PagePlans } from '../../lib/pages/rules/page-plans.js';
import { pageHeadersOf } from '../../lib/pages/rules/pages-options.js';
import { HttpClient } from '../support/http-client.js';
import { type Platform, platforms, startApplication } from '../support/platforms.js';
import { HIT } from './scripted-pages.js';

@Controller('films')
class FilmsController {
  runs = 0;

  @Get()
  @CachePage(60)
  films(): string {
    return `run ${++this.runs}`;
  }
}

class Exclaim implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => `${String(value)}!`));
  }
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Starts an application of Nest that has no CacheModule. */
async function startWithoutModule(
  platform: Platform,
  providers: Provider[] = [],
): Promise<{ app: INestApplication; client: HttpClient }> {
  const module: DynamicModule = { module: class {}, controllers: [FilmsController], providers };
  const app = await NestFactory.create<INestApplication>(module, platform.adapter(), { logger: false });
  closing.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { app, client: new HttpClient(port) };
}

async function startWithModule(platform: Platform): Promise<HttpClient> {
  const { client, close } = await startApplication(platform, { controllers: [FilmsController] });
  closing.push(close);
  return client;
}

const textsOf = async (client: HttpClient, times: number): Promise<string[]> => {
  const texts: string[] = [];
  for (let count = 0; count < times; count++) texts.push((await client.get('/films')).text);
  return texts;
};

describe.each(platforms)('An application on $name in a process with others', (platform) => {
  it('has no pages without the module, whether it starts before or after one that has it', async () => {
    const before = await startWithoutModule(platform);
    const cached = await startWithModule(platform);
    const after = await startWithoutModule(platform);
    for (const { client } of [before, after]) {
      expect(await textsOf(client, 2)).toEqual(['run 1', 'run 2']);
      expect((await client.get('/films')).headers).not.toHaveProperty('cache-status');
    }
    expect(await textsOf(cached, 3)).toEqual(['run 1', 'run 1', 'run 1']);
  });

  it('keeps its own interceptors without the module', async () => {
    await startWithModule(platform);
    const { client } = await startWithoutModule(platform, [{ provide: APP_INTERCEPTOR, useClass: Exclaim }]);
    expect(await textsOf(client, 2)).toEqual(['run 1!', 'run 2!']);
  });

  it('has pages of its own, beside another with the module', async () => {
    const [one, other] = [await startWithModule(platform), await startWithModule(platform)];
    expect(await textsOf(one, 2)).toEqual(['run 1', 'run 1']);
    const first = await other.get('/films');
    expect(first.headers['cache-status']).not.toMatch(HIT);
    expect(await textsOf(other, 2)).toEqual(['run 1', 'run 1']);
  });

  it('still has its pages when the other one has ended', async () => {
    await startWithModule(platform);
    const cached = await startWithModule(platform);
    await closing.shift()!();
    expect(await textsOf(cached, 3)).toEqual(['run 1', 'run 1', 'run 1']);
  });

  it('has hits where the interceptor could not be given its place, by way of Nest’s own chain', async () => {
    const registry = await openCaches(undefined, { warn: () => {} });
    closing.push(() => registry.closeAll());
    const { client } = await startWithoutModule(platform, [
      {
        provide: APP_INTERCEPTOR,
        inject: [ModulesContainer, HttpAdapterHost],
        useFactory: (modules: ModulesContainer, host: HttpAdapterHost) =>
          new CachePageInterceptor(
            new PagePlans(registry, { headers: pageHeadersOf() }),
            modules,
            new PageRefresher(host),
            new EarlyAnswers(registry.events),
          ),
      },
    ]);
    expect(await textsOf(client, 2)).toEqual(['run 1', 'run 1']);
    const hit = await client.get('/films');
    expect([hit.status, hit.text]).toEqual([200, 'run 1']);
    expect(hit.headers['cache-status']).toMatch(HIT);
    const known = await client.get('/films', { 'if-none-match': hit.headers.etag });
    expect([known.status, known.text]).toEqual([304, '']);
  });
});

describe('A Nest whose private parts are not as expected', () => {
  const interceptor: SelectiveInterceptor = {
    isFor: () => true,
    answerFirst: () => 'intercept',
    intercept: (_context, next) => next.handle(),
  };
  const creatorWith = (parts: object): ExternalContextCreator => parts as ExternalContextCreator;

  it.each<[string, object]>([
    ['there are none', {}],
    ['they are undefined', { interceptorsContextCreator: undefined, interceptorsConsumer: undefined }],
    [
      'their methods have other names',
      { interceptorsContextCreator: new (class {})(), interceptorsConsumer: new (class {})() },
    ],
    [
      'their methods are something else',
      {
        interceptorsContextCreator: Object.create({ create: 'text' }) as object,
        interceptorsConsumer: Object.create({ intercept: null }) as object,
      },
    ],
    [
      'they have no prototype',
      {
        interceptorsContextCreator: Object.create(null) as object,
        interceptorsConsumer: Object.create(null) as object,
      },
    ],
  ])('costs nothing but time: %s', (_name, parts) => {
    const methods = (): unknown[] => {
      const { interceptorsConsumer, interceptorsContextCreator } = parts as Record<
        string,
        Record<string, unknown> | undefined
      >;
      return [interceptorsContextCreator?.['create'], interceptorsConsumer?.['intercept']];
    };
    const before = methods();
    const sent: unknown[] = [];
    const adapter = { reply: (...given: unknown[]) => sent.push(given) } as unknown as AbstractHttpAdapter;
    expect(() => placeInterceptor(interceptor, creatorWith(parts))).not.toThrow();
    expect(() => letAnswerFirst(interceptor, creatorWith(parts), undefined)).not.toThrow();
    expect(() => letAnswerFirst(interceptor, creatorWith(parts), adapter)).not.toThrow();
    adapter.reply('response', { film: 'Alien' }, 201);
    expect(sent).toEqual([['response', { film: 'Alien' }, 201]]);
    expect(methods()).toEqual(before);
  });

  it('has the part that is there changed once, however many applications there are', () => {
    class Collector {
      calls = 0;
      create(..._of: unknown[]): unknown[] {
        this.calls++;
        return [interceptor];
      }
    }
    const collector = new Collector();
    const { create } = Collector.prototype;
    placeInterceptor(interceptor, creatorWith({ interceptorsContextCreator: collector }));
    const changed = Collector.prototype.create;
    placeInterceptor(interceptor, creatorWith({ interceptorsContextCreator: new Collector() }));
    expect(changed).not.toBe(create);
    expect(Collector.prototype.create).toBe(changed);
    const collected = collector.create(new Collector(), () => {});
    expect([collected, collector.calls]).toEqual([[interceptor], 1]);
  });

  it('has nothing asked before a chain without a platform', () => {
    class Consumer {
      intercept(): string {
        return 'Nest';
      }
    }
    const { intercept } = Consumer.prototype;
    letAnswerFirst(interceptor, creatorWith({ interceptorsConsumer: new Consumer() }), undefined);
    expect(Consumer.prototype.intercept).toBe(intercept);
  });
});

describe.each(platforms)('Contexts of an application on $name that are not HTTP', (platform) => {
  /** As libraries for GraphQL and queues call their handlers. */
  it.each(['graphql', 'rpc', 'ws'])(
    'run their handlers each time, with what is around them: %s',
    async (type) => {
      const running = await startApplication(platform, {
        controllers: [FilmsController],
        prepare: (app) => app.useGlobalInterceptors(new Exclaim()),
      });
      closing.push(() => running.close());
      const films = running.app.get(FilmsController);
      const method = Reflect.get(films, 'films') as (...given: unknown[]) => unknown;
      const call = running.app
        .get(ExternalContextCreator)
        .create(films, method, 'films', undefined, undefined, undefined, undefined, undefined, type);
      for (const run of [1, 2]) expect(await call({}, {})).toBe(`run ${run}!`);
      expect(await textsOf(running.client, 2)).toEqual(['run 3!', 'run 3!']);
      expect(await call({}, {})).toBe('run 4!');
    },
  );
});

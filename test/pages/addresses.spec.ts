import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  VERSION_NEUTRAL,
  Version,
  VersioningType,
} from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { express, type Platform, platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptedPage, type ScriptRequest } from './scripted-pages.js';

/** Two requests that must not share a page: whose answer tells what each asked for. */
async function expectsTwoPages(
  app: ScriptedApplication,
  page: ScriptedPage,
  [one, other]: [Record<string, string>, Record<string, string>],
): Promise<void> {
  const first = (await app.client.get(page.path, one)).text;
  const second = (await app.client.get(page.path, other)).text;
  expect(second).not.toBe(first);
  expect((await app.client.get(page.path, one)).text).toBe(first);
  expect((await app.client.get(page.path, other)).text).toBe(second);
  expect(page.runs).toBe(2);
}

describe.each(platforms)('The address of a page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  const echo = (name: string): ScriptedPage => app.page(({ headers }) => `at ${headers[name] ?? 'home'}`);

  it('has the host in it', async () => {
    await expectsTwoPages(app, echo('host'), [{ host: 'a.example' }, { host: 'b.example' }]);
  });

  it('has the port of the host in it', async () => {
    await expectsTwoPages(app, echo('host'), [{ host: 'a.example' }, { host: 'a.example:81' }]);
  });

  it('has the host in it in whatever case', async () => {
    const page = app.page(() => 'x');
    await app.client.get(page.path, { host: 'A.Example' });
    await app.client.get(page.path, { host: 'a.example' });
    expect(page.runs).toBe(1);
  });

  it('has the query in it as it was written', async () => {
    const page = app.page(({ url }) => url);
    for (const query of [
      '',
      '?',
      '?a',
      '?a=',
      '?a&b',
      '?b&a',
      '?a=1&b=2',
      '?b=2&a=1',
      '?A=1&b=2',
      '?a=1%26b=2',
    ]) {
      const answer = await app.client.get(page.path + query);
      expect(answer.text).toBe(page.path + query);
      expect((await app.client.get(page.path + query)).text).toBe(page.path + query);
    }
    expect(page.runs).toBe(10);
  });

  it('may be long', async () => {
    const page = app.page(({ url }) => url);
    const query = `?q=${'x'.repeat(8000)}`;
    await app.client.get(page.path + query);
    expect((await app.client.get(page.path + query)).text).toBe(page.path + query);
    expect((await app.client.get(`${page.path}${query}y`)).text).toBe(`${page.path}${query}y`);
    expect(page.runs).toBe(2);
  });

  it.each([
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-prefix',
    'x-original-url',
    'x-host',
  ])('has %s in it, so that one made-up value does not reach the others', async (name) => {
    await expectsTwoPages(app, echo(name), [{ [name]: 'evil.example' }, {}]);
    await expectsTwoPages(app, echo(name), [{}, { [name]: 'evil.example' }]);
  });

  it('has the host of Forwarded in it and not the client', async () => {
    const page = app.page(({ headers }) => /host=[^;,]*/.exec(headers['forwarded'] ?? '')?.[0] ?? 'none');
    await expectsTwoPages(app, page, [
      { forwarded: 'for=1.2.3.4;host=evil.example' },
      { forwarded: 'for=1.2.3.4' },
    ]);
    await app.client.get(page.path, { forwarded: 'for=5.6.7.8' });
    expect(page.runs).toBe(2);
  });

  it('does not have in it who the client is', async () => {
    const page = app.page(() => 'x');
    for (const client of ['1.2.3.4', '5.6.7.8'])
      await app.client.get(page.path, { 'x-forwarded-for': client, 'user-agent': client });
    expect(page.runs).toBe(1);
  });
});

describe.each(platforms)('Behind a proxy that $name believes, the address of a page', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { trustProxy: true }));
  afterAll(() => app.close());

  it('has the scheme in it', async () => {
    const page = app.page((request) => (request as ScriptRequest & { protocol: string }).protocol);
    await expectsTwoPages(app, page, [{ 'x-forwarded-proto': 'https' }, { 'x-forwarded-proto': 'http' }]);
  });

  it('has the host in it that the client asked for', async () => {
    const page = app.page((request) => (request as ScriptRequest & { hostname: string }).hostname);
    await expectsTwoPages(app, page, [
      { 'x-forwarded-host': 'a.example' },
      { 'x-forwarded-host': 'b.example' },
    ]);
  });
});

@CachePage(60)
@Controller({ path: 'films', version: '1' })
class FilmsController {
  @Get()
  films(): string {
    return 'version 1';
  }
}

const FilmsControllerOfVersion2 = (() => {
  // Lives in another file in real life, and is called the same.
  @CachePage(60)
  @Controller({ path: 'films', version: '2' })
  class FilmsController {
    @Get()
    films(): string {
      return 'version 2';
    }
  }
  return FilmsController;
})();

@CachePage(60)
@Controller({ path: 'people', version: VERSION_NEUTRAL })
class PeopleController {
  @Get()
  @Version('1')
  people(): string {
    return 'version 1';
  }

  @Get()
  @Version('2')
  peopleOfVersion2(): string {
    return 'version 2';
  }
}

describe.each(platforms)('Versions of an API on $name', (platform) => {
  const controllers = [FilmsController, FilmsControllerOfVersion2, PeopleController];

  async function expectsVersions(
    prepare: (app: INestApplication) => void,
    question: (path: string, version: string) => [string, Record<string, string>],
  ): Promise<void> {
    const app = await new ScriptedApplication().start(platform, { controllers, prepare });
    try {
      for (const version of ['1', '2', '1', '2'])
        for (const path of ['films', 'people'])
          expect((await app.client.get(...question(path, version))).text).toBe(`version ${version}`);
    } finally {
      await app.close();
    }
  }

  it('by URL have pages of their own', async () => {
    await expectsVersions(
      (app) => app.enableVersioning({ type: VersioningType.URI }),
      (path, version) => [`/v${version}/${path}`, {}],
    );
  });

  it('by URL under a prefix have pages of their own', async () => {
    await expectsVersions(
      (app) => app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI }),
      (path, version) => [`/api/v${version}/${path}`, {}],
    );
  });

  it('by a header have pages of their own', async () => {
    await expectsVersions(
      (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
      (path, version) => [`/${path}`, { 'x-version': version }],
    );
  });

  it('by media type have pages of their own', async () => {
    await expectsVersions(
      (app) => app.enableVersioning({ type: VersioningType.MEDIA_TYPE, key: 'v=' }),
      (path, version) => [`/${path}`, { accept: `application/json;v=${version}` }],
    );
  });
});

/** What the URL becomes inside, by the device that asks. */
function rewritten(url: string, headers: ScriptRequest['headers']): string {
  return `${url}?device=${headers['x-device']}`;
}

const rewriting: [Platform, (app: INestApplication) => void][] = [
  [
    express,
    (app) =>
      app.use((request: { url: string } & ScriptRequest, _response: unknown, next: () => void) => {
        (request as { url: string }).url = rewritten(request.url, request.headers);
        next();
      }),
  ],
  [
    {
      name: 'Fastify',
      adapter: () =>
        new FastifyAdapter({
          rewriteUrl: ({ headers, url = '' }: IncomingMessage) =>
            rewritten(url, headers as ScriptRequest['headers']),
        }),
    },
    () => {},
  ],
];

describe.each(rewriting)('A URL rewritten by the request', (platform, prepare) => {
  it(`leads to pages of their own on ${platform.name}`, async () => {
    const app = await new ScriptedApplication().start(platform, { prepare });
    const page = app.page(({ url }) => url);
    const devices = ['phone', 'tablet', 'phone'];
    const answers: string[] = [];
    for (const device of devices)
      answers.push((await app.client.get(page.path, { 'x-device': device })).text);
    await app.close();
    expect(answers).toEqual(devices.map((device) => `${page.path}?device=${device}`));
    expect(page.runs).toBe(2);
  });
});

abstract class ListController {
  abstract readonly name: string;

  @Get()
  @CachePage(60)
  list(): string {
    return `list of ${this.name}`;
  }
}

@Controller('dogs')
class DogsController extends ListController {
  readonly name = 'dogs';
}

@Controller('cats')
class CatsController extends ListController {
  readonly name = 'cats';
}

describe.each(platforms)('Two controllers on $name that inherit a cached handler', (platform) => {
  it('have pages of their own', async () => {
    const app = await new ScriptedApplication().start(platform, {
      controllers: [DogsController, CatsController],
    });
    for (const name of ['dogs', 'cats', 'dogs', 'cats'])
      expect((await app.client.get(`/${name}`)).text).toBe(`list of ${name}`);
    await app.close();
  });
});

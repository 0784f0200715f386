import { mkdtempSync, rmSync } from 'node:fs';
import { request as open, type Server } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Module,
  type Type,
  UseGuards,
  Version,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CacheModule, CachePage, CacheRegistry } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  type ApplicationParts,
  type Platform,
  platforms,
  type RunningApplication,
  startApplication,
} from '../support/platforms.js';

@Injectable()
class MembersOnly implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

let runs = 0;

@Controller('open')
class OpenController {
  @CachePage(60, { early: true })
  @Get()
  page(): string {
    return `run ${++runs}`;
  }
}

@Controller('guarded')
class GuardedController {
  @UseGuards(MembersOnly)
  @CachePage(60, { early: true })
  @Get()
  page(): string {
    return 'page';
  }
}

@UseGuards(new MembersOnly())
@Controller('guarded')
class GuardedClassController {
  @CachePage(60, { early: true })
  @Get()
  page(): string {
    return 'page';
  }
}

@UseGuards(MembersOnly)
@Controller('skipping')
class SkippingController {
  @CachePage(60, { early: { skipGuards: true } })
  @Get()
  page(): string {
    return `run ${++runs}`;
  }
}

@Controller('unless')
class UnlessController {
  @CachePage(60, { early: true, unless: () => false })
  @Get()
  page(): string {
    return 'page';
  }
}

@Controller('versions')
class VersionsController {
  @Version('1')
  @CachePage(60, { early: true })
  @Get()
  one(): string {
    return 'one';
  }

  @Version('2')
  @CachePage(60, { early: true })
  @Get()
  two(): string {
    return 'two';
  }
}

const running: RunningApplication[] = [];

async function start(
  platform: Platform,
  controller: Type,
  parts: ApplicationParts = {},
): Promise<RunningApplication> {
  const application = await startApplication(platform, { controllers: [controller], ...parts });
  running.push(application);
  return application;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((application) => application.close()));
});

const EARLY = /"early"/;

describe.each(platforms)('The door of early answers on $name', (platform) => {
  it.each([
    ['of its own', GuardedController, {}, 'MembersOnly'],
    ['of its class', GuardedClassController, {}, 'MembersOnly'],
    [
      'of the whole application',
      OpenController,
      { prepare: (app: INestApplication) => app.useGlobalGuards(new MembersOnly()) },
      'MembersOnly (global)',
    ],
    [
      'of the whole application, as a provider',
      OpenController,
      { providers: [{ provide: APP_GUARD, useClass: MembersOnly }] },
      'MembersOnly (global)',
    ],
  ])('does not open for a handler with a guard %s', async (_whose, controller, parts, name) => {
    const starting = start(platform, controller, parts);
    await expect(starting).rejects.toThrow(name);
    await expect(starting).rejects.toThrow('skipGuards: true');
  });

  it('opens for a handler that says that its guards do not matter', async () => {
    const { app, client } = await start(platform, SkippingController);
    let answers = 0;
    app.get(CacheRegistry).events.on('early', () => answers++);
    await client.get('/skipping');
    await client.get('/skipping');
    expect(answers).toBe(1);
  });

  it('does not open for a handler that looks at requests with "unless"', async () => {
    await expect(start(platform, UnlessController)).rejects.toThrow(
      /UnlessController.page: "unless".*"early"/,
    );
  });

  it('does not open where versions are found in a way that nobody knows', async () => {
    const prepare = (app: INestApplication) =>
      app.enableVersioning({ type: VersioningType.CUSTOM, extractor: () => '1' });
    await expect(start(platform, VersionsController, { prepare })).rejects.toThrow(EARLY);
  });

  it('tells versions apart that are told by a header', async () => {
    const prepare = (app: INestApplication) =>
      app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' });
    const { client } = await start(platform, VersionsController, { prepare });
    const texts: string[] = [];
    for (const version of ['1', '2', '1', '2', '1'])
      texts.push((await client.get('/versions', { 'x-version': version })).text);
    expect(texts).toEqual(['one', 'two', 'one', 'two', 'one']);
  });

  it('is taken away when the application ends', async () => {
    const { app, close } = await start(platform, OpenController);
    const server = app.getHttpServer() as Server;
    const [door] = server.listeners('request');
    running.pop();
    await close();
    expect(server.listeners('request')).not.toContain(door);
  });

  it('is not there where nobody asks for it', async () => {
    @Controller('late')
    class LateController {
      @CachePage(60)
      @Get()
      page(): string {
        return 'page';
      }
    }
    const { app } = await start(platform, LateController);
    const names = (app.getHttpServer() as Server).listeners('request').map(({ name }) => name);
    expect(names).not.toContain('answerOrPassOn');
  });

  it('never hands out what middleware gives to one visitor', async () => {
    let visitors = 0;
    const { client } = await start(platform, OpenController, {
      prepare: (app) =>
        app.use(
          (
            _request: unknown,
            response: { setHeader(name: string, value: string): void },
            next: () => void,
          ) => {
            response.setHeader('Set-Cookie', `sid=${++visitors}`);
            next();
          },
        ),
    });
    const cookies: unknown[] = [];
    for (let visit = 0; visit < 3; visit++) cookies.push((await client.get('/open')).headers['set-cookie']);
    expect(cookies).toEqual([['sid=1'], ['sid=2'], ['sid=3']]);
  });

  it('leaves requests for an upgrade to whoever takes them', async () => {
    const { app, client } = await start(platform, OpenController);
    await client.get('/open');
    const server = app.getHttpServer() as Server;
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port: client.port, host: '127.0.0.1' });
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
      socket.write('GET /open HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
    });
    expect(answer).toMatch(/^HTTP\/1.1 101 /);
  });

  it('hears of invalidations by other processes after the time that is given', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'early-'));
    try {
      const clock = new FakeClock();
      const caches = { default: { backend: 'file' as const, location: folder } };
      const [one, other] = [
        await start(platform, OpenController, { caches, clock }),
        await start(platform, OpenController, { caches, clock }),
      ];
      const asked = () => one.client.get('/open', { host: 'shop.example' });
      const { text } = await asked();
      expect((await asked()).text).toBe(text);
      await other.app.get(CacheRegistry).get('default').clear();
      clock.advance(1);
      expect((await asked()).text).not.toBe(text);
    } finally {
      await Promise.all(running.splice(0).map((application) => application.close()));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Two answers of one page, asked for in a way of the test's own. */
async function countEarly(
  adapter: ExpressAdapter | FastifyAdapter,
  place: string | number,
  ask: (server: Server) => Promise<string>,
): Promise<{ early: number; texts: string[] }> {
  @Module({ imports: [CacheModule.forRoot()], controllers: [OpenController] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, adapter, { logger: false });
  try {
    await app.listen(place);
    let early = 0;
    app.get(CacheRegistry).events.on('early', () => early++);
    const server = app.getHttpServer() as Server;
    return { texts: [await ask(server), await ask(server)], early };
  } finally {
    await app.close();
  }
}

describe('Early answers', () => {
  it.each(platforms)('go out over a socket of the file system, on $name', async (platform) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'early-'));
    const socketPath = path.join(folder, 'socket');
    const { early, texts } = await countEarly(platform.adapter(), socketPath, () =>
      askOverSocket(socketPath),
    );
    rmSync(folder, { recursive: true, force: true });
    expect(early).toBe(1);
    expect(texts[1]).toBe(texts[0]);
  });

  it('go out over HTTP/2', async () => {
    const adapter = new FastifyAdapter({ http2: true } as object);
    const { early, texts } = await countEarly(adapter, 0, askOverHttp2);
    expect(early).toBe(1);
    expect(texts[1]).toBe(texts[0]);
  });
});

function askOverSocket(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = open({ socketPath, path: '/open', agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.end();
  });
}

async function askOverHttp2(server: Server): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    return await new Promise<string>((resolve, reject) => {
      const stream = session.request({ [constants.HTTP2_HEADER_PATH]: '/open' });
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => resolve(text));
      stream.on('error', reject);
      stream.end();
    });
  } finally {
    session.destroy();
  }
}

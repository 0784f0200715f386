import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  NotFoundException,
  Req,
  Res,
  StreamableFile,
  UseFilters,
} from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { platforms, type Reply, rawOf } from '../support/platforms.js';
import { HIT, NOT_STORED, ScriptedApplication, STORED } from './scripted-pages.js';

/** Answers every error with 200, as some JSON APIs do. */
@Catch()
class EverythingIsFine implements ExceptionFilter {
  catch(error: Error, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<Reply>();
    reply.status(200);
    reply.send({ error: error.message });
  }
}

@CachePage(60)
@UseFilters(EverythingIsFine)
@Controller('fine')
class FilteredController {
  static runs = 0;

  @Get('throws')
  throws(): string {
    FilteredController.runs++;
    throw new Error('broken');
  }

  @Get('rejects')
  async rejects(): Promise<string> {
    FilteredController.runs++;
    throw new Error('broken');
  }

  @Get('half')
  half(@Res() reply: Reply): void {
    FilteredController.runs++;
    reply.header('X-Half', 'yes');
    throw new Error('broken');
  }
}

/** A stream that gives a part and then fails. */
function failing(): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from('half');
      await new Promise(setImmediate);
      throw new Error('the disk is gone');
    })(),
  );
}

describe.each(platforms)('An error on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [FilteredController] }));
  afterAll(() => app.close());

  it('in the handler is answered by the exception filter and not stored', async () => {
    const page = app.page(() => {
      throw new NotFoundException('no such film');
    });
    for (const run of [1, 2]) {
      const answer = await app.client.get(page.path);
      expect([answer.status, page.runs]).toEqual([404, run]);
      expect(JSON.parse(answer.text)).toMatchObject({ message: 'no such film' });
    }
  });

  it('leaves the next answer to be stored', async () => {
    const page = app.page((_request, _reply, run) => {
      if (run === 1) throw new Error('broken');
      return 'fine';
    });
    expect((await app.client.get(page.path)).status).toBe(500);
    expect((await app.client.get(page.path)).headers['cache-status']).toBe(STORED);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  });

  it.each(['throws', 'rejects', 'half'])(
    'that a filter answers with 200 is not stored: the handler %s',
    async (path) => {
      FilteredController.runs = 0;
      for (const run of [1, 2]) {
        const answer = await app.client.get(`/fine/${path}`);
        expect([answer.status, answer.text, FilteredController.runs]).toEqual([
          200,
          '{"error":"broken"}',
          run,
        ]);
        expect(answer.headers['cache-control']).toBeUndefined();
      }
    },
  );

  it('after the handler has answered keeps the answer from being stored', async () => {
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      try {
        raw.write('half');
        throw new Error('broken');
      } finally {
        raw.end();
      }
    });
    expect((await app.client.get(page.path)).text).toBe('half');
    expect((await app.client.get(page.path)).text).toBe('half');
    expect(page.runs).toBe(2);
  });

  it('in writeHead that the handler answers otherwise is not stored', async () => {
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      try {
        raw.writeHead(200, 'no\nreason', { 'X-Fine': 'no' });
      } catch {
        raw.statusMessage = 'OK';
        raw.end('sorry');
      }
    });
    expect((await app.client.get(page.path)).text).toBe('sorry');
    await app.client.get(page.path);
    expect(page.runs).toBe(2);
  });

  it('while the result is rendered is not stored', async () => {
    const page = app.page(() => ({ count: 1n }));
    expect((await app.client.get(page.path)).status).toBe(500);
    await app.client.get(page.path);
    expect(page.runs).toBe(2);
  });
});

describe.each(platforms)('A stream on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  it('that fails half-way is not stored', async () => {
    const page = app.page(() => new StreamableFile(failing()));
    await expect(app.client.get(page.path)).rejects.toThrow();
    await expect(app.client.get(page.path)).rejects.toThrow();
    expect(page.runs).toBe(2);
  });

  it('that fails half-way is not stored although its error handler ends the response politely', async () => {
    const page = app.page((_request, reply) => {
      const stream = failing();
      stream.on('error', () => rawOf(reply).end());
      return new StreamableFile(stream).setErrorHandler(() => {});
    });
    for (const run of [1, 2]) {
      await app.client.get(page.path).catch(() => {});
      expect(page.runs).toBe(run);
    }
  });

  it('that the handler pipes and cuts short after an error is not stored', async () => {
    const page = app.ownPage((_request, reply) => {
      const stream = failing();
      stream.on('error', () => rawOf(reply).end(' and an excuse'));
      stream.pipe(rawOf(reply));
    });
    expect((await app.client.get(page.path)).text).toBe('half and an excuse');
    await app.client.get(page.path);
    expect(page.runs).toBe(2);
  });

  it('that fails before its first byte is answered with an error and not stored', async () => {
    const page = app.page(
      () =>
        new StreamableFile(
          new Readable({
            read() {
              this.destroy(new Error('no such file'));
            },
          }),
        ),
    );
    expect((await app.client.get(page.path)).status).toBeGreaterThanOrEqual(400);
    await app.client.get(page.path);
    expect(page.runs).toBe(2);
  });

  it('of a generator that fails half-way is not stored', async () => {
    const page = app.page(async function* () {
      yield 'half';
      await new Promise(setImmediate);
      throw new Error('broken');
    });
    await expect(app.client.get(page.path)).rejects.toThrow();
    await expect(app.client.get(page.path)).rejects.toThrow();
    expect(page.runs).toBe(2);
  });

  it('that is shorter than it says is not stored', async () => {
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      raw.setHeader('Content-Length', 10);
      raw.write('half');
      raw.end();
      raw.socket?.end();
    });
    await expect(app.client.get(page.path)).rejects.toThrow();
    await expect(app.client.get(page.path)).rejects.toThrow();
    expect(page.runs).toBe(2);
  });

  it('whose client hangs up half-way is not stored', async () => {
    const hungUp: Promise<unknown>[] = [];
    const page = app.ownPage(async (_request, reply) => {
      const raw = rawOf(reply);
      const closed = once(raw, 'close');
      hungUp.push(closed);
      raw.write('half');
      await closed;
      raw.end(' and half');
    });
    await app.client.hangUp(page.path);
    await hungUp[0];
    await app.client.hangUp(page.path);
    await hungUp[1];
    expect(page.runs).toBe(2);
  });

  it('that is piped and whose client hangs up half-way is not stored', async () => {
    const closed: Promise<unknown>[] = [];
    const page = app.page((_request, reply) => {
      closed.push(once(rawOf(reply), 'close'));
      const stream = new PassThrough();
      stream.write('half');
      return new StreamableFile(stream);
    });
    await app.client.hangUp(page.path);
    await closed[0];
    await app.client.hangUp(page.path);
    await closed[1];
    expect(page.runs).toBe(2);
  });
});

@Controller('limits')
class LimitedController {
  static runs = 0;

  @CachePage(60, { bodyLimit: 10 })
  @Get('text')
  text(@Req() { query }: { query: { length: string } }): string {
    LimitedController.runs++;
    return 'x'.repeat(Number(query.length));
  }

  @CachePage(60, { bodyLimit: 10 })
  @Get('stream')
  stream(@Req() { query }: { query: { length: string } }): StreamableFile {
    LimitedController.runs++;
    return new StreamableFile(
      Readable.from(
        Buffer.from('x'.repeat(Number(query.length)))
          .toString()
          .match(/.{1,3}/g)!,
      ),
    );
  }
}

describe.each(platforms)('A body limit on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [LimitedController] }));
  afterAll(() => app.close());

  it.each(['text', 'stream'])('lets a %s of its length be stored', async (kind) => {
    LimitedController.runs = 0;
    expect((await app.client.get(`/limits/${kind}?length=10`)).headers['cache-status']).toBe(STORED);
    const hit = await app.client.get(`/limits/${kind}?length=10`);
    expect([hit.text.length, LimitedController.runs]).toEqual([10, 1]);
  });

  it.each(['text', 'stream'])('lets a longer %s pass and not be stored', async (kind) => {
    LimitedController.runs = 0;
    for (const run of [1, 2]) {
      const answer = await app.client.get(`/limits/${kind}?length=11`);
      expect([answer.status, answer.text.length, LimitedController.runs]).toEqual([200, 11, run]);
    }
  });

  it('is told of where the length is known beforehand', async () => {
    const answer = await app.client.get('/limits/text?length=12');
    expect(answer.headers['cache-status']).toBe(NOT_STORED);
    // Browsers may keep it all the same.
    expect(answer.headers['cache-control']).toBe('max-age=60');
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  InternalServerErrorException,
  NotFoundException,
  Res,
  UseFilters,
} from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { platforms, type Reply, rawOf } from '../support/platforms.js';
import { HIT, ScriptedApplication, STORED } from './scripted-pages.js';

/** Answers every error with 200, as some JSON APIs do. */
@Catch()
class EverythingIsFine implements ExceptionFilter {
  catch(error: Error, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<Reply>();
    reply.status(200);
    reply.send({ error: error.message });
  }
}

@CachePage(60, { negative: { 404: '30s', 410: '1h' } })
@Controller('lost')
class LostController {
  static runs = 0;

  @Get('thrown')
  thrown(): never {
    LostController.runs++;
    throw new NotFoundException('no such film');
  }

  @Get('gone')
  gone(@Res({ passthrough: true }) reply: Reply): string {
    LostController.runs++;
    reply.status(410);
    reply.header('ETag', '"gone"');
    return 'gone';
  }

  @Get('broken')
  broken(): never {
    LostController.runs++;
    throw new InternalServerErrorException();
  }

  @Get('fine')
  @UseFilters(EverythingIsFine)
  fine(): never {
    LostController.runs++;
    throw new NotFoundException('no such film');
  }

  @Get('half')
  half(@Res() reply: Reply): never {
    LostController.runs++;
    rawOf(reply).write('half');
    setImmediate(() => rawOf(reply).end());
    throw new NotFoundException('no such film');
  }

  @Get('slow')
  async slow(): Promise<never> {
    LostController.runs++;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    throw new NotFoundException('no such film');
  }
}

describe.each(platforms)('An error whose status is kept on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [LostController] }));
  afterAll(() => app.close());
  beforeEach(() => void (LostController.runs = 0));

  it('that the handler throws comes from the cache for as long as its status is kept', async () => {
    const miss = await app.client.get('/lost/thrown');
    expect([miss.status, miss.headers['cache-status']]).toEqual([404, STORED]);
    expect(miss.headers['cache-control']).toBe('max-age=30');
    app.clock.advance(29);
    const hit = await app.client.get('/lost/thrown');
    expect([hit.status, hit.text, LostController.runs]).toEqual([404, miss.text, 1]);
    expect(hit.headers['cache-status']).toBe('nestjs-cache; hit; ttl=1');
    app.clock.advance(1);
    await app.client.get('/lost/thrown');
    expect(LostController.runs).toBe(2);
  });

  it('that the handler answers is no page that a client could have', async () => {
    for (const expected of [
      STORED,
      expect.stringMatching(HIT) as unknown,
      expect.stringMatching(HIT) as unknown,
    ]) {
      const answer = await app.client.get('/lost/gone', { 'if-none-match': '"gone"' });
      expect([answer.status, answer.text, answer.headers['cache-status']]).toEqual([410, 'gone', expected]);
    }
    expect(LostController.runs).toBe(1);
  });

  it('is shared by those who wait for it', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => app.client.get('/lost/slow')));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    const later = await app.client.get('/lost/slow');
    expect([later.status, LostController.runs]).toEqual([404, 1]);
  });

  it.each([
    ['broken', 500],
    ['fine', 200],
    ['half', 200],
  ])('is not stored in another form: %s', async (path, status) => {
    for (const run of [1, 2]) {
      const answer = await app.client.get(`/lost/${path}`);
      expect([answer.status, LostController.runs]).toEqual([status, run]);
    }
  });
});

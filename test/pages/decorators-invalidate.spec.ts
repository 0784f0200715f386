import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Controller,
  Delete,
  Get,
  HttpException,
  Param,
  Patch,
  Post,
  Put,
  Res,
} from '@nestjs/common';
import { CachePage, CacheService, CacheTags, InvalidateTags } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  platforms,
  rawOf,
  type Reply,
  type RunningApplication,
  startApplication,
} from '../support/platforms.js';
import { SmallestBackend } from '../support/smallest-backend.js';
import { HIT } from './scripted-pages.js';

/** What happens, in its order. */
let told: string[] = [];
let removal: () => Promise<void> = async () => {};

/** A store whose removals a test may hold up or let fail. */
class HeldBackend extends SmallestBackend {
  override async remove(key: string): Promise<boolean> {
    told.push('removing');
    await removal();
    const wasLive = await super.remove(key);
    told.push('removed');
    return wasLive;
  }
}

let version = 1;

@Controller('films')
class FilmsController {
  @Get()
  @CachePage(60, { tags: 'films' })
  list(): string {
    return `list ${version}`;
  }

  @Get(':id')
  @CachePage(60)
  @CacheTags(({ params }) => `film:${params['id']}`)
  film(@Param('id') id: string): string {
    return `film ${id} ${version}`;
  }

  @Put(':id')
  @InvalidateTags('films', ({ params }) => [`film:${params['id']}`])
  change(): string {
    told.push('handler');
    return `version ${++version}`;
  }

  @Patch('own/:id')
  @InvalidateTags(({ params }) => `film:${params['id']}`)
  own(@Res() reply: Reply): void {
    version++;
    reply.status(202);
    reply.send({ version });
  }

  @Patch('raw/:id')
  @InvalidateTags(({ params }) => `film:${params['id']}`)
  raw(@Res() reply: Reply & { hijack?: () => void }): void {
    reply.hijack?.();
    const response = rawOf(reply);
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write(`version `);
    response.end(String(++version));
  }

  @Post('refused')
  @InvalidateTags('films')
  refused(): string {
    throw new BadRequestException();
  }

  @Post('failing')
  @InvalidateTags('films')
  failing(): string {
    throw new HttpException('no', 503);
  }

  @Post('own-failing')
  @InvalidateTags('films')
  ownFailing(@Res() reply: Reply): void {
    reply.status(500);
    reply.send('no');
  }

  @Delete('nothing')
  @InvalidateTags(() => undefined)
  nothing(): string {
    return 'nothing';
  }

  @Post('wrong')
  @InvalidateTags(() => 5 as never)
  wrong(): string {
    return 'x';
  }
}

describe.each(platforms)('@InvalidateTags on $name', (platform) => {
  let app: RunningApplication;
  beforeEach(async () => {
    told = [];
    removal = async () => {};
    SmallestBackend.stores.clear();
    app = await startApplication(platform, {
      controllers: [FilmsController],
      caches: {
        default: { backend: HeldBackend, onError: 'throw' },
      },
      clock: new FakeClock(),
      options: { pages: { cacheGroups: true } },
    });
  });
  afterEach(() => app.close());
  const textOf = async (path: string) => (await app.client.get(path)).text;
  const ask = (method: string, path: string) => app.client.ask(path, { method });

  it('takes the pages with these tags out of the cache, and no others', async () => {
    const before = [await textOf('/films'), await textOf('/films/1'), await textOf('/films/2')];
    const put = await ask('PUT', '/films/1');
    expect(put.text).toBe(`version ${version}`);
    expect(put.headers['cache-group-invalidation']).toBe('"films", "film:1"');
    expect([await textOf('/films'), await textOf('/films/1')]).toEqual([
      `list ${version}`,
      `film 1 ${version}`,
    ]);
    expect(await textOf('/films/2')).toBe(before[2]);
  });

  it('takes values with these tags out of the cache, too', async () => {
    const cache = app.app.get(CacheService);
    await cache.set('title', 'Alien', { tags: ['film:1'] });
    await cache.set('other', 'Brazil', { tags: ['film:2'] });
    await ask('PUT', '/films/1');
    expect([await cache.get('title'), await cache.get('other')]).toEqual([undefined, 'Brazil']);
  });

  it.each([
    ['PUT', '/films/1'],
    ['PATCH', '/films/own/1'],
    ['PATCH', '/films/raw/1'],
  ])('lets nobody hear of the change before: %s %s', async (method, path) => {
    await textOf('/films/1');
    let open = (): void => {};
    const door = new Promise<void>((resolve) => (open = resolve));
    const begun = new Promise<void>((resolve) => {
      removal = () => {
        resolve();
        return door;
      };
    });
    const answer = ask(method, path).then((response) => {
      told.push('answered');
      return response;
    });
    await begun;
    // Whatever the server would send by now has come by the time another request has been answered.
    await textOf('/films/2');
    expect(told).not.toContain('answered');
    open();
    const { status, text } = await answer;
    expect([status < 300, text.includes(String(version))]).toEqual([true, true]);
    expect(told.at(-1)).toBe('answered');
    expect(told).toContain('removed');
    expect(await textOf('/films/1')).toBe(`film 1 ${version}`);
  });

  it.each(['/films/refused', '/films/failing', '/films/own-failing'])(
    'invalidates nothing after an answer that is no success: %s',
    async (path) => {
      await textOf('/films');
      const answer = await ask('POST', path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers['cache-group-invalidation']).toBeUndefined();
      expect((await app.client.get('/films')).headers['cache-status']).toMatch(HIT);
      expect(told).toEqual([]);
    },
  );

  it('tells the client when a store did not confirm', async () => {
    removal = () => Promise.reject(new Error('away'));
    const answer = await ask('PUT', '/films/1');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('version');
    expect(told).toContain('handler');
  });

  it.each(['/films/own/1', '/films/raw/1'])(
    'tells the client so also where the handler answers by itself: %s',
    async (path) => {
      removal = () => Promise.reject(new Error('away'));
      const outcome = await ask('PATCH', path).then(
        ({ status, text }) => ({ status, text }),
        () => ({ status: 0, text: '' }),
      );
      expect([0, 500]).toContain(outcome.status);
      expect(outcome.text).not.toContain('version');
    },
  );

  it('does nothing where a function names no tag, and fails where it names what is none', async () => {
    expect((await ask('DELETE', '/films/nothing')).text).toBe('nothing');
    expect(told).toEqual([]);
    expect((await ask('POST', '/films/wrong')).status).toBe(500);
  });
});

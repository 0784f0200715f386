import { Agent } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { pathTag } from '../../lib/pages/requests/path-tag.js';
import { platforms } from '../support/platforms.js';
import { ScriptedApplication } from '../pages/scripted-pages.js';
import { entriesNamed, OpenBackend } from './open-backend.js';

@Controller('flood')
class FloodController {
  static runs = 0;

  @CachePage(60, { query: { only: ['page'] } })
  @Get('list')
  list(@Query('page') page = '1'): string {
    FloodController.runs++;
    return `page ${page}`;
  }

  @CachePage(60, { tags: ({ query }) => `film:${String(query['id'])}` })
  @Get('film')
  film(@Query('id') id: string): string {
    if (id !== '1') throw new NotFoundException();
    return `film ${id}`;
  }

  @CachePage(60, { negative: '30s' })
  @Get('missing/:name')
  missing(@Param('name') name: string): string {
    throw new NotFoundException(`no ${name}`);
  }
}

describe.each(platforms)('Made-up requests to $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() =>
    app.start(platform, { controllers: [FloodController], caches: { default: { backend: OpenBackend } } }),
  );
  afterAll(() => app.close());
  beforeEach(() => OpenBackend.entries.clear());

  it('with parameters that do not count lead to one page', async () => {
    FloodController.runs = 0;
    for (let count = 0; count < 100; count++) await app.client.get(`/flood/list?page=1&made-up=${count}`);
    expect([FloodController.runs, entriesNamed('page:').length]).toEqual([1, 1]);
  });

  it('for one path leave nothing in the store for ever but one stamp', async () => {
    const page = app.page(() => 'x');
    for (let count = 0; count < 100; count++) await app.client.get(`${page.path}?${count}`);
    const forEver = [...OpenBackend.entries.values()].filter(({ expiresAt }) => expiresAt === null);
    expect(forEver.length).toBeLessThanOrEqual(1);
  });

  it('for what is not there leave no stamps of made-up tags in the store for ever', async () => {
    for (let count = 0; count < 100; count++) {
      const answer = await app.client.get(`/flood/film?id=made-up-${count}`);
      expect(answer.status).toBe(404);
    }
    const forEver = [...OpenBackend.entries.values()].filter(({ expiresAt }) => expiresAt === null);
    // That of the path is one; a handful more would do no harm, one for each request does.
    expect(forEver.length).toBeLessThanOrEqual(5);
  });

  it('to a page that varies differently each time do not make its list grow without end', async () => {
    const page = app.page(({ headers }, reply) => {
      reply.header('Vary', headers['x-vary'] ?? 'Accept');
      return `vary ${headers['x-vary']}`;
    });
    for (let count = 0; count < 300; count++) {
      const name = `x-made-up-${count}`;
      // Another variant of what it varies on already, so that it is computed anew.
      const { text } = await app.client.get(page.path, { 'x-vary': name, 'x-made-up-0': String(count) });
      expect(text).toBe(`vary ${name}`);
    }
    const longest = Math.max(...entriesNamed('page:').map(([, { payload }]) => payload.length));
    expect(longest).toBeLessThan(4096);
  });
});

describe('Made-up paths', () => {
  it('lead to a bounded number of tags, whose stamps outlive them', () => {
    const tags = new Set<string>();
    for (let count = 0; count < 150_000; count++) tags.add(pathTag(`/made-up/${count}`));
    expect(tags.size).toBeLessThanOrEqual(2 ** 16);
  });
});

describe.each(platforms)('The memory of a process on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() =>
    app.start(platform, {
      controllers: [FloodController],
      caches: { default: { backend: 'memory', maxEntries: 50 } },
    }),
  );
  const agent = new Agent({ keepAlive: true });
  afterAll(async () => {
    agent.destroy();
    await app.close();
  });

  /** Asks for many pages twice over, backwards, and returns how many were still there. */
  async function keptOf(
    count: number,
    ask: (index: number) => Promise<{ headers: Record<string, unknown> }>,
  ): Promise<number> {
    for (let index = 0; index < count; index++) await ask(index);
    let kept = 0;
    for (let index = count - 1; index >= 0; index--)
      if (String((await ask(index)).headers['cache-status']).includes('hit')) kept++;
    return kept;
  }

  it('is bounded however many URLs and variants are made up, and nobody gets another answer', async () => {
    const page = app.page(({ headers, url }, reply) => {
      reply.header('Vary', 'X-A');
      return `${headers['host']} ${url} ${headers['x-a']}`;
    });
    const kept = await keptOf(150, async (index) => {
      const path = `${page.path}?${index}`;
      const answer = await app.client.ask(path, {
        agent,
        headers: { host: `h${index % 7}`, 'x-a': String(index) },
      });
      expect(answer.text).toBe(`h${index % 7} ${path} ${index}`);
      return answer;
    });
    expect(kept).toBeLessThanOrEqual(50);
  });

  it('is bounded however many names of what is not there are made up', async () => {
    const kept = await keptOf(150, async (index) => {
      const answer = await app.client.ask(`/flood/missing/${index}`, { agent });
      expect([answer.status, answer.text.includes(`no ${index}`)]).toEqual([404, true]);
      return answer;
    });
    expect(kept).toBeLessThanOrEqual(50);
  });
});

import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Query } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import fc from 'fast-check';
import { CachePage } from '../../lib/index.js';
import { express, fastify, type Platform } from '../support/platforms.js';
import { ScriptedApplication } from '../pages/scripted-pages.js';

type Parameters = Record<string, unknown>;

/** All that the handlers below look at: everything but what they say they ignore. */
function rendered(query: Parameters): string {
  const parts = Object.entries(query).filter(([name]) => !/^utm_|^fbclid$/.test(name));
  return JSON.stringify(parts.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const onlyTwo = ({ page, q }: Parameters): string => JSON.stringify([q, page]);

@Controller('films')
class FilmsController {
  @CachePage(60, { query: { ignore: ['utm_*', 'fbclid'], sort: true } })
  @Get('ignoring')
  ignoring(@Query() query: Parameters): string {
    return rendered(query);
  }

  @CachePage(60, { query: { only: ['q', 'page'] } })
  @Get('only')
  only(@Query() query: Parameters): string {
    return onlyTwo(query);
  }

  @CachePage(60)
  @Get('whole')
  whole(@Query() query: Parameters): string {
    return rendered(query);
  }

  @Get('uncached/ignoring')
  uncachedIgnoring(@Query() query: Parameters): string {
    return rendered(query);
  }

  @Get('uncached/only')
  uncachedOnly(@Query() query: Parameters): string {
    return onlyTwo(query);
  }

  @Get('uncached/whole')
  uncachedWhole(@Query() query: Parameters): string {
    return rendered(query);
  }
}

const variants: [string, Platform, (app: INestApplication) => unknown][] = [
  ['Express', express, () => {}],
  [
    'Express with nested parameters',
    express,
    (app) => (app as NestExpressApplication).set('query parser', 'extended'),
  ],
  ['Fastify', fastify, () => {}],
];

/** Tricks to say `q` to the application and something that is ignored to the cache, or the other way round. */
const CLOAKED = [
  'q=good&utm_source=x;q=evil',
  'q=good;utm_source=x&q=evil',
  'utm_source=1%26q=evil',
  'q=good&utm_source=1%26q=evil',
  'utm_source=x&q=evil&utm_source=y',
  'q=good&q=evil',
  'q=evil&q=good',
  'q[]=evil',
  'q[0]=evil',
  'utm_source[q]=evil',
  'q[utm_source]=evil',
  'utm_[a=b&q=evil',
  '[utm_source]=x&q=evil',
  '%71=evil',
  'utm%5Fsource=x&%71=evil',
  'Q=evil',
  'q%00=evil',
  'utm_%00&q=evil',
  'q=evil#utm_source',
  'utm_source=x#&q=evil',
  '?q=evil',
  'utm_source=x&?q=evil',
  '&&q=evil&&',
  'q',
  'q=',
  '=q',
  'q==evil',
  'q+=evil',
  '+q=evil',
  'q=%zz',
  'q%=evil',
  'utm_%zz=1&q=evil',
  'utm_\u00e9=1&q=evil',
  '__proto__[q]=evil',
  'constructor=evil',
  'fbclid[__proto__][q]=evil',
  'page=1&q=evil&page=2',
  'q.utm_source=evil',
];

describe.each(variants)('Parameters on %s', (_name, platform, prepare) => {
  const app = new ScriptedApplication();
  const agent = new Agent({ keepAlive: true });
  beforeAll(() => app.start(platform, { controllers: [FilmsController], prepare }));
  afterAll(async () => {
    agent.destroy();
    await app.close();
  });

  async function expectsWhatUncachedSays(rule: string, query: string): Promise<void> {
    const suffix = query === '' ? '' : `?${query}`;
    const fresh = await app.client.ask(`/films/uncached/${rule}${suffix}`, { agent });
    const answer = await app.client.ask(`/films/${rule}${suffix}`, { agent });
    expect({ query, text: answer.text }).toEqual({ query, text: fresh.text });
  }

  it.each(['ignoring', 'only', 'whole'])(
    'that are cloaked never bring one page in the place of another (%s)',
    async (rule) => {
      const queries = CLOAKED.map((query) => encodeURI(query).replaceAll('%25', '%').replaceAll('%23', '#'));
      // Forwards and back, so that each is once before and once after each other.
      for (const query of ['', ...queries, ...queries.toReversed()])
        await expectsWhatUncachedSays(rule, query);
    },
  );

  it.each(['ignoring', 'only'])('put together at random never do either (%s)', async (rule) => {
    const piece = fc.constantFrom(
      'q', 'page', 'utm_a', 'utm_', 'fbclid', '=', '=', '&', '&', '&', ';', '[', ']', '.', '+',
      '%26', '%3D', '%3B', '%5B', '%5D', '%75', '%zz', '%', '?', '#', '1', '2', '%00', '%C3%A9', '%E9',
    ); // prettier-ignore
    const query = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(query, (text) => expectsWhatUncachedSays(rule, text)),
      { numRuns: 200 },
    );
  });

  it('that are ignored lead to one page', async () => {
    const ask = (query: string) => app.client.get(`/films/ignoring?q=alien${query}`);
    await ask('');
    for (const query of ['&utm_source=a', '&fbclid=b', '&utm_medium=c&utm_source=d'])
      expect((await ask(query)).headers['cache-status']).toContain('hit');
  });

  it('more in number than parsers read keep to themselves', async () => {
    const many = Array.from({ length: 1200 }, (_, index) => `utm_${index}=1`).join('&');
    await expectsWhatUncachedSays('ignoring', `${many}&q=evil`);
    await expectsWhatUncachedSays('ignoring', 'q=evil');
    await expectsWhatUncachedSays('ignoring', `q=good&${many}`);
  });
});

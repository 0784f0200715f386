import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Req } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { platforms, type RunningApplication, startApplication } from '../support/platforms.js';
import { HIT, type ScriptRequest } from './scripted-pages.js';

@Controller('query')
class QueryController {
  @Get('ignore')
  @CachePage(60, { query: { ignore: ['utm_*', 'fbclid'] } })
  ignore(@Req() { url }: ScriptRequest): string {
    return url;
  }

  @Get('only')
  @CachePage(60, { query: { only: ['page', 'q'], sort: true } })
  only(@Req() { url }: ScriptRequest): string {
    return url;
  }

  @Get('none')
  @CachePage(60, { query: { only: [] } })
  none(@Req() { url }: ScriptRequest): string {
    return url;
  }

  @Get('whole')
  @CachePage(60)
  whole(@Req() { url }: ScriptRequest): string {
    return url;
  }
}

describe.each(platforms)('The query of a page on $name', (platform) => {
  let app: RunningApplication;
  beforeAll(async () => {
    app = await startApplication(platform, { controllers: [QueryController], clock: new FakeClock() });
  });
  afterAll(() => app.close());

  it.each([
    ['ignore', '?a=1', ['?a=1&utm_source=x', '?utm_source=y&a=1&fbclid=5', '?%75tm_x=1&a=1']],
    ['only', '?q=1&page=2', ['?page=2&q=1', '?page=2&made=up&q=1']],
    ['none', '', ['?a', '?a=1&b=2']],
  ])('leads to one page whatever is said in what does not count: %s', async (path, first, others) => {
    const { text } = await app.client.get(`/query/${path}${first}`);
    for (const query of others) {
      const hit = await app.client.get(`/query/${path}${query}`);
      expect(hit.headers['cache-status']).toMatch(HIT);
      expect(hit.text).toBe(text);
    }
  });

  it.each([
    [
      'ignore',
      ['?b=1', '?b=2', '?b=1&b=2', '?b=2&b=1', '?b', '?b=', '?c=1;utm_x=2', '?c=1&utm_x=2;c=3', '?C=1'],
    ],
    ['only', ['?q=5&q=6', '?q=6&q=5', '?q=%26page=5', '?q', '?q=', '']],
    ['whole', ['?a=1&b=2', '?b=2&a=1', '?utm_source=x', '']],
  ])('tells pages apart by what counts: %s', async (path, queries) => {
    for (const query of queries) {
      const answer = await app.client.get(`/query/${path}${query}`);
      expect(answer.text).toBe(`/query/${path}${query}`);
    }
  });
});

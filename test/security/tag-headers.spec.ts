import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Query } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { platforms } from '../support/platforms.js';
import { ScriptedApplication } from '../pages/scripted-pages.js';

@Controller('tagged')
class TaggedController {
  @CachePage(60, { tags: ['films', ({ query }) => `film:${String(query['id'])}`] })
  @Get()
  film(@Query('id') id: string): string {
    return `film ${id}`;
  }
}

/** Ids with which somebody adds tags, headers or structure of his own to what is said of a page. */
const IDS = [
  '1,all',
  '1 all',
  '1\r\nSet-Cookie: sid=evil',
  '1", "all',
  '1\\", "all',
  '1;evil',
  '\u00e9,all',
  '\t',
  '__proto__',
  '1\u0000',
];

describe.each(platforms)('A made-up id in a tag on $name', (platform) => {
  const spaced = new ScriptedApplication();
  const app = new ScriptedApplication();
  const controllers = [TaggedController];
  beforeAll(async () => {
    await app.start(platform, {
      controllers,
      options: { pages: { tagHeader: 'Cache-Tag', cacheGroups: true } },
    });
    await spaced.start(platform, { controllers, options: { pages: { tagHeader: 'Surrogate-Key' } } });
  });
  afterAll(async () => {
    await app.close();
    await spaced.close();
  });

  it.each(['x'.repeat(300), '\u{1F600}'.repeat(200)])(
    'that is too long for one is answered by the handler, each time',
    async (id) => {
      for (let count = 0; count < 2; count++) {
        const answer = await app.client.get(`/tagged?id=${encodeURIComponent(id)}`);
        expect([answer.status, answer.text]).toEqual([200, `film ${id}`]);
        expect(answer.headers).toMatchObject({
          'cache-status': 'nestjs-cache; fwd=bypass',
          'cache-tag': 'films',
        });
      }
    },
  );

  it.each(IDS)('such as %j adds no tag, no group and no header of its own', async (id) => {
    const path = `/tagged?id=${encodeURIComponent(id)}`;
    for (let count = 0; count < 2; count++) {
      const answer = await app.client.get(path);
      expect([answer.status, answer.text, answer.headers['set-cookie']]).toEqual([
        200,
        `film ${id}`,
        undefined,
      ]);
      const tags = String(answer.headers['cache-tag']).split(',');
      expect(tags.filter((tag) => tag !== `film:${id}`)).toEqual(['films']);
      expect(stringsIn(String(answer.headers['cache-groups']))).toHaveLength(2);
      const keys = String((await spaced.client.get(path)).headers['surrogate-key']).split(' ');
      expect(keys.filter((key) => key !== `film:${id}`)).toEqual(['films']);
    }
  });
});

/** The strings of a structured list, read as RFC 8941 has it. */
function stringsIn(list: string): string[] {
  const strings = list.match(/"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/g) ?? [];
  expect(strings.join(', ')).toBe(list);
  return strings;
}

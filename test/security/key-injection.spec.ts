import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Headers, Inject, Param, Query } from '@nestjs/common';
import { CachePage, CacheService, VaryOnCookie } from '../../lib/index.js';
import { platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptRequest } from '../pages/scripted-pages.js';
import { entriesNamed, OpenBackend } from './open-backend.js';

@Controller('keys')
class KeysController {
  constructor(@Inject(CacheService) private readonly cache: CacheService) {}

  /** An application that takes keys from its visitors. */
  @Get('read')
  async read(@Query('key') key: string): Promise<unknown> {
    return { found: (await this.cache.get(key)) ?? null };
  }

  @Get('write')
  async write(@Query('key') key: string): Promise<string> {
    await this.cache.set(key, 'evil');
    return 'written';
  }

  @CachePage(60)
  @VaryOnCookie('a')
  @VaryOnCookie('b')
  @Get('cookies')
  cookies(@Headers('cookie') cookie = 'none'): string {
    return `cookies ${cookie}`;
  }

  @CachePage(60, { keyPrefix: 'one' })
  @Get('prefixed/:name')
  prefixed(@Param('name') name: string): string {
    return `one ${name}`;
  }
}

/** Pieces that end one part of a key and begin another, in one notation or another. */
const DELIMITERS = [
  '"',
  '","',
  '",["',
  '\\"',
  '],[',
  ':',
  '|',
  ',',
  ' , ',
  ';',
  '\t',
  '%00',
  '%0a',
  'null',
  '\u00ff',
];

describe.each(platforms)('The parts of a key on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() =>
    app.start(platform, { controllers: [KeysController], caches: { default: { backend: OpenBackend } } }),
  );
  afterAll(() => app.close());
  beforeEach(() => OpenBackend.entries.clear());

  it('of a request do not run into each other, whatever stands between them', async () => {
    const page = app.page(({ headers, url }, reply) => {
      reply.header('Vary', 'X-A, X-B');
      return JSON.stringify([headers['host'], url, headers['x-a'] ?? null, headers['x-b'] ?? null]);
    });
    const texts = DELIMITERS.flatMap((delimiter) => [
      [`1${delimiter}`, '2'],
      ['1', `${delimiter}2`],
      [`1${delimiter}2`, ''],
      ['', `1${delimiter}2`],
    ]);
    for (let round = 0; round < 2; round++) {
      for (const [a = '', b = ''] of texts) {
        const { text } = await app.client.get(page.path, { host: 'a', 'x-a': a, 'x-b': b });
        expect(JSON.parse(text)).toEqual(['a', page.path, a.trim(), b.trim()]);
      }
    }
  });

  it('tell absent, empty and the words for it apart', async () => {
    const page = app.page(({ headers }, reply) => {
      reply.header('Vary', 'X-A');
      return JSON.stringify(headers['x-a'] ?? null);
    });
    for (let round = 0; round < 2; round++) {
      for (const value of [undefined, '', 'null', 'undefined', '[]', '0', 'false']) {
        const { text } = await app.client.get(page.path, value === undefined ? {} : { 'x-a': value });
        expect(JSON.parse(text)).toBe(value ?? null);
      }
    }
  });

  it('of host and path do not run into each other', async () => {
    const page = app.page(({ headers, url }) => `${headers['host']} ${url}`);
    for (let round = 0; round < 2; round++) {
      for (const [host, path] of [
        ['a', `${page.path}?b`],
        [`a${page.path}`, `${page.path}?b`],
        ['a?b', page.path],
        ['a"', page.path],
        ['a","', page.path],
      ] as const)
        expect((await app.client.get(path, { host })).text).toBe(`${host} ${path}`);
    }
  });

  it('of named cookies do not run into each other', async () => {
    const cookies = [
      'a=1; b=2',
      'a=1%3B b=2',
      'a=1',
      'b=1',
      'a="1; b=2"',
      'a=1; a=2',
      'a=2; a=1',
      'a=1,2',
      'a=; b=',
      'a; b',
      'a=1; b=2; b=3',
      'x=a=1; b=2',
      ' a=1 ;b=2;',
    ];
    const answers = new Map<string, string>();
    for (const cookie of cookies)
      answers.set(cookie, (await app.client.get('/keys/cookies', { cookie })).text);
    // Those with the same cookies a and b may share; nobody else.
    const own = (cookie: string): string =>
      JSON.stringify(
        ['a', 'b'].map((name) =>
          cookie
            .split(';')
            .map((pair) => pair.trim())
            .filter((pair) => pair.startsWith(`${name}=`)),
        ),
      );
    for (const [cookie, text] of answers) expect(own(text.slice('cookies '.length))).toBe(own(cookie));
  });

  it('may be as long as a request can be', async () => {
    const page = app.page(({ headers, url }, reply) => {
      reply.header('Vary', 'X-A');
      return `${url.length} ${headers['x-a']?.length ?? 0}`;
    });
    for (const length of [6000, 6001]) {
      const path = `${page.path}?${'q'.repeat(length)}`;
      const headers = { 'x-a': 'a'.repeat(length) };
      for (let count = 0; count < 2; count++)
        expect((await app.client.get(path, headers)).text).toBe(`${path.length} ${length}`);
    }
    for (const [key] of OpenBackend.entries) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(250);
  });

  it('are plain text in the store, whatever was asked', async () => {
    const page = app.page((request: ScriptRequest) => request.url);
    for (const delimiter of DELIMITERS)
      await app.client.get(`${page.path}?${encodeURI(delimiter)}`, { host: 'ho st' });
    expect(OpenBackend.entries.size).toBeGreaterThan(DELIMITERS.length);
    for (const [key] of OpenBackend.entries) expect(key).toMatch(/^[\x21-\x7e]+$/);
  });

  it('of a page that a visitor names as a key of the application give the page to nobody', async () => {
    await app.client.get('/keys/prefixed/secret');
    const [[finalKey]] = entriesNamed('page:') as [[string, unknown]];
    const key = finalKey.slice(finalKey.indexOf('page:'));
    const read = await app.client.get(`/keys/read?key=${encodeURIComponent(key)}`);
    expect(read.text).toBe('{"found":null}');
    await app.client.get(`/keys/write?key=${encodeURIComponent(key)}`);
    for (let count = 0; count < 2; count++)
      expect((await app.client.get('/keys/prefixed/secret')).text).toBe('one secret');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, rawOf } from '../support/platforms.js';
import { HIT, ScriptedApplication, type ScriptedPage, STORED } from './scripted-pages.js';

describe.each(platforms)('Vary on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  /** A page that says the language that it was asked in. */
  const inLanguages = (vary: string | string[] = 'Accept-Language'): ScriptedPage =>
    app.page(({ headers }, reply) => {
      rawOf(reply).setHeader('Vary', vary);
      return `in ${headers['accept-language'] ?? 'none'}`;
    });
  const ask = async (page: ScriptedPage, language?: string): Promise<string> =>
    (await app.client.get(page.path, language === undefined ? {} : { 'accept-language': language })).text;

  it('keeps several variants, each for its own requests', async () => {
    const page = inLanguages();
    for (const language of ['fr', 'de', 'fr', 'de', 'en', 'fr'])
      expect(await ask(page, language)).toBe(`in ${language}`);
    expect(page.runs).toBe(3);
  });

  it('is said on hits as on misses', async () => {
    const page = inLanguages();
    await ask(page, 'fr');
    const hit = await app.client.get(page.path, { 'accept-language': 'fr' });
    expect(hit.headers).toMatchObject({
      vary: 'Accept-Language',
      'cache-status': expect.stringMatching(HIT),
    });
  });

  it('is told apart from a miss of the URL', async () => {
    const page = inLanguages();
    expect((await app.client.get(page.path, { 'accept-language': 'fr' })).headers['cache-status']).toBe(
      STORED,
    );
    expect((await app.client.get(page.path, { 'accept-language': 'de' })).headers['cache-status']).toBe(
      'nestjs-cache; fwd=vary-miss; stored',
    );
  });

  it('tells a missing header from an empty one', async () => {
    const page = inLanguages();
    expect(await ask(page)).toBe('in none');
    expect(await ask(page, '')).toBe('in ');
    expect(await ask(page)).toBe('in none');
    expect(page.runs).toBe(2);
  });

  it.each<[string, string | string[]]>([
    ['in another case', 'ACCEPT-LANGUAGE'],
    ['with empty members and spaces', ' , Accept-Language ,, '],
    ['in two lines', ['X-Other', 'Accept-Language']],
  ])('counts %s', async (_name, vary) => {
    const page = inLanguages(vary);
    for (const language of ['fr', 'de', 'fr']) expect(await ask(page, language)).toBe(`in ${language}`);
    expect(page.runs).toBe(2);
  });

  it.each<[string, string | string[]]>([
    ['alone', '*'],
    ['in a list', 'Accept-Language, *'],
    ['in a line of its own', ['Accept-Language', '*']],
  ])('of * %s keeps the page from being stored', async (_name, vary) => {
    const page = inLanguages(vary);
    await ask(page, 'fr');
    await ask(page, 'fr');
    expect(page.runs).toBe(2);
  });

  it('on two headers does not let their values run into each other', async () => {
    const page = app.page(({ headers }, reply) => {
      reply.header('Vary', 'X-A, X-B');
      return `${headers['x-a']}|${headers['x-b']}`;
    });
    expect((await app.client.get(page.path, { 'x-a': '1,', 'x-b': '2' })).text).toBe('1,|2');
    expect((await app.client.get(page.path, { 'x-a': '1', 'x-b': ',2' })).text).toBe('1|,2');
    expect((await app.client.get(page.path, { 'x-a': '1,', 'x-b': '2' })).text).toBe('1,|2');
    expect(page.runs).toBe(2);
  });

  it('on a header that every object seems to have is no trouble', async () => {
    const page = app.page((_request, reply) => {
      reply.header('Vary', 'constructor, __proto__');
      return 'x';
    });
    await app.client.get(page.path);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  });

  it('that a later response says first holds from then on', async () => {
    const page = app.page(({ headers }, reply, run) => {
      if (run > 1) reply.header('Vary', 'Accept-Language');
      return `${run} in ${headers['accept-language'] ?? 'none'}`;
    });
    expect(await ask(page, 'fr')).toBe('1 in fr');
    app.clock.advance(60);
    expect(await ask(page, 'fr')).toBe('2 in fr');
    expect(await ask(page, 'de')).toBe('3 in de');
    expect(await ask(page, 'fr')).toBe('2 in fr');
  });

  it('that a later response adds to separates what was not separate', async () => {
    const page = app.page(({ headers }, reply) => {
      const isFrench = headers['accept-language'] === 'fr';
      reply.header('Vary', isFrench ? 'Accept-Language, X-Region' : 'Accept-Language');
      return `${headers['accept-language']} ${headers['x-region']}`;
    });
    const get = async (language: string, region: string): Promise<string> =>
      (await app.client.get(page.path, { 'accept-language': language, 'x-region': region })).text;
    expect(await get('de', 'a')).toBe('de a');
    for (const region of ['a', 'b', 'a']) expect(await get('fr', region)).toBe(`fr ${region}`);
    // The German page does not vary on the region, but may be computed once for each: apart is safe.
    expect(await get('de', 'b')).toBe('de b');
  });

  it('that a later response leaves out still keeps variants apart', async () => {
    const page = app.page(({ headers }, reply) => {
      const language = headers['accept-language'];
      if (language === 'fr') reply.header('Vary', 'Accept-Language');
      return `in ${language}`;
    });
    for (const language of ['fr', 'de', 'fr', 'de', 'en'])
      expect(await ask(page, language)).toBe(`in ${language}`);
  });
});

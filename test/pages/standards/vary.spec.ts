import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms } from '../../support/platforms.js';
import { type Fields, StandardsApplication, type StandardsPage } from './standards-application.js';

describe.each(platforms)('Vary by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform);
  });
  afterAll(async () => app.close());

  const varying = (on: string | string[], more: Fields = {}): StandardsPage =>
    app.counting({ 'Cache-Control': 'max-age=60', Vary: on, ...more });

  it.each<[string, string | string[], Fields, Fields, boolean]>([
    ['the same value', 'Accept', { accept: 'a' }, { accept: 'a' }, true],
    ['another value', 'Accept', { accept: 'a' }, { accept: 'b' }, false],
    ['a value where there was none', 'Accept', {}, { accept: 'a' }, false],
    ['none where there was one', 'Accept', { accept: 'a' }, {}, false],
    ['none where there was none', 'Accept', {}, {}, true],
    ['an empty one where there was none', 'X-A', {}, { 'x-a': '' }, false],
    ['another of two', 'X-A, X-B', { 'x-a': '1', 'x-b': '1' }, { 'x-a': '1', 'x-b': '2' }, false],
    ['another of the second line', ['X-A', 'X-B'], { 'x-b': '1' }, { 'x-b': '2' }, false],
    ['white space in a list', 'Accept', { accept: 'a, b' }, { accept: 'a ,b' }, true],
    ['another order in a list', 'Accept', { accept: 'a, b' }, { accept: 'b, a' }, false],
    [
      'another case where that means nothing',
      'Accept-Language',
      { 'accept-language': 'en-GB' },
      { 'accept-language': 'EN-gb' },
      true,
    ],
    ['another case where that may mean something', 'X-A', { 'x-a': 'a' }, { 'x-a': 'A' }, false],
    ['white space within a quoted string', 'X-A', { 'x-a': '"a, b"' }, { 'x-a': '"a,b"' }, false],
    ['what nobody varies on', 'X-A', { 'x-b': '1' }, { 'x-b': '2' }, true],
  ])('takes requests with %s as they are', async (_what, on, first, second, alike) => {
    const page = varying(on);
    expect(await app.textOf(page, first)).toBe('run 1');
    expect(await app.textOf(page, second)).toBe(alike ? 'run 1' : 'run 2');
    expect(await app.textOf(page, first)).toBe('run 1');
  });

  it('keeps apart what it has kept apart once', async () => {
    const page = app.page(({ headers }, run) => ({
      fields: { 'Cache-Control': 'max-age=60', ...(headers['x-a'] === '1' && { Vary: 'X-A' }) },
      body: `run ${run}`,
    }));
    expect(await app.textOf(page, { 'x-a': '1' })).toBe('run 1');
    expect(await app.textOf(page, { 'x-a': '2' })).toBe('run 2');
    expect(await app.textOf(page, { 'x-a': '1' })).toBe('run 1');
    expect(await app.textOf(page, { 'x-a': '2' })).toBe('run 2');
  });

  it('asks about each variant with its own validator, and freshens that alone', async () => {
    const page = app.page(({ headers }, run) => {
      const tag = `"${headers['x-a']}"`;
      // A 304 need not say again what it varies on.
      if (headers['if-none-match'] === tag) return { status: 304, fields: { 'Cache-Control': 'max-age=60' } };
      return {
        fields: { 'Cache-Control': 'max-age=60', Vary: 'X-A', ETag: tag },
        body: `run ${run}`,
      };
    });
    await app.textOf(page, { 'x-a': '1' });
    await app.textOf(page, { 'x-a': '2' });
    app.clock.advance(60);
    expect(await app.textOf(page, { 'x-a': '1' })).toBe('run 1');
    expect(page.questions.at(-1)!.headers['if-none-match']).toBe('"1"');
    expect(await app.textOf(page, { 'x-a': '1' })).toBe('run 1');
    expect(page.runs).toBe(3);
    expect(await app.textOf(page, { 'x-a': '2' })).toBe('run 2');
    expect(page.questions.at(-1)!.headers['if-none-match']).toBe('"2"');
    expect(await app.textOf(page, { 'x-a': '3' })).toBe('run 5');
  });

  it('keeps apart from then on what a 304 says that it varies on', async () => {
    const page = app.page(({ headers }, run) =>
      headers['if-none-match'] === '"a"'
        ? { status: 304, fields: { 'Cache-Control': 'max-age=60', Vary: 'X-A' } }
        : { fields: { 'Cache-Control': 'max-age=60', ETag: '"a"' }, body: `run ${run}` },
    );
    await app.textOf(page, { 'x-a': '1' });
    app.clock.advance(60);
    expect(await app.textOf(page, { 'x-a': '1' })).toBe('run 1');
    expect(await app.textOf(page, { 'x-a': '2' })).toBe('run 3');
    expect(await app.textOf(page, { 'x-a': '1' })).toBe('run 1');
  });

  it('uses no page more that a 304 says varies on everything', async () => {
    const page = app.page(({ headers }, run) =>
      headers['if-none-match'] === '"a"'
        ? { status: 304, fields: { 'Cache-Control': 'max-age=60', Vary: '*' } }
        : { fields: { 'Cache-Control': 'max-age=60', ETag: '"a"' }, body: `run ${run}` },
    );
    await app.get(page);
    app.clock.advance(60);
    expect(await app.textOf(page)).toBe('run 1');
    await app.get(page);
    expect(page.runs).toBe(3);
  });

  it('is told to those who come after', async () => {
    const page = varying(['X-A', 'X-B']);
    await app.get(page);
    expect((await app.get(page)).headers['vary']).toBe('X-A, X-B');
  });
});

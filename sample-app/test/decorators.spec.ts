import { describe, expect, it, jest } from '@jest/globals';
import type { Answer } from './support/application.js';
import { askingOne } from './support/started.js';

jest.setTimeout(60_000);

const ask = askingOne();

function statusOf({ headers }: Answer): string {
  return String(headers['cache-status']);
}

interface Counters {
  readonly hits: number;
  readonly early: number;
  readonly misses: number;
}

async function statistics(): Promise<Record<'default' | 'pages', Counters>> {
  return JSON.parse((await ask('/cache/statistics')).text) as Record<'default' | 'pages', Counters>;
}

describe('@CachePage', () => {
  it('keeps the catalogue for each question, and no made-up parameter leads around it', async () => {
    const first = await ask('/films?q=cachepage');
    const other = await ask('/films?q=cachepag');
    const madeUp = await ask('/films?utm_source=somebody&q=cachepage&n=1');
    expect([statusOf(first), statusOf(other)]).toEqual([
      expect.stringContaining('stored'),
      expect.stringContaining('stored'),
    ]);
    expect(statusOf(madeUp)).toContain('hit');
    expect(madeUp.body.equals(first.body)).toBe(true);
  });

  it.each(['/films?q=serveronly', '/directors/1'])(
    'tells browsers no lifetime of %s, which an edit may change, and answers 304 while none has',
    async (path) => {
      const { headers } = await ask(path);
      expect([headers['cache-control'], headers.expires]).toEqual([undefined, undefined]);
      const again = await ask(path, { headers: { 'If-None-Match': headers.etag! } });
      expect([again.status, again.body.length]).toEqual([304, 0]);
      expect(statusOf(again)).toContain('hit');
    },
  );
});

describe('@VaryOnHeaders', () => {
  it('keeps the languages of the decades apart, and says so', async () => {
    const german = await ask('/decades', { headers: { 'Accept-Language': 'de' } });
    const french = await ask('/decades', { headers: { 'Accept-Language': 'fr' } });
    expect([german, french].map(({ headers }) => headers['content-language'])).toEqual(['de', 'fr']);
    expect([german, french].map(({ headers }) => headers.vary)).toEqual([
      'Accept-Language',
      'Accept-Language',
    ]);
  });
});

describe('early', () => {
  it('has the decades answered before the application sees the request, HEAD and conditions too', async () => {
    const headers = { 'Accept-Language': 'es' };
    const first = await ask('/decades', { headers });
    const before = (await statistics()).pages.early;
    const hit = await ask('/decades', { headers });
    expect(hit.body.equals(first.body)).toBe(true);
    const known = await ask('/decades', {
      headers: { ...headers, 'If-None-Match': String(first.headers.etag) },
    });
    expect(known.status).toBe(304);
    expect((await statistics()).pages.early).toBe(before + 2);
  });
});

describe('@VaryOnCookie', () => {
  const inKilometres = { headers: { cookie: 'other=1; units=km' } };

  it('keeps the flights in miles and in kilometres apart', async () => {
    const miles = await ask('/flights');
    const kilometres = await ask('/flights', inKilometres);
    expect(miles.text).toContain('500–999 miles');
    expect(kilometres.text).toContain('805–1,608 kilometres');
    for (const question of [undefined, { headers: { cookie: 'units=miles' } }])
      expect((await ask('/flights', question)).text).not.toContain('–1,608 kilometres');
    expect(miles.headers.vary).toBe('Cookie');
  });

  it('shares the page among visitors whose other cookies differ', async () => {
    const first = await ask('/flights', inKilometres);
    const second = await ask('/flights', { headers: { cookie: 'units=km; visitor=somebody' } });
    expect(statusOf(second)).toContain('hit');
    expect(second.body.equals(first.body)).toBe(true);
  });

  it('follows the choice that a visitor makes', async () => {
    const chosen = await ask('/flights', { form: { units: 'km' } });
    expect([chosen.status, chosen.headers.location]).toEqual([303, '/flights']);
    const cookie = chosen.headers['set-cookie']![0]!.split(';')[0]!;
    expect((await ask('/flights', { headers: { cookie } })).text).toContain('805–1,608 kilometres');
    const unknown = await ask('/flights', { form: { units: 'parsec' } });
    expect(unknown.headers['set-cookie']![0]).toMatch(/^units=miles;/);
  });
});

describe('@InjectCache', () => {
  it('gives the report the cache of the pages, so that one computation serves the pages in all units', async () => {
    await ask('/cache/pages/clear', { form: {} });
    await ask('/flights');
    const before = await statistics();
    expect(statusOf(await ask('/flights', { headers: { cookie: 'units=km' } }))).toContain('stored');
    const after = await statistics();
    expect(after.pages.hits - before.pages.hits).toBe(1);
    expect(after.default).toEqual(before.default);
  });
});

describe('@CacheControl', () => {
  it('lets everybody keep the style sheet for ever', async () => {
    const { headers } = await ask('/style.css');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('has programs ask for films each time, errors included', async () => {
    for (const path of ['/api/films', '/api/films/20', '/api/films/99999999'])
      expect((await ask(path)).headers['cache-control']).toBe('no-cache');
  });
});

describe('@NeverCache', () => {
  it('keeps what is about a visitor out of every cache, the answers to forms and errors included', async () => {
    const answers = [
      await ask('/me'),
      await ask('/me'),
      await ask('/me/sign-in', { form: { name: 'Ada' } }),
      await ask('/me/favourites', { form: { film: 'none' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 303, 404]);
    for (const { headers } of answers) {
      expect(headers['cache-control']).toBe('max-age=0, no-cache, no-store, must-revalidate, private');
      expect(headers['cache-status']).toBeUndefined();
    }
  });
});

describe('@ConditionalPage', () => {
  it('answers 304 to a program that has the present figures, and the figures as soon as there are others', async () => {
    const first = await ask('/cache/statistics');
    const headers = { 'If-None-Match': first.headers.etag! };
    const same = await ask('/cache/statistics', { headers });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    await ask('/films/33');
    const other = await ask('/cache/statistics', { headers });
    expect(other.status).toBe(200);
    expect(other.text).not.toBe(first.text);
  });
});

describe('@NoSiteCache', () => {
  it('keeps pages out of the cache of the site that show each visit something else', async () => {
    for (const path of ['/films/20', '/films/20/edit', '/api/films', '/cache/statistics', '/style.css'])
      for (let visit = 0; visit < 2; visit++)
        expect((await ask(path)).headers['cache-status']).toBeUndefined();
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Answer, Application } from './support/application.js';
import { filmRows, flightRows } from './support/data-sets.js';
import { tableRows, words } from './support/page-text.js';

jest.setTimeout(60_000);

let folder: string;
let application: Application;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-pages-'));
  application = await Application.listening({ DATABASE: join(folder, 'films.sqlite') });
});

afterAll(async () => {
  await application.stop();
  await rm(folder, { recursive: true });
});

function withoutHandling({ headers }: Answer): object {
  const { age: _age, date: _date, 'cache-status': _status, ...others } = headers;
  return others;
}

/** Returns what the page of the caches says of one alias. */
function cardOf(alias: string, markup: string): string {
  const card = new RegExp(`data-alias="${alias}">(.*?)</li>`, 's').exec(markup)?.[1] ?? '';
  return words(card);
}

function countersOf(card: string): number[] {
  return [/Hits (\d+)/, /Misses (\d+)/].map((pattern) => Number(pattern.exec(card)?.[1]));
}

describe('the flight report', () => {
  let first: Answer;
  const hits: Answer[] = [];

  beforeAll(async () => {
    first = await application.ask('/flights');
    for (let visit = 0; visit < 15; visit++) hits.push(await application.ask('/flights'));
  });

  it('is computed for the first visitor and stored', () => {
    expect(first.status).toBe(200);
    expect(first.headers['cache-status']).toBe('nestjs-cache; fwd=uri-miss; stored');
    expect(first.headers['age']).toBeUndefined();
  });

  it('is a hit for all others, with the same status, headers and bytes', () => {
    for (const hit of hits) {
      expect(hit.headers['cache-status']).toMatch(/^nestjs-cache; hit; ttl=\d+$/);
      expect(hit.headers['age']).toMatch(/^\d+$/);
      expect(hit.status).toBe(first.status);
      expect(withoutHandling(hit)).toEqual(withoutHandling(first));
      expect(hit.body.equals(first.body)).toBe(true);
    }
  });

  it('is at least 20 times faster as a hit', () => {
    expect(first.ms / Math.min(...hits.map(({ ms }) => ms))).toBeGreaterThanOrEqual(20);
  });

  it('answers HEAD from the page of GET', async () => {
    const head = await application.ask('/flights', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(head.headers['content-length']).toBe(String(first.body.length));
    expect(head.headers['cache-status']).toMatch(/hit/);
  });

  it('answers 304 to a browser that has the page', async () => {
    const headers = { 'If-None-Match': first.headers.etag! };
    const answer = await application.ask('/flights', { headers });
    expect(answer.status).toBe(304);
    expect(answer.body).toHaveLength(0);
  });

  it('says what the flights of the data set say', () => {
    const flights = flightRows();
    expect(first.text).toContain(`<b id="total-flights">${flights.length.toLocaleString('en-US')}</b>`);
    const delays = flights
      .filter(({ time }) => Math.floor(time) === 17)
      .map(({ delay }) => delay)
      .toSorted((one, other) => one - other);
    const within = (share: number): number => delays[Math.ceil(share * delays.length) - 1]!;
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    const row = tableRows(first.text).find(([heading]) => heading === '17:00');
    expect(row?.slice(1, 6)).toEqual([
      delays.length.toLocaleString('en-US'),
      `${mean.toFixed(1)} min`,
      `${within(0.5)} min`,
      `${within(0.9)} min`,
      `${within(0.99)} min`,
    ]);
  });

  it('bakes into its footer when and for how long it was computed, and the alias', () => {
    const [, at, ms, alias] = /data-at="(\d+)" data-ms="([\d.]+)" data-alias="(\w+)"/.exec(first.text) ?? [];
    expect(Math.abs(Number(at) - Date.parse(first.headers.date!))).toBeLessThan(60_000);
    expect(Number(ms)).toBeGreaterThan(0);
    expect(alias).toBe('pages');
  });
});

describe('the page of the decades', () => {
  const TITLES = {
    en: 'The decades of cinema',
    de: 'Die Jahrzehnte des Kinos',
    fr: 'Les décennies du cinéma',
    es: 'Las décadas del cine',
  };

  it('keeps languages apart', async () => {
    for (const round of ['fwd=', 'hit']) {
      for (const [language, title] of Object.entries(TITLES)) {
        const answer = await application.ask('/decades', { headers: { 'Accept-Language': language } });
        expect(answer.headers['cache-status']).toContain(round);
        expect(answer.headers['content-language']).toBe(language);
        expect(answer.headers.vary).toBe('Accept-Language');
        expect(answer.text).toContain(`<h1>${title}</h1>`);
        expect(answer.text).toContain(`<html lang="${language}">`);
      }
    }
  });

  it('takes the language of a link before that of the browser', async () => {
    const answer = await application.ask('/decades?lang=es', { headers: { 'Accept-Language': 'de' } });
    expect(answer.headers['content-language']).toBe('es');
  });
});

describe('the catalogue', () => {
  const matching = filmRows().filter(
    ({ Title, 'Major Genre': genre }) => /star/i.test(String(Title)) && genre === 'Adventure',
  );

  it('finds films by title and genre, as a page and as JSON', async () => {
    const query = '?q=STAR&genre=Adventure&sort=title';
    const page = await application.ask(`/films${query}`);
    const json = await application.ask(`/api/films${query}`);
    const found = JSON.parse(json.text) as { total: number; films: { title: string }[] };
    const titles = matching.map(({ Title }) => String(Title));
    expect(json.headers['content-type']).toMatch(/^application\/json/);
    expect(found.total).toBe(titles.length);
    expect(found.films.map(({ title }) => title).toSorted()).toEqual(titles.toSorted());
    expect(page.text).toContain(`${titles.length} films`);
    for (const title of titles) expect(words(page.text)).toContain(title.replaceAll("'", '&#39;'));
  });

  it('leads through all films page by page, each once', async () => {
    const ids = new Set<number>();
    let pages = 1;
    for (let page = 1; page <= pages; page++) {
      const answer = await application.ask(`/api/films?sort=imdb&page=${page}`);
      const part = JSON.parse(answer.text) as { pages: number; films: { id: number }[] };
      pages = part.pages;
      for (const { id } of part.films) ids.add(id);
    }
    expect(ids.size).toBe(filmRows().length);
  });

  it('takes signs of SQL patterns for letters', async () => {
    const answer = await application.ask(`/api/films?q=${encodeURIComponent('%')}`);
    const expected = filmRows().filter(({ Title }) => String(Title).includes('%'));
    expect(JSON.parse(answer.text)).toMatchObject({ total: expected.length });
  });

  it('escapes what was searched for', async () => {
    const answer = await application.ask(`/films?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(answer.text).not.toContain('<script>alert');
    expect(answer.text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  });

  it('answers with JSON where there is no such film, and with a page to people', async () => {
    const json = await application.ask('/api/films/99999999');
    expect(json.status).toBe(404);
    expect(JSON.parse(json.text)).toEqual({ statusCode: 404, message: 'There is no film 99999999.' });
    const page = await application.ask('/films/none');
    expect(page.status).toBe(404);
    expect(page.text).toContain('<h1>Not found</h1>');
  });
});

describe('the footer', () => {
  it('tells that the form of a film is in no cache', async () => {
    const { text } = await application.ask('/films/24/edit');
    expect(words(text)).toMatch(
      /Computed in [\d.]+ m?s for this visit; the page as a whole is in no cache\./,
    );
  });

  it('tells which values came from the cache', async () => {
    const first = await application.ask('/films/20');
    const second = await application.ask('/films/20');
    expect(words(first.text)).toContain(
      'Miss: film:20 was read from the database and kept in the cache default',
    );
    expect(words(second.text)).toMatch(/Hit: film:20 came from the cache default , [\d.]+ m?s old/);
  });
});

describe('the page of the caches', () => {
  it('shows every alias with its backend and its counters', async () => {
    const before = cardOf('default', (await application.ask('/cache')).text);
    await application.ask('/films/21');
    await application.ask('/films/21');
    const after = cardOf('default', (await application.ask('/cache')).text);
    const [hits = 0, misses = 0] = countersOf(before);
    expect(countersOf(after)).toEqual([hits + 1, misses + 1]);
    expect(after).toMatch(/^default memory/);
    expect(cardOf('pages', (await application.ask('/cache')).text)).toMatch(/^pages memory/);
  });

  it('clears one alias and leaves the other', async () => {
    await application.ask('/films/22');
    await application.ask('/decades?lang=en');
    const answer = await application.ask('/cache/pages/clear', { form: {} });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe('/cache?cleared=pages');
    const page = await application.ask('/decades?lang=en');
    expect(page.headers['cache-status']).toContain('fwd=uri-miss');
    expect((await application.ask('/films/22')).text).toContain('Hit: ');
  });

  it('knows no alias but those configured', async () => {
    expect((await application.ask('/cache/other/clear', { form: {} })).status).toBe(404);
  });
});

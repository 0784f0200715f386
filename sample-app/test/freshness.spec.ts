import { describe, expect, it, jest } from '@jest/globals';
import type { Answer } from './support/application.js';
import { filmIdWhere } from './support/data-sets.js';
import { askingOne } from './support/started.js';

jest.setTimeout(60_000);

const ask = askingOne();

async function put(id: number, film: object, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(`/api/films/${id}`, { method: 'PUT', json: film, headers });
}

async function directorOf(id: number): Promise<string> {
  const film = JSON.parse((await ask(`/api/films/${id}`)).text) as { director: { id: number } };
  return `/directors/${film.director.id}`;
}

/** Asks for pages until they come from the cache. */
async function keep(paths: readonly string[]): Promise<void> {
  for (const path of paths) await ask(path);
  for (const path of paths) expect((await ask(path)).headers['cache-status']).toContain('hit');
}

/** What an edit must show on at once: the catalogue, and the directors before and after. */
async function expectShown(
  title: string,
  id: number,
  { from, to }: { from: string; to: string },
): Promise<void> {
  expect((await ask(`/films/${id}`)).text).toContain(`<h1>${title}</h1>`);
  expect((await ask('/films?q=Fresh')).text).toContain(title);
  expect((await ask(from)).text).not.toContain(`href="/films/${id}"`);
  expect((await ask(to)).text).toContain(title);
}

const spielberg = filmIdWhere(({ Director }) => Director === 'Steven Spielberg');
const jackson = filmIdWhere(({ Director }) => Director === 'Peter Jackson');
const allen = filmIdWhere(({ Director }) => Director === 'Woody Allen');

describe('@CacheTags', () => {
  it('has an edit show at once in the catalogue and on the pages of both directors, and leaves others kept', async () => {
    const [from, to, other] = [
      await directorOf(spielberg),
      await directorOf(jackson),
      await directorOf(allen),
    ];
    await keep(['/films?q=Fresh', from, to, other]);
    const form = { title: 'Fresh by the form', director: 'Peter Jackson' };
    expect((await ask(`/films/${spielberg}/edit`, { form })).status).toBe(303);
    await expectShown('Fresh by the form', spielberg, { from, to });
    expect((await ask(other)).headers['cache-status']).toContain('hit');
  });
});

describe('@InvalidateTags', () => {
  it('has an edit through the API show at once in the catalogue and on the pages of both directors', async () => {
    const [from, to] = [await directorOf(jackson), await directorOf(allen)];
    await keep(['/films?q=Fresh', from, to]);
    const answer = await put(jackson, { title: 'Fresh by the API', director: 'Woody Allen', minutes: 90 });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ title: 'Fresh by the API', minutes: 90 });
    await expectShown('Fresh by the API', jackson, { from, to });
  });

  it('leaves the pages kept if nothing was changed', async () => {
    await keep(['/films?q=Kept']);
    const refused = await put(allen, { title: '' });
    expect([refused.status, JSON.parse(refused.text)]).toEqual([
      422,
      { statusCode: 422, message: 'title: Give the film a title.' },
    ]);
    expect((await put(99_999_999, { title: 'Kept' })).status).toBe(404);
    expect((await ask('/films?q=Kept')).headers['cache-status']).toContain('hit');
  });
});

describe('@Etag', () => {
  it('answers 304 to a program that has the present version of the catalogue, until there is an edit', async () => {
    const first = await ask('/api/films?q=star');
    const headers = { 'If-None-Match': first.headers.etag! };
    const same = await ask('/api/films?q=star', { headers });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    await ask('/films/40/edit', { form: { title: 'A new star' } });
    const other = await ask('/api/films?q=star', { headers });
    expect(other.status).toBe(200);
    expect(other.text).toContain('A new star');
  });

  it('lets no edit through that was made on an older version of the film', async () => {
    const { etag } = (await ask('/api/films/41')).headers;
    const [first, second] = [
      await put(41, { title: 'Mine' }, { 'If-Match': etag! }),
      await put(41, { title: 'Theirs' }, { 'If-Match': etag! }),
    ];
    expect([first.status, second.status]).toEqual([200, 412]);
    const film = await ask('/api/films/41');
    expect(JSON.parse(film.text)).toMatchObject({ title: 'Mine' });
    expect((await put(41, { title: 'Theirs' }, { 'If-Match': film.headers.etag! })).status).toBe(200);
  });
});

describe('@LastModified', () => {
  it('answers 304 to a program that has the catalogue since its last edit', async () => {
    const { headers } = await ask('/api/films?q=war');
    const changedAt = Date.parse(headers['last-modified']!);
    const since = async (moment: number): Promise<number> => {
      const field = { 'If-Modified-Since': new Date(moment).toUTCString() };
      return (await ask('/api/films?q=war', { headers: field })).status;
    };
    expect([await since(changedAt), await since(changedAt - 1000)]).toEqual([304, 200]);
    await ask('/films/42/edit', { form: { title: 'The last edit' } });
    const later = Date.parse((await ask('/api/films')).headers['last-modified']!);
    expect(later).toBeGreaterThanOrEqual(changedAt);
  });
});

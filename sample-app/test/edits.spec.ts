import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Answer, Application } from './support/application.js';
import { filmIdWhere } from './support/data-sets.js';
import { words } from './support/page-text.js';

jest.setTimeout(60_000);

let folder: string;
let application: Application;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-edits-'));
  application = await Application.listening({ DATABASE: join(folder, 'films.sqlite') });
});

afterAll(async () => {
  await application.stop();
  await rm(folder, { recursive: true });
});

interface FilmJson {
  readonly title: string;
  readonly genre: string | null;
  readonly minutes: number | null;
  readonly director: { readonly id: number; readonly name: string } | null;
}

async function filmJson(id: number): Promise<FilmJson> {
  return JSON.parse((await application.ask(`/api/films/${id}`)).text) as FilmJson;
}

async function edit(id: number, form: Record<string, string>): Promise<Answer> {
  return application.ask(`/films/${id}/edit`, { form });
}

describe('an edit of a film', () => {
  const id = filmIdWhere(({ Director }) => Director === 'Steven Spielberg');
  const otherId = filmIdWhere(({ Director }) => Director === 'Peter Jackson');

  it('shows at once on the page of the film and those of the directors before and after', async () => {
    const before = await filmJson(id);
    const spielberg = `/directors/${before.director!.id}`;
    const jackson = `/directors/${(await filmJson(otherId)).director!.id}`;
    for (const page of [`/films/${id}`, spielberg, jackson]) await application.ask(page);
    expect((await application.ask(`/films/${id}`)).text).toContain('Hit: ');
    for (const page of [spielberg, jackson])
      expect((await application.ask(page)).headers['cache-status']).toContain('hit');

    const answer = await edit(id, { title: 'A Changed Title', director: 'Peter Jackson', genre: 'Drama' });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe(`/films/${id}?saved=1`);

    expect((await application.ask(`/films/${id}`)).text).toContain('<h1>A Changed Title</h1>');
    expect((await application.ask(spielberg)).text).not.toContain(`href="/films/${id}"`);
    expect((await application.ask(jackson)).text).toContain('A Changed Title');
    expect(await filmJson(id)).toMatchObject({
      title: 'A Changed Title',
      genre: 'Drama',
      minutes: null,
      director: { name: 'Peter Jackson' },
    });
  });

  it('adds a director whom nobody knew, and takes one away', async () => {
    await edit(id, { title: 'Another', director: 'Someone Entirely New' });
    expect(await filmJson(id)).toMatchObject({ director: { name: 'Someone Entirely New' } });
    await edit(id, { title: 'Another', director: '' });
    expect((await filmJson(id)).director).toBeNull();
  });

  it('does not get in the way of others at the same time', async () => {
    const ids = [101, 102, 103, 104, 105, 106];
    const edits = await Promise.all(
      ids.map(async (each) => edit(each, { title: `Film ${each}`, director: 'A New One' })),
    );
    expect(edits.map(({ status }) => status)).toEqual(ids.map(() => 303));
    for (const each of ids)
      expect(await filmJson(each)).toMatchObject({ title: `Film ${each}`, director: { name: 'A New One' } });
  });

  it('is refused with a message for each wrong field, and what was typed stays', async () => {
    const before = await filmJson(otherId);
    const answer = await edit(otherId, {
      title: '  ',
      genre: 'Opera',
      minutes: 'long',
      imdbRating: '11',
      rottenTomatoes: '50.5',
      distributor: 'Kept & shown',
    });
    expect(answer.status).toBe(422);
    const text = words(answer.text);
    expect(text).toContain('Not saved: 5 fields need your attention.');
    expect(text).toContain('Give the film a title.');
    expect(text).toContain('Choose one of the list.');
    expect(text).toContain('Give whole minutes from 1 to 1000, or nothing.');
    expect(text).toContain('Give a number from 0 to 10 such as 7.4, or nothing.');
    expect(text).toContain('Give a whole number from 0 to 100, or nothing.');
    expect(answer.text).toContain('value="Kept &amp; shown"');
    expect(await filmJson(otherId)).toEqual(before);
  });

  it('never becomes markup', async () => {
    const title = `<img src=x onerror="alert('1')">`;
    await edit(id, { title, director: title });
    const director = (await filmJson(id)).director!.id;
    for (const page of [`/films/${id}`, `/films/${id}/edit`, `/directors/${director}`, '/films?q=onerror']) {
      const { text } = await application.ask(page);
      expect(text).not.toContain('<img');
      expect(text).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;');
    }
  });

  it('of a film that is not there is not found', async () => {
    expect((await edit(99_999_999, { title: 'Nothing' })).status).toBe(404);
  });
});

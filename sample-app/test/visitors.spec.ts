import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Answer, Application } from './support/application.js';

jest.setTimeout(60_000);

let folder: string;
let application: Application;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-visitors-'));
  application = await Application.listening({ DATABASE: join(folder, 'films.sqlite') });
});

afterAll(async () => {
  await application.stop();
  await rm(folder, { recursive: true });
});

/** Signs in and returns the cookie. */
async function signIn(name: string): Promise<string> {
  const answer = await application.ask('/me/sign-in', { form: { name } });
  expect(answer.status).toBe(303);
  return answer.headers['set-cookie']![0]!.split(';')[0]!;
}

async function pageOf(cookie: string): Promise<Answer> {
  return application.ask('/me', { headers: { cookie } });
}

describe('the page of a visitor', () => {
  it('is never shown to another', async () => {
    const [ada, grace] = [await signIn('Ada'), await signIn('Grace')];
    await application.ask('/me/favourites', { form: { film: '12' }, headers: { cookie: ada } });
    for (let round = 1; round <= 3; round++) {
      const [adas, graces] = [await pageOf(ada), await pageOf(grace)];
      expect(adas.text).toContain('Hello, Ada');
      expect(adas.text).not.toContain('Grace');
      expect(adas.text).toContain('href="/films/12"');
      expect(adas.text).toContain(`<b id="visits">${round}</b>`);
      expect(graces.text).toContain('Hello, Grace');
      expect(graces.text).not.toContain('Ada');
      expect(graces.text).not.toContain('href="/films/12"');
      expect(graces.text).toContain(`<b id="visits">${round}</b>`);
    }
    expect((await application.ask('/me')).text).toContain('Who is there?');
  });

  it('is in no page cache', async () => {
    const answer = await pageOf(await signIn('Edsger'));
    expect(answer.headers['cache-control']).toContain('no-store');
    expect(answer.headers['cache-status']).toBeUndefined();
  });

  it('keeps favourites until they are removed', async () => {
    const cookie = await signIn('Barbara');
    const ask = async (path: string): Promise<Answer> =>
      application.ask(path, { form: { film: '30' }, headers: { cookie } });
    await ask('/me/favourites');
    await ask('/me/favourites');
    expect((await pageOf(cookie)).text).toContain('<b>1</b> favourite film');
    await ask('/me/favourites/remove');
    expect((await pageOf(cookie)).text).toContain('<b>0</b> favourite films');
  });

  it('shows an edit of a favourite at once', async () => {
    const cookie = await signIn('Donald');
    await application.ask('/me/favourites', { form: { film: '31' }, headers: { cookie } });
    await pageOf(cookie);
    await application.ask('/films/31/edit', { form: { title: 'Renamed Meanwhile' } });
    expect((await pageOf(cookie)).text).toContain('Renamed Meanwhile');
  });
});

describe('a sign-in', () => {
  it('with a forged cookie counts for nothing', async () => {
    const [, signature] = (await signIn('Mallory')).split('.');
    const forged = `visitor=${Buffer.from('Ada').toString('base64url')}.${signature}`;
    expect((await pageOf(forged)).text).toContain('Who is there?');
  });

  it('ends with a sign-out', async () => {
    const answer = await application.ask('/me/sign-out', {
      form: {},
      headers: { cookie: await signIn('Alan') },
    });
    expect(answer.headers['set-cookie']![0]).toMatch(/^visitor=; .*Max-Age=0/);
  });

  it('needs a name', async () => {
    const answer = await application.ask('/me/sign-in', { form: { name: '   ' } });
    expect(answer.status).toBe(422);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.text).toContain('Give a name of 1 to 60 characters.');
  });

  it('takes any name, and never for markup', async () => {
    const { text } = await pageOf(await signIn('<b>Zoë 🎬</b>'));
    expect(text).toContain('Hello, &lt;b&gt;Zoë 🎬&lt;/b&gt;');
  });

  it('does not change the pages that are the same for everybody', async () => {
    const cookie = await signIn('Niklaus');
    const signedIn = await application.ask('/decades', { headers: { cookie } });
    const stranger = await application.ask('/decades');
    expect(stranger.headers['cache-status']).toContain('hit');
    expect(stranger.body.equals(signedIn.body)).toBe(true);
    expect(stranger.text).not.toContain('Niklaus');
  });
});

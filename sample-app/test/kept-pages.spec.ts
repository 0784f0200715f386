import { describe, expect, it, jest } from '@jest/globals';
import type { Answer } from './support/application.js';
import { askingOne } from './support/started.js';

jest.setTimeout(60_000);

const ask = askingOne();

function statusOf({ headers }: Answer): string {
  return String(headers['cache-status']);
}

describe('the cache of the site', () => {
  it('keeps the start page, which says nothing of caches itself', async () => {
    const first = await ask('/');
    const second = await ask('/');
    expect(statusOf(second)).toContain('hit');
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.text).toContain('data-alias="pages"');
  });

  it('leaves visitors with a cookie alone', async () => {
    for (let visit = 0; visit < 2; visit++) {
      const answer = await ask('/', { headers: { cookie: 'visitor=somebody' } });
      expect(statusOf(answer)).toBe('nestjs-cache; fwd=bypass');
      expect(answer.text).toContain('the page as a whole is in no cache');
    }
  });
});

describe('PageCache', () => {
  const flights = `/cache/page?${new URLSearchParams({ path: '/flights?x=1' }).toString()}`;

  async function outcome(): Promise<string | undefined> {
    return /id="outcome">([\w-]+)</.exec((await ask(flights)).text)?.[1];
  }

  it('explains what becomes of a page, and takes it out of the cache by its path', async () => {
    await ask('/flights?x=1');
    expect(await outcome()).toBe('hit');
    const answer = await ask('/cache/page', { form: { path: '/flights' } });
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      '/cache/page?path=%2Fflights&forgotten=now',
    ]);
    expect(await outcome()).toBe('miss');
    expect(statusOf(await ask('/flights?x=1'))).toContain('stored');
  });

  it('is asked for paths of this site alone', async () => {
    for (const path of ['flights', 'http://elsewhere.example/', ''])
      expect((await ask(`/cache/page?path=${encodeURIComponent(path)}`)).status).toBe(400);
    const page = await ask(`/cache/page?path=${encodeURIComponent('/<script>')}`);
    expect(page.text).not.toContain('/<script>');
  });
});

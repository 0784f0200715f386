import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, type Reply } from '../support/platforms.js';
import { HIT, ScriptedApplication, type ScriptRequest } from '../pages/scripted-pages.js';

/** Each is a case in which caches of return values, keyed by the URL alone, give a wrong answer. */
describe.each(platforms)('Where a simple cache goes wrong, a page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  const inWords = ({ headers }: ScriptRequest, name: string): string => `${name}: ${headers[name] ?? 'none'}`;

  it('is the own one of a second user with another Authorization', async () => {
    const page = app.page((request) => inWords(request, 'authorization'));
    for (const authorization of ['Bearer ann', 'Bearer bob'])
      expect((await app.client.get(page.path, { authorization })).text).toBe(
        `authorization: ${authorization}`,
      );
    expect((await app.client.get(page.path)).text).toBe('authorization: none');
  });

  it.each(['', 'Cookie'])(
    'is the own one of a second user with another Cookie, with "Vary: %s"',
    async (vary) => {
      const page = app.page((request, reply) => {
        if (vary !== '') reply.header('Vary', vary);
        return inWords(request, 'cookie');
      });
      for (const cookie of ['sid=ann', 'sid=bob', 'sid=ann'])
        expect((await app.client.get(page.path, { cookie })).text).toBe(`cookie: ${cookie}`);
      expect((await app.client.get(page.path)).text).toBe('cookie: none');
    },
  );

  it('is clean after a request with an X-Forwarded-Host of an attacker', async () => {
    const page = app.page((request) => inWords(request, 'x-forwarded-host'));
    await app.client.get(page.path, { 'x-forwarded-host': 'evil.example' });
    expect((await app.client.get(page.path)).text).toBe('x-forwarded-host: none');
  });

  it('is another one for another Host', async () => {
    const page = app.page((request) => inWords(request, 'host'));
    for (const host of ['a.example', 'b.example', 'a.example'])
      expect((await app.client.get(page.path, { host })).text).toBe(`host: ${host}`);
    expect(page.runs).toBe(2);
  });

  it('that failed with 500 fails, or does not, by itself each time', async () => {
    const page = app.page((_request, reply, run) => {
      reply.status(run === 1 ? 500 : 200);
      return `run ${run}`;
    });
    expect(await statusAndText(page.path)).toEqual([500, 'run 1']);
    expect(await statusAndText(page.path)).toEqual([200, 'run 2']);
  });

  it('that redirects does so again, with its Location', async () => {
    const page = app.page((_request, reply) => {
      reply.status(302);
      reply.header('Location', '/elsewhere');
      return '';
    });
    for (const run of [1, 2]) {
      const answer = await app.client.get(page.path);
      expect([answer.status, answer.headers.location, page.runs]).toEqual([302, '/elsewhere', run]);
    }
  });

  it('without content has none again', async () => {
    const page = app.page((_request, reply) => void reply.status(204));
    for (let count = 0; count < 2; count++) expect(await statusAndText(page.path)).toEqual([204, '']);
  });

  it('of plain text by a user stays plain text', async () => {
    const page = app.page((_request, reply) => {
      reply.header('Content-Type', 'text/plain; charset=utf-8');
      return '<script>alert(1)</script>';
    });
    await app.client.get(page.path);
    const hit = await app.client.get(page.path);
    expect(hit.headers).toMatchObject({
      'cache-status': expect.stringMatching(HIT),
      'content-type': 'text/plain; charset=utf-8',
    });
  });

  it('that sets a cookie sets the next client another', async () => {
    const page = app.page((_request, reply, run) => {
      reply.header('Set-Cookie', `sid=${run}`);
      return 'x';
    });
    for (const run of [1, 2])
      expect((await app.client.get(page.path)).headers['set-cookie']).toEqual([`sid=${run}`]);
  });

  it('that varies on the language is German for who asks in German after French', async () => {
    const page = app.page((request, reply) => {
      reply.header('Vary', 'Accept-Language');
      return inWords(request, 'accept-language');
    });
    for (const language of ['fr', 'de', 'fr'])
      expect((await app.client.get(page.path, { 'accept-language': language })).text).toBe(
        `accept-language: ${language}`,
      );
  });

  it('with no-store is computed each time', async () => {
    const page = app.page((_request, reply) => {
      reply.header('Cache-Control', 'no-store');
      return 'x';
    });
    for (const run of [1, 2]) {
      await app.client.get(page.path);
      expect(page.runs).toBe(run);
    }
  });

  it('is whole after somebody asked for a part of it', async () => {
    const page = app.ownPage(answerPart);
    const part = await app.client.get(page.path, { range: 'bytes=0-1' });
    expect([part.status, part.text]).toEqual([206, 'ab']);
    expect(await statusAndText(page.path)).toEqual([200, 'abcdef']);
  });

  it('is whole after If-None-Match gave somebody 304', async () => {
    const page = app.page((_request, reply) => {
      reply.header('ETag', '"a"');
      return 'whole';
    });
    const known = await app.client.get(page.path, { 'if-none-match': '"a"' });
    expect([known.status, known.text]).toEqual([304, '']);
    expect(await statusAndText(page.path)).toEqual([200, 'whole']);
  });

  it('for ?a=1&b=2 is not that for ?b=2&a=1, unless it is told so', async () => {
    const page = app.page(({ url }) => url);
    for (const query of ['?a=1&b=2', '?b=2&a=1'])
      expect((await app.client.get(page.path + query)).text).toBe(page.path + query);
    expect(page.runs).toBe(2);
  });

  it('answers HEAD after GET', async () => {
    const page = app.page(() => 'some words');
    await app.client.get(page.path);
    const head = await app.client.head(page.path);
    expect([head.status, head.headers['content-length'], head.text, page.runs]).toEqual([200, '10', '', 1]);
  });

  it('that is cold is computed once for 50 requests at once', async () => {
    const page = app.page(async () => {
      // The others arrive meanwhile.
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      return 'x';
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.client.get(page.path)));
    expect(answers.every(({ status, text }) => status === 200 && text === 'x')).toBe(true);
    expect(page.runs).toBe(1);
  });

  async function statusAndText(path: string): Promise<[number, string]> {
    const { status, text } = await app.client.get(path);
    return [status, text];
  }
});

function answerPart({ headers }: ScriptRequest, reply: Reply): void {
  if (headers['range'] === undefined) {
    reply.send('abcdef');
    return;
  }
  reply.status(206);
  reply.header('Content-Range', 'bytes 0-1/6');
  reply.send('ab');
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, type Reply } from '../support/platforms.js';
import { ScriptedApplication, type ScriptRequest } from '../pages/scripted-pages.js';

const BODY = 'abcdefghij';

/** As file servers do: a part if it is asked for, unless If-Range names another version. */
function answerRanges({ headers }: ScriptRequest, reply: Reply): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '');
  reply.header('ETag', '"v1"');
  const isOther = headers['if-range'] !== undefined && headers['if-range'] !== '"v1"';
  if (!range || isOther) {
    reply.send(BODY);
    return;
  }
  const [first, last] = [Number(range[1]), Number(range[2])];
  reply.status(206);
  reply.header('Content-Range', `bytes ${first}-${last}/${BODY.length}`);
  reply.send(BODY.slice(first, last + 1));
}

describe.each(platforms)('A part of a page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  const wholeAt = async (path: string): Promise<void> => {
    const { headers, status, text } = await app.client.get(path);
    expect([status, text, headers['content-range']]).toEqual([200, BODY, undefined]);
  };

  it.each([
    ['one range', { range: 'bytes=0-1' }],
    ['a range behind the end', { range: 'bytes=90-99' }],
    ['several ranges', { range: 'bytes=0-1,3-4' }],
    ['a range of an unknown unit', { range: 'lines=0-1' }],
    ['nonsense', { range: 'bytes=9-1' }],
    ['an empty Range', { range: '' }],
    ['a range if it is the right version', { range: 'bytes=0-1', 'if-range': '"v1"' }],
    ['a range if it is another version', { range: 'bytes=0-1', 'if-range': '"v0"' }],
    [
      'a range if it is older than a date',
      { range: 'bytes=0-1', 'if-range': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    ],
    ['If-Range alone', { 'if-range': '"v1"' }],
    ['a range that it must have', { range: 'bytes=0-1', 'if-match': '"v1"' }],
    ['a range unless it knows it', { range: 'bytes=0-1', 'if-none-match': '"v1"' }],
  ])('asked for by %s never stands for the whole', async (_name, headers) => {
    const page = app.ownPage(answerRanges);
    await app.client.get(page.path, headers);
    await wholeAt(page.path);
    await app.client.get(page.path, headers);
    await app.client.head(page.path, headers);
    await wholeAt(page.path);
  });

  it.each<[string, (reply: Reply) => void]>([
    ['206', (reply) => void reply.status(206)],
    ['206 without Content-Range', (reply) => void reply.status(206)],
    ['416', (reply) => void reply.status(416)],
    ['412', (reply) => void reply.status(412)],
    ['304', (reply) => void reply.status(304)],
  ])('that a handler answers unasked with status %s is not stored', async (_name, answer) => {
    const page = app.page((_request, reply, run) => {
      if (run === 1) answer(reply);
      return run === 1 ? 'a part' : 'whole';
    });
    await app.client.get(page.path);
    expect((await app.client.get(page.path)).text).toBe('whole');
  });

  it('of a conditional request is nobody else’s answer: all conditions fail or hold for their sender', async () => {
    const conditions: Record<string, string>[] = [
      { 'if-none-match': '*' },
      { 'if-none-match': '"v1"' },
      { 'if-none-match': 'W/"v1"' },
      { 'if-modified-since': 'Thu, 31 Dec 2099 23:59:59 GMT' },
      { 'if-match': '"other"' },
      { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    ];
    for (const headers of conditions) {
      const page = app.page((_request, reply) => {
        reply.header('ETag', '"v1"');
        reply.header('Last-Modified', 'Fri, 01 Jan 2021 00:00:00 GMT');
        return BODY;
      });
      await app.client.get(page.path, headers);
      await wholeAt(page.path);
    }
  });
});

describe.each(platforms)('HEAD on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  it('never puts its answer in the place of that of GET', async () => {
    const page = app.page(({ method }, reply) => {
      reply.header('X-Method', method);
      return method === 'HEAD' ? '' : BODY;
    });
    await app.client.head(page.path);
    const get = await app.client.get(page.path);
    expect([get.text, get.headers['x-method']]).toEqual([BODY, 'GET']);
    await app.client.head(page.path);
    expect((await app.client.get(page.path)).text).toBe(BODY);
  });

  it('at the same time as GETs of a cold page gets no body, and they do', async () => {
    const page = app.page(async () => {
      for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
      return BODY;
    });
    const methods = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'HEAD' : 'GET'));
    const answers = await Promise.all(methods.map((method) => app.client.ask(page.path, { method })));
    expect(answers.map(({ text }) => text)).toEqual(methods.map((method) => (method === 'GET' ? BODY : '')));
    expect(new Set(answers.map(({ headers }) => headers['content-length']))).toEqual(new Set(['10']));
  });
});

describe.each(platforms)('Accept on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  const ACCEPTS = [
    'text/html',
    'application/json',
    'text/html;q=0, application/json',
    'application/json;q=0, text/html',
    '*/*',
    '',
    'text/html\t;q=1',
    'text/x-evil, application/x-evil+json',
    '../../etc/passwd',
    `text/html, ${'x/y,'.repeat(500)}`,
  ];

  it('decides on the form of a page where it says so, whatever is sent', async () => {
    const page = app.page(({ headers }, reply) => {
      reply.header('Vary', 'Accept');
      return `for <${headers['accept'] ?? 'none'}>`;
    });
    for (const accept of [...ACCEPTS, ...ACCEPTS])
      expect((await app.client.get(page.path, { accept })).text).toBe(`for <${accept.trim()}>`);
    expect((await app.client.get(page.path)).text).toBe('for <none>');
    expect(page.runs).toBe(ACCEPTS.length + 1);
  });

  it('that nothing suits is refused for its sender alone', async () => {
    const page = app.page(({ headers }, reply) => {
      if (headers['accept'] === 'x/y') reply.status(406);
      return headers['accept'] === 'x/y' ? 'not acceptable' : BODY;
    });
    expect((await app.client.get(page.path, { accept: 'x/y' })).status).toBe(406);
    expect((await app.client.get(page.path, { accept: 'text/html' })).text).toBe(BODY);
  });

  it('does not turn a page into a script', async () => {
    const page = app.page(() => ({ name: '<script>alert(1)</script>' }));
    await app.client.get(page.path, { accept: 'text/html' });
    for (const accept of ['text/html', 'application/javascript', 'image/svg+xml'])
      expect((await app.client.get(page.path, { accept })).headers['content-type']).toMatch(
        /^application\/json/,
      );
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, rawOf, type Reply } from '../support/platforms.js';
import { ScriptedApplication } from '../pages/scripted-pages.js';

/** Texts that end a header and begin another, for whoever does not look closely. */
const BREAKS = [
  '\r\nSet-Cookie: sid=evil',
  '\nSet-Cookie: sid=evil',
  '\rSet-Cookie: sid=evil',
  '\r\n\r\n<script>evil</script>',
  '\u010d\u010aSet-Cookie: sid=evil',
  '\u560d\u560aSet-Cookie: sid=evil',
  '\0Set-Cookie: sid=evil',
  '\u2028Set-Cookie: sid=evil',
  '%0d%0aSet-Cookie: sid=evil',
];

describe.each(platforms)('A line break in what a page on $name says', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  const ask = (path: string): Promise<string> =>
    app.client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);

  const expectsWhole = (text: string): void => {
    const head = text.slice(0, text.indexOf('\r\n\r\n'));
    expect(head).not.toMatch(/^set-cookie:/im);
    expect(text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    if (length !== undefined) expect(text.length - head.length - 4).toBe(Number(length));
  };

  /** Sets what is refused to something else, as an application does that survives it. */
  const setOr = (reply: Reply, name: string, text: string): void => {
    const raw = rawOf(reply);
    try {
      raw.setHeader(name, text);
    } catch {
      raw.setHeader(name, 'refused');
    }
  };

  it.each(BREAKS)('such as %j in a header ends no header, on misses and on hits', async (text) => {
    const page = app.page((_request, reply) => {
      setOr(reply, 'X-Name', `ann${text}`);
      return 'x';
    });
    for (let count = 0; count < 3; count++) expectsWhole(await ask(page.path));
    expect(page.runs).toBe(1);
  });

  it.each(BREAKS)('such as %j in what writeHead is given ends no header', async (text) => {
    const asHeader = app.ownPage((_request, reply) => writeOr(reply, 'Fine', { 'X-Name': `ann${text}` }));
    const asReason = app.ownPage((_request, reply) => writeOr(reply, `Fine${text}`, {}));
    for (let count = 0; count < 3; count++) {
      expectsWhole(await ask(asHeader.path));
      expectsWhole(await ask(asReason.path));
    }
  });

  it.each(['Vary', 'ETag', 'Last-Modified', 'Cache-Control', 'Cache-Status', 'Expires', 'Location'])(
    'such as CR LF in %s, of which the cache makes something, ends no header',
    async (name) => {
      const page = app.page(({ url }, reply) => {
        setOr(reply, name, decodeURIComponent(url));
        return 'x';
      });
      for (let count = 0; count < 3; count++)
        expectsWhole(await ask(`${page.path}?%0d%0aSet-Cookie:%20sid=evil`));
    },
  );

  it('is none where a header has letters beyond ASCII, which stay as they are', async () => {
    const page = app.page((_request, reply) => {
      setOr(reply, 'X-Name', 'Zo\u00eb \u0080\u00ff\ttab');
      return 'x';
    });
    await app.client.get(page.path);
    for (let count = 0; count < 2; count++)
      expect((await app.client.get(page.path)).headers['x-name']).toBe('Zo\u00eb \u0080\u00ff\ttab');
    expect(page.runs).toBe(1);
  });
});

function writeOr(reply: Reply, reason: string, headers: Record<string, string>): void {
  const raw = rawOf(reply);
  try {
    raw.writeHead(200, reason, headers);
    raw.end('x');
  } catch {
    raw.statusMessage = 'Refused';
    raw.writeHead(400);
    raw.end();
  }
}

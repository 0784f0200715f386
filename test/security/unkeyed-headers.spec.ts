import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptedPage } from '../pages/scripted-pages.js';

/** How proxies and attackers tell an application another address than Host and URL do. */
const ADDRESSES = [
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-path',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-forwarded-server',
  'x-forwarded-uri',
  'x-host',
  'x-http-host-override',
  'x-original-host',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
  'x-url-scheme',
  'front-end-https',
];

/** How clients that know GET and POST alone name another method. */
const METHODS = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** Ways to write a host into Forwarded that a careless reader finds. */
const FORWARDED = [
  'host=evil.example',
  'for=1.2.3.4;host=evil.example',
  'for=1.2.3.4, for=5.6.7.8;HOST="evil.example"',
  'for=1.2.3.4;proto=https; host = evil.example',
  'for=1.2.3.4 host=evil.example',
  'for="1.2.3.4;host=evil.example"',
  'for=_host=evil.example',
  'by="x\\";host=evil.example"',
];

describe.each(platforms)('A request on $name with made-up headers', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  /** A page with links to wherever a header leads. */
  const trusting = (name: string): ScriptedPage =>
    app.page(({ headers }) => `<a href="//${headers[name] ?? 'home.example'}">`);

  async function expectsNoTrace(page: ScriptedPage, headers: Record<string, string>): Promise<void> {
    expect((await app.client.get(page.path, headers)).text).toContain('evil');
    expect((await app.client.get(page.path)).text).not.toContain('evil');
    // Nor does the page of the others go to who sends them: an application may depend on it.
    expect((await app.client.get(page.path, headers)).text).toContain('evil');
    await app.client.head(page.path, headers);
    expect((await app.client.get(page.path)).text).not.toContain('evil');
  }

  it.each(ADDRESSES)('such as %s puts nothing before the others', async (name) => {
    await expectsNoTrace(trusting(name), { [name]: 'evil.example' });
  });

  it.each(ADDRESSES)('such as %s twice puts nothing before the others', async (name) => {
    const page = trusting(name);
    const lines = `${name}: home.example\r\n${name}: evil.example`;
    const text = await app.client.send(
      `GET ${page.path} HTTP/1.1\r\nHost: a\r\n${lines}\r\nConnection: close\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect((await app.client.get(page.path, { host: 'a' })).text).toBe('<a href="//home.example">');
    expect((await app.client.get(page.path, { host: 'a', [name]: 'home.example' })).text).not.toContain(
      'evil',
    );
  });

  it.each(FORWARDED)('such as Forwarded: %s puts nothing before the others', async (forwarded) => {
    const page = app.page(
      ({ headers }) => `<a href="//${/host\s*=[\s"]*([^;,"]*)/i.exec(headers['forwarded'] ?? '')?.[1]}">`,
    );
    await expectsNoTrace(page, { forwarded });
    const usual = { forwarded: 'for=1.2.3.4' };
    expect((await app.client.get(page.path, usual)).text).not.toContain('evil');
  });

  it.each(METHODS)('such as %s, to which a handler listens, puts nothing before the others', async (name) => {
    const page = app.page(({ headers, method }) => `did ${headers[name] ?? method}`);
    expect((await app.client.get(page.path, { [name]: 'DELETE' })).text).toBe('did DELETE');
    expect((await app.client.get(page.path)).text).toBe('did GET');
    expect((await app.client.get(page.path, { [name]: 'DELETE' })).text).toBe('did DELETE');
    expect((await app.client.get(page.path)).text).toBe('did GET');
  });

  it('such as Host, in whatever spelling, puts nothing before the others', async () => {
    const page = app.page(({ headers }) => `at ${headers['host']?.toLowerCase()}`);
    const hosts = ['home.example', 'home.example.', 'home.example:80', 'HOME.example', 'a@home.example'];
    for (const host of [...hosts, ...hosts])
      expect((await app.client.get(page.path, { host })).text).toBe(`at ${host.toLowerCase()}`);
  });

  it('such as Origin reaches only its own answers, where they say Vary', async () => {
    const page = app.page(({ headers }, reply) => {
      reply.header('Vary', 'Origin');
      reply.header('Access-Control-Allow-Origin', headers['origin'] ?? 'none');
      return 'x';
    });
    for (const origin of ['https://evil.example', 'https://good.example', 'https://evil.example']) {
      const answer = await app.client.get(page.path, { origin });
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
    }
    expect((await app.client.get(page.path)).headers['access-control-allow-origin']).toBe('none');
  });
});

describe.each(platforms)('CORS of Nest on $name', (platform) => {
  it('allows each origin for itself, whoever asked first', async () => {
    const app = await new ScriptedApplication().start(platform, {
      prepare: (nest) => nest.enableCors({ origin: true, credentials: true }),
    });
    const page = app.page(() => 'x');
    for (const origin of ['https://evil.example', 'https://good.example', 'https://evil.example']) {
      const answer = await app.client.get(page.path, { origin });
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
      expect(answer.headers.vary).toContain('Origin');
    }
    expect((await app.client.get(page.path)).text).toBe('x');
    await app.close();
  });
});

describe.each(platforms)('Middleware on $name that honours a method override', (platform) => {
  it('cannot turn a method into one that is answered from, or stored as, the page of GET', async () => {
    const app = await new ScriptedApplication().start(platform, {
      prepare: (nest) =>
        nest.use(
          (request: { method: string; headers: Record<string, string> }, _: unknown, next: () => void) => {
            request.method = request.headers['x-http-method-override'] ?? request.method;
            next();
          },
        ),
    });
    const page = app.allPage((request, _reply, run) => `${request.method} ${run}`);
    const override = { 'x-http-method-override': 'DELETE' };
    expect((await app.client.get(page.path, override)).text).toBe('DELETE 1');
    expect((await app.client.get(page.path)).text).toBe('GET 2');
    expect((await app.client.get(page.path, override)).text).toBe('DELETE 3');
    const posted = await app.client.ask(page.path, {
      method: 'POST',
      headers: { 'x-http-method-override': 'GET', 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(posted.text).toBe('GET 4');
    expect((await app.client.get(page.path)).text).toBe('GET 2');
    await app.close();
  });
});

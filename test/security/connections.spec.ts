import { once } from 'node:events';
import type { Server } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type Platform, platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptedPage, type ScriptRequest } from '../pages/scripted-pages.js';

const statusesIn = (text: string): string[] => text.match(/^HTTP\/1\.1 \d{3}/gm) ?? [];

/** Reads the body as it comes, past the platform. */
async function bodyOf(request: ScriptRequest): Promise<string> {
  const source = (request as { raw?: unknown }).raw ?? request;
  let text = '';
  for await (const chunk of source as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

describe.each(platforms)('A strange request to $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  const echo = (): ScriptedPage =>
    app.page(async (request) => `body <${await bodyOf(request)}> of ${request.headers['host']}`);
  const send = (head: string, rest = ''): Promise<string> =>
    app.client.send(`${head}\r\nConnection: close\r\n\r\n${rest}`);

  it.each([
    ['with a length', 'Content-Length: 4', 'evil'],
    ['in chunks', 'Transfer-Encoding: chunked', '4\r\nevil\r\n0\r\n\r\n'],
  ])('GET with a body %s reaches the handler and nobody else', async (_name, field, body) => {
    const page = echo();
    const ask = (): Promise<string> => send(`GET ${page.path} HTTP/1.1\r\nHost: a\r\n${field}`, body);
    expect(await ask()).toContain('<evil>');
    expect((await app.client.get(page.path, { host: 'a' })).text).toBe('body <> of a');
    expect(await ask()).toContain('<evil>');
    expect((await app.client.get(page.path, { host: 'a' })).text).toBe('body <> of a');
  });

  it('GET with a request hidden in its body gets one answer, hit or miss', async () => {
    const page = app.page(() => 'x');
    const hidden = `GET ${page.path}?hidden HTTP/1.1\r\nHost: a\r\n\r\n`;
    for (let count = 0; count < 3; count++) {
      const text = await send(
        `GET ${page.path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}`,
        hidden,
      );
      expect(statusesIn(text)).toEqual(['HTTP/1.1 200']);
      await app.client.get(page.path, { host: 'a' });
    }
  });

  it.each([
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 4'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
    ['a length that is no number', 'Content-Length: 0x4'],
    ['a length with a sign', 'Content-Length: +4'],
    ['an unknown encoding', 'Transfer-Encoding: xchunked'],
    ['a space before the colon', 'Content-Length : 4'],
    ['a folded line', 'X-A: b\r\n Content-Length: 4'],
    ['a NUL', 'X-A: b\0c'],
    ['a bare line feed', 'X-A: b\nHost: evil.example'],
  ])('that is framed with %s does not put anything before the others', async (_name, fields) => {
    const page = echo();
    const text = await send(`GET ${page.path} HTTP/1.1\r\nHost: a\r\n${fields}`, 'evil');
    for (const status of statusesIn(text)) expect(status).toMatch(/200|400/);
    expect((await app.client.get(page.path, { host: 'a' })).text).toBe('body <> of a');
  });

  it.each(['authorization', 'cookie', 'host'])('with %s twice gets its own page', async (name) => {
    const page = app.page(({ headers }, reply) => {
      reply.header('Vary', 'Cookie');
      return `${name} ${headers[name]}`;
    });
    const host = name === 'host' ? '' : 'Host: a\r\n';
    const ask = (one: string, other: string): Promise<string> =>
      send(`GET ${page.path} HTTP/1.1\r\n${host}${name}: ${one}\r\n${name}: ${other}`);
    const [first, second] = [await ask('a=ann', 'b=bob'), await ask('b=bob', 'a=ann')];
    const said = (text: string): string => text.slice(text.lastIndexOf('\r\n') + 2);
    if (statusesIn(first)[0] === 'HTTP/1.1 400') return expect(second).toMatch(/^HTTP\/1\.1 400/);
    expect(said(first)).not.toBe(said(second));
    expect(said(await ask('a=ann', 'b=bob'))).toBe(said(first));
    expect(said(await ask('b=bob', 'a=ann'))).toBe(said(second));
  });

  it.each([
    ['an upgrade to WebSocket', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'],
    ['an upgrade to HTTP/2', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA'],
  ])('that asks for %s leaves the page as it is', async (_name, fields) => {
    const page = app.page(({ headers }, reply) => {
      if (headers['upgrade'] !== undefined) reply.status(426);
      return `upgrade ${headers['upgrade'] ?? 'none'}`;
    });
    const ask = (): Promise<string> => send(`GET ${page.path} HTTP/1.1\r\nHost: a\r\n${fields}`);
    expect(await ask()).toMatch(/^HTTP\/1\.1 426/);
    expect((await app.client.get(page.path, { host: 'a' })).text).toBe('upgrade none');
    expect(statusesIn(await ask())).toHaveLength(1);
    expect((await app.client.get(page.path, { host: 'a' })).text).toBe('upgrade none');
  });

  it('with an Expect that nobody knows is refused and leaves the page as it is', async () => {
    const page = app.page(() => 'x');
    for (let count = 0; count < 2; count++) {
      expect(await send(`GET ${page.path} HTTP/1.1\r\nHost: a\r\nExpect: miracles`)).toMatch(
        /^HTTP\/1\.1 (?:417|200)/,
      );
      expect((await app.client.get(page.path, { host: 'a' })).text).toBe('x');
    }
  });

  it('with headers longer than the server takes is refused and leaves the page as it is', async () => {
    const page = app.page(() => 'x');
    const text = await send(`GET ${page.path} HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(40_000)}`);
    expect(text).toMatch(/^HTTP\/1\.1 431/);
    const answer = await app.client.get(page.path, { host: 'a' });
    expect([answer.status, answer.text]).toEqual([200, 'x']);
  });
});

const fastifyOverHttp2: Platform = {
  name: 'Fastify',
  adapter: () => new FastifyAdapter({ http2: true } as object),
};

describe('A strange request to Fastify over HTTP/2', () => {
  const app = new ScriptedApplication();
  let session: ClientHttp2Session;
  beforeAll(async () => {
    let server: Server | undefined;
    await app.start(fastifyOverHttp2, { prepare: (nest) => void (server = nest.getHttpServer() as Server) });
    session = connect(`http://127.0.0.1:${(server!.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    session.close();
    await app.close();
  });

  async function ask(path: string, headers: Record<string, string> = {}, body?: string): Promise<string> {
    const stream = session.request({ ':path': path, ...headers }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    await once(stream, 'response');
    let text = '';
    for await (const chunk of stream) text += (chunk as Buffer).toString();
    return text;
  }

  it('GET with a body, which needs no length there, reaches the handler and nobody else', async () => {
    const page = app.page(async (request) => `body <${await bodyOf(request)}>`);
    expect(await ask(page.path, {}, 'evil')).toBe('body <evil>');
    expect(await ask(page.path)).toBe('body <>');
    expect(await ask(page.path, {}, 'evil')).toBe('body <evil>');
  });

  it('with a Host beside its authority gets the page of both', async () => {
    const page = app.page(({ headers }) => `${headers[':authority']} ${headers['host']}`);
    expect(await ask(page.path, { ':authority': 'a.example', host: 'evil.example' })).toContain('evil');
    expect(await ask(page.path, { ':authority': 'a.example' })).not.toContain('evil');
  });
});

import { once } from 'node:events';
import { Agent, type Server } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type Platform, platforms, rawOf } from '../support/platforms.js';
import { HIT, type Script, ScriptedApplication, STORED } from './scripted-pages.js';

/** Reads how many `200 OK` answers a text over a socket holds, and what follows the head of the last. */
function answersIn(text: string): { statuses: string[]; lastBody: string } {
  return {
    statuses: text.match(/HTTP\/1\.1 \d{3}/g) ?? [],
    lastBody: text.slice(text.lastIndexOf('\r\n\r\n') + 4),
  };
}

describe.each(platforms)('A connection to $name', (platform) => {
  const app = new ScriptedApplication();
  const failures: unknown[] = [];
  const note = (failure: unknown): number => failures.push(failure);
  beforeAll(async () => {
    process.on('unhandledRejection', note);
    await app.start(platform);
  });
  afterAll(async () => {
    await app.close();
    process.off('unhandledRejection', note);
    expect(failures).toEqual([]);
  });

  it('carries many requests one after another, hits and misses', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    const page = app.page((request) => {
      sockets.add((request as unknown as { socket: unknown }).socket);
      return 'some words';
    });
    for (let count = 0; count < 200; count++) {
      const method = count % 5 === 4 ? 'HEAD' : 'GET';
      const headers = count % 7 === 6 ? { 'if-none-match': '*' } : {};
      const answer = await app.client.ask(`${page.path}?${count % 3}`, { agent, method, headers });
      expect(answer.status).toBe(count % 7 === 6 && count > 2 ? 304 : 200);
      if (answer.status === 200 && method === 'GET') expect(answer.text).toBe('some words');
    }
    agent.destroy();
    expect([page.runs, sockets.size]).toEqual([3, 1]);
  });

  it('carries requests that are sent without waiting for answers, which come in their order', async () => {
    const page = app.page(({ url }) => `<${url}>`);
    const questions = Array.from({ length: 20 }, (_, index) => `${page.path}?${index % 4}`);
    const text = await app.client.send(
      questions
        .map(
          (url, index) =>
            `GET ${url} HTTP/1.1\r\nHost: a\r\nConnection: ${index === 19 ? 'close' : 'keep-alive'}\r\n\r\n`,
        )
        .join(''),
    );
    expect(text.match(/<[^>]*>/g)).toEqual(questions.map((url) => `<${url}>`));
    await app.client.get(`${page.path}?0`, { host: 'a' });
    const again = await app.client.send(
      questions
        .map(
          (url, index) =>
            `GET ${url} HTTP/1.1\r\nHost: a\r\nConnection: ${index === 19 ? 'close' : 'keep-alive'}\r\n\r\n`,
        )
        .join(''),
    );
    expect(again.match(/<[^>]*>/g)).toEqual(questions.map((url) => `<${url}>`));
    expect(again.match(/nestjs-cache; hit/g)).toHaveLength(20);
  });

  it('of HTTP/1.0 gets the page without chunks, hit or miss', async () => {
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      raw.write('some ');
      raw.end('words');
    });
    for (let count = 0; count < 2; count++) {
      const text = await app.client.send(`GET ${page.path} HTTP/1.0\r\n\r\n`);
      expect(text.toLowerCase()).not.toContain('transfer-encoding');
      expect(answersIn(text)).toEqual({ statuses: ['HTTP/1.1 200'], lastBody: 'some words' });
    }
    expect(page.runs).toBe(1);
  });

  it('without a host has pages of its own', async () => {
    const page = app.page(({ headers }) => `host ${headers['host']}`);
    await app.client.get(page.path, { host: 'a.example' });
    expect(await app.client.send(`GET ${page.path} HTTP/1.0\r\n\r\n`)).toContain('host undefined');
    expect((await app.client.get(page.path, { host: 'a.example' })).text).toBe('host a.example');
  });

  it('that names two hosts gets the page of the one that the application sees', async () => {
    const page = app.page(({ headers }) => `host ${headers['host']}`);
    const text = await app.client.send(
      `GET ${page.path} HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nConnection: close\r\n\r\n`,
    );
    for (const host of ['a.example', 'b.example'])
      expect((await app.client.get(page.path, { host })).text).toBe(`host ${host}`);
    expect(text).not.toContain('host b.example');
  });

  it('that asks for an absolute URL does not reach the page of another host', async () => {
    const page = app.page((request) => `${request.headers['host']} ${request.url}`);
    const text = await app.client.send(
      `GET http://evil.example${page.path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 (?:200|404)/);
    expect((await app.client.get(page.path, { host: 'a.example' })).text).toBe(`a.example ${page.path}`);
    expect((await app.client.get(page.path, { host: 'evil.example' })).text).toBe(
      `evil.example ${page.path}`,
    );
  });

  it('that expects 100 Continue gets it and then its answer', async () => {
    const page = app.page(() => 'x');
    await app.client.get(page.path, { host: 'a' });
    const text = await app.client.send(
      `GET ${page.path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    );
    expect(answersIn(text).statuses).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
    expect(text).toContain('nestjs-cache; hit');
  });

  it('gets hints before a miss and a whole answer after them', async () => {
    const page = app.page((_request, reply) => {
      rawOf(reply).writeEarlyHints({ link: '</a.css>; rel=preload' });
      return 'x';
    });
    const ask = (): Promise<string> =>
      app.client.send(`GET ${page.path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answersIn(await ask()).statuses).toEqual(['HTTP/1.1 103', 'HTTP/1.1 200']);
    const hit = await ask();
    expect(answersIn(hit).statuses).toEqual(['HTTP/1.1 200']);
    expect(hit).not.toContain('a.css');
  });

  it('has one Date, one Content-Length and no Transfer-Encoding on hits', async () => {
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      raw.write('some ');
      raw.end('words');
    });
    await app.client.get(page.path);
    const { rawHeaders } = await app.client.get(page.path);
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(
      names.filter((name) => ['date', 'content-length', 'transfer-encoding'].includes(name)).toSorted(),
    ).toEqual(['content-length', 'date']);
    expect(new Set(names).size).toBe(names.length);
  });
});

const fastifyOverHttp2: Platform = {
  name: 'Fastify',
  adapter: () => new FastifyAdapter({ http2: true } as object),
};

describe('Fastify over HTTP/2', () => {
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

  async function ask(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Record<string, unknown> & { body: string }> {
    const stream = session.request({ ':path': path, ...headers });
    const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
    let body = '';
    for await (const chunk of stream) body += (chunk as Buffer).toString();
    if (!stream.closed) await once(stream, 'close');
    expect(stream.rstCode).toBe(0);
    return { ...head, body };
  }

  it('has the same bytes from the cache', async () => {
    const page = app.page(() => ({ film: 'Alien' }));
    const miss = await ask(page.path);
    const hit = await ask(page.path);
    expect(miss).toMatchObject({ ':status': 200, 'cache-status': STORED, body: '{"film":"Alien"}' });
    expect(hit).toMatchObject({
      ':status': 200,
      'cache-status': expect.stringMatching(HIT),
      body: miss.body,
    });
    expect(hit['content-type']).toBe(miss['content-type']);
    expect(page.runs).toBe(1);
  });

  it('has the same bytes of chunks from the cache', async () => {
    const page = app.ownPage((_request, reply) => {
      rawOf(reply).write('some ');
      rawOf(reply).end('words');
    });
    expect((await ask(page.path)).body).toBe('some words');
    expect((await ask(page.path)).body).toBe('some words');
    expect(page.runs).toBe(1);
  });

  it('has pages of its own for each host', async () => {
    const page = app.page(({ headers }) => `at ${headers[':authority']}`);
    for (const host of ['a.example', 'b.example', 'a.example'])
      expect((await ask(page.path, { ':authority': host })).body).toBe(`at ${host}`);
    expect(page.runs).toBe(2);
  });

  it.each<[string, Script]>([
    ['returned', () => 'some words'],
    ['sent by the handler', (_request, reply) => void rawOf(reply).end('some words')],
    [
      'sent in parts',
      (_request, reply) => {
        rawOf(reply).write('some ');
        rawOf(reply).end('words');
      },
    ],
  ])('answers 304 while it computes a page for all: %s', async (_name, script) => {
    const page = app.page((request, reply, run) => {
      rawOf(reply).setHeader('ETag', '"a"');
      return script(request, reply, run);
    });
    const answer = await ask(page.path, { 'if-none-match': '"a"' });
    expect(answer).toMatchObject({ ':status': 304, etag: '"a"', body: '' });
    expect(await ask(page.path)).toMatchObject({
      ':status': 200,
      'cache-status': expect.stringMatching(HIT),
      body: 'some words',
    });
    expect(page.runs).toBe(1);
  });

  it('answers HEAD and If-None-Match from the cache', async () => {
    const page = app.page((_request, reply) => {
      reply.header('ETag', '"a"');
      return 'x';
    });
    await ask(page.path);
    expect(await ask(page.path, { ':method': 'HEAD' })).toMatchObject({
      ':status': 200,
      'content-length': '1',
      body: '',
    });
    expect(await ask(page.path, { 'if-none-match': '"a"' })).toMatchObject({
      ':status': 304,
      etag: '"a"',
      body: '',
    });
    expect(page.runs).toBe(1);
  });
});

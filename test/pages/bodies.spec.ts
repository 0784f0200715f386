import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StreamableFile } from '@nestjs/common';
import { strongEntityTag } from '../../lib/http/entity-tag.js';
import { platforms, rawOf } from '../support/platforms.js';
import { HIT, ScriptedApplication, type Script, STORED } from './scripted-pages.js';

const returned: [string, Script][] = [
  ['an object', () => ({ title: 'Alien', year: 1979 })],
  ['an array', () => [1, 2, 3]],
  ['a string', () => 'plain words'],
  ['text beyond ASCII', () => 'Grüße, 世界 🎬'],
  ['an object with text beyond ASCII', () => ({ title: 'Amélie ☕' })],
  ['a string of HTML', (_request, reply) => (reply.header('Content-Type', 'text/html'), '<p>hello</p>')],
  ['an empty string', () => ''],
  ['nothing', () => undefined],
  ['null', () => null],
  [
    'bytes',
    (_request, reply) => (
      reply.header('Content-Type', 'image/png'),
      new StreamableFile(Buffer.from([0, 255, 10, 13, 200]))
    ),
  ],
  ['a promise', async () => ({ later: true })],
  ['a stream in a file', () => new StreamableFile(Readable.from([Buffer.from('one '), Buffer.from('two')]))],
  [
    'a generator',
    async function* () {
      yield 'one ';
      yield Buffer.from('two');
    },
  ],
  [
    'a web response',
    () => new Response('from the web', { headers: { 'Content-Type': 'text/x-web', 'X-Web': 'yes' } }),
  ],
];

const ownWays: [string, Script][] = [
  ['send of text', (_request, reply) => reply.send('sent')],
  ['send of an object', (_request, reply) => reply.send({ sent: true })],
  ['send of bytes', (_request, reply) => reply.send(Buffer.from([1, 2, 3, 0]))],
  ['end of Node', (_request, reply) => rawOf(reply).end('ended')],
  ['end without a body', (_request, reply) => rawOf(reply).end()],
  ['end with a callback', (_request, reply) => rawOf(reply).end(() => {})],
  ['end with an encoding', (_request, reply) => rawOf(reply).end('ff00', 'hex')],
  [
    'chunks',
    (_request, reply) => {
      const raw = rawOf(reply);
      raw.write('one ');
      raw.write(new Uint8Array([116, 119, 111]));
      raw.write('=', 'latin1');
      raw.end(' three');
    },
  ],
  [
    'chunks over time',
    async (_request, reply) => {
      const raw = rawOf(reply);
      raw.write('one ');
      await new Promise(setImmediate);
      raw.end('two');
    },
  ],
  [
    'writeHead with headers',
    (_request, reply) => {
      rawOf(reply)
        .writeHead(200, { 'Content-Type': 'text/x-own', 'X-Number': 7, 'X-List': ['a', 'b'] })
        .end('x');
    },
  ],
  [
    'writeHead with a reason and headers',
    (_request, reply) => {
      rawOf(reply).writeHead(200, 'Fine', { 'X-Own': 'yes' }).end('x');
    },
  ],
  [
    'writeHead with names and values by turns',
    (_request, reply) => {
      rawOf(reply).writeHead(200, ['X-Own', 'yes', 'X-List', 'a', 'X-List', 'b']).end('x');
    },
  ],
  [
    'flushHeaders',
    (_request, reply) => {
      const raw = rawOf(reply);
      raw.setHeader('X-Early', 'yes');
      raw.flushHeaders();
      raw.end('x');
    },
  ],
  ['a piped stream', (_request, reply) => void Readable.from(['one ', 'two']).pipe(rawOf(reply))],
];

/** What a miss has and a hit has not, or with another value, by right. */
const OF_ONE_MESSAGE = new Set([
  'age',
  'cache-status',
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

function lasting(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2)
    pairs.push([rawHeaders[index]!, rawHeaders[index + 1]!]);
  return pairs.filter(([name]) => !OF_ONE_MESSAGE.has(name.toLowerCase())).toSorted(byName);
}

function byName([one]: [string, string], [other]: [string, string]): number {
  return one.localeCompare(other);
}

describe.each(platforms)('The body of a page on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  async function expectsEqualAnswers(page: { path: string; runs: number }): Promise<void> {
    const miss = await app.client.get(page.path);
    const hit = await app.client.get(page.path);
    expect(miss.headers['cache-status']).toBe(STORED);
    expect(hit.headers['cache-status']).toMatch(HIT);
    expect(page.runs).toBe(1);
    expect(hit.status).toBe(miss.status);
    expect(hit.body).toEqual(miss.body);
    // The bytes that a tag is made of were not all there before the headers went out.
    const made: [string, string][] = miss.headers.etag ? [] : [['ETag', strongEntityTag(miss.body)]];
    const expected = [...lasting(miss.rawHeaders), ...made];
    expect(lasting(hit.rawHeaders)).toEqual(expected.toSorted(byName));
    expect(hit.headers['content-length']).toBe(String(miss.body.length));
    expect(hit.headers['transfer-encoding']).toBeUndefined();
  }

  it.each(returned)('comes from the cache as the handler returned it: %s', async (_name, script) => {
    await expectsEqualAnswers(app.page(script));
  });

  it.each(ownWays)('comes from the cache as the handler sent it by itself: %s', async (_name, script) => {
    await expectsEqualAnswers(app.ownPage(script));
  });

  it('keeps status and headers that the handler set through a reply that passes through', async () => {
    const page = app.page((_request, reply) => {
      reply.status(200);
      reply.header('X-Colour', 'green');
      reply.header('X-Count', 3);
      return 'x';
    });
    await app.client.get(page.path);
    const hit = await app.client.get(page.path);
    expect(hit.headers).toMatchObject({ 'x-colour': 'green', 'x-count': '3' });
    expect(page.runs).toBe(1);
  });

  it('keeps several lines of one header apart', async () => {
    const page = app.page((_request, reply) => {
      rawOf(reply).setHeader('Link', ['</a>; rel=prev', '</b>; rel=next']);
      return 'x';
    });
    const links = (rawHeaders: readonly string[]): number =>
      rawHeaders.filter((name) => name === 'Link').length;
    expect(links((await app.client.get(page.path)).rawHeaders)).toBe(2);
    const hit = await app.client.get(page.path);
    expect(hit.headers.link).toBe('</a>; rel=prev, </b>; rel=next');
    expect(links(hit.rawHeaders)).toBe(2);
  });

  it('keeps header values that are numbers and lists of numbers', async () => {
    const page = app.page((_request, reply) => {
      rawOf(reply).setHeader('X-Numbers', [1, 2] as unknown as string[]);
      rawOf(reply).setHeader('X-True', true as unknown as string);
      return 'x';
    });
    await app.client.get(page.path);
    const hit = await app.client.get(page.path);
    expect(hit.headers).toMatchObject({ 'x-numbers': '1, 2', 'x-true': 'true' });
    expect(page.runs).toBe(1);
  });

  it('does not keep the headers of one connection nor those that Connection names', async () => {
    const page = app.page((_request, reply) => {
      const raw = rawOf(reply);
      raw.setHeader('Connection', 'close, X-Hop');
      raw.setHeader('X-Hop', 'once');
      raw.setHeader('Proxy-Authenticate', 'Basic');
      raw.setHeader('X-Kept', 'yes');
      return 'x';
    });
    expect((await app.client.get(page.path)).headers['x-hop']).toBe('once');
    const { headers } = await app.client.get(page.path);
    expect(headers['cache-status']).toMatch(HIT);
    expect(headers['x-kept']).toBe('yes');
    expect([headers['x-hop'], headers['proxy-authenticate']]).toEqual([undefined, undefined]);
  });

  it('is not changed by whoever writes into its memory afterwards', async () => {
    const memory = Buffer.from('first');
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      raw.write(memory);
      raw.end();
    });
    await app.client.get(page.path);
    memory.fill('x');
    expect((await app.client.get(page.path)).text).toBe('first');
  });

  it('does without trailers on a hit, which a cache may drop', async () => {
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      raw.setHeader('Trailer', 'X-Sum');
      raw.write('x');
      raw.addTrailers({ 'X-Sum': '1' });
      raw.end();
    });
    expect((await app.client.get(page.path)).trailers).toEqual({ 'x-sum': '1' });
    const hit = await app.client.get(page.path);
    expect(hit.text).toBe('x');
    expect([hit.headers.trailer, hit.headers['transfer-encoding']]).toEqual([undefined, undefined]);
  });
});

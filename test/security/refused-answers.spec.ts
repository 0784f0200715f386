import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { All, Controller, HttpException, type INestApplication, Param, Req } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { platforms, rawOf } from '../support/platforms.js';
import { ScriptedApplication, type ScriptRequest } from '../pages/scripted-pages.js';

/** Keeps the answers for what is not there, and nothing else that fails. */
@CachePage(60, { negative: { 404: '60s', 410: '60s', 301: '60s' } })
@Controller('fragile')
class FragileController {
  static runs = 0;

  /** Fails for whom a header makes it fail. */
  @All(':name')
  page(@Req() { headers, method }: ScriptRequest, @Param('name') name: string): string {
    FragileController.runs++;
    const status = Number(headers['x-status'] ?? 200);
    if (status !== 200) throw new HttpException(`failed for ${name}`, status);
    return `${method} ${name}`;
  }
}

describe.each(platforms)('A failure that somebody causes on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { controllers: [FragileController] }));
  afterAll(() => app.close());

  it.each([400, 401, 403, 405, 406, 412, 413, 414, 421, 429, 431, 500, 501, 502, 503, 504])(
    'with status %d is the sender’s alone',
    async (status) => {
      const path = `/fragile/${status}`;
      for (let count = 0; count < 2; count++) {
        expect((await app.client.get(path, { 'x-status': String(status) })).status).toBe(
          count === 0 ? status : 200,
        );
        const answer = await app.client.get(path);
        expect([answer.status, answer.text]).toEqual([200, `GET ${status}`]);
      }
    },
  );

  it.each(['PURGE', 'M-SEARCH', 'LOCK', 'TRACE', 'OPTIONS', 'PROPFIND', 'QUERY'])(
    'with the method %s neither removes a page nor stands in its place',
    async (method) => {
      const path = `/fragile/${method}`;
      await app.client.get(path);
      const { runs } = FragileController;
      const text = await app.client.send(
        `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${app.client.port}\r\nConnection: close\r\n\r\n`,
      );
      expect(text).toMatch(/^HTTP\/1\.1 [2-5]/);
      expect(text).not.toContain(`GET ${method}`);
      const after = FragileController.runs;
      expect((await app.client.get(path)).text).toBe(`GET ${method}`);
      expect(FragileController.runs).toBe(after);
      expect(after - runs).toBeLessThanOrEqual(1);
    },
  );
});

/** The ways in which answers are given cookies. */
const COOKIES: [string, (raw: ServerResponse) => void][] = [
  ['in a header', (raw) => void raw.setHeader('Set-Cookie', 'sid=ann').end('x')],
  ['in small letters', (raw) => void raw.setHeader('set-cookie', 'sid=ann').end('x')],
  ['in several lines', (raw) => void raw.setHeader('Set-Cookie', ['sid=ann', 'b=c']).end('x')],
  ['by appending', (raw) => void raw.appendHeader('Set-Cookie', 'sid=ann').end('x')],
  ['with the status', (raw) => void raw.writeHead(200, { 'Set-Cookie': 'sid=ann' }).end('x')],
  ['with the status, as a list', (raw) => void raw.writeHead(200, ['Set-Cookie', 'sid=ann']).end('x')],
  [
    'with the status and a reason',
    (raw) => void raw.writeHead(200, 'Fine', { 'Set-Cookie': ['sid=ann'] }).end('x'),
  ],
  [
    'and says that all is public',
    (raw) =>
      void raw.setHeader('Cache-Control', 'public, s-maxage=60').setHeader('Set-Cookie', 'sid=ann').end('x'),
  ],
  [
    'before a first part of the body',
    (raw) => {
      raw.setHeader('Set-Cookie', 'sid=ann').write('x');
      raw.end('y');
    },
  ],
  [
    'and flushes the headers',
    (raw) => {
      raw.setHeader('Set-Cookie', 'sid=ann').flushHeaders();
      raw.end('x');
    },
  ],
];

/** Gives a cookie at the last moment, or in a trailer. */
function lateCookies(app: INestApplication): void {
  app.use((request: ScriptRequest, reply: unknown, next: () => void) => {
    const response = rawOf(reply);
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
    if (request.headers['x-late'] !== undefined) {
      response.end = (...given: unknown[]) => {
        if (!response.headersSent) response.setHeader('Set-Cookie', 'sid=ann');
        return end(...given);
      };
    }
    next();
  });
}

describe.each(platforms)('A cookie on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { prepare: lateCookies }));
  afterAll(() => app.close());

  it.each(COOKIES)('that an answer is given %s is for one client', async (_name, answer) => {
    const page = app.ownPage((_request, reply, run) => {
      if (run === 1) answer(rawOf(reply));
      else rawOf(reply).end('plain');
    });
    expect((await app.client.get(page.path)).headers['set-cookie']?.[0]).toBe('sid=ann');
    const second = await app.client.get(page.path);
    expect([second.headers['set-cookie'], second.text]).toEqual([undefined, 'plain']);
  });

  it('that middleware gives at the very end is for one client', async () => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    const first = await app.client.get(page.path, { 'x-late': 'yes' });
    // Fastify has told its headers before the end.
    if (platform.name === 'Express') expect(first.headers['set-cookie']).toEqual(['sid=ann']);
    for (let count = 0; count < 2; count++)
      expect((await app.client.get(page.path)).headers['set-cookie']).toBeUndefined();
  });

  it('in a trailer is for one client', async () => {
    const page = app.ownPage((_request, reply) => {
      const raw = rawOf(reply);
      raw.setHeader('Trailer', 'Set-Cookie');
      raw.write('x');
      raw.addTrailers({ 'Set-Cookie': 'sid=ann' });
      raw.end();
    });
    await app.client.get(page.path);
    const second = await app.client.get(page.path);
    if (page.runs === 1) expect([second.trailers, second.headers['set-cookie']]).toEqual([{}, undefined]);
  });
});

describe.each(platforms)('An answer on $name that says that it is over', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform));
  afterAll(() => app.close());

  it.each([
    ['Expires', '0'],
    ['Expires', '-1'],
    ['Expires', 'Thu, 19 Nov 1981 08:52:00 GMT'],
    ['Pragma', 'no-cache'],
  ])('by %s: %s, as before Cache-Control, is for one client', async (name, value) => {
    const page = app.page((_request, reply) => {
      reply.header(name, value);
      return 'x';
    });
    for (const run of [1, 2]) {
      const { headers } = await app.client.get(page.path);
      expect([headers[name.toLowerCase()], page.runs]).toEqual([value, run]);
      expect(headers['cache-control'] ?? '').not.toContain('max-age=60');
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { All, Controller, Get, Req } from '@nestjs/common';
import { CachePage } from '../../lib/index.js';
import { type Platform, platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptRequest } from '../pages/scripted-pages.js';

/** What the handler has to go by: the URL as it came, and who asks. */
function seen({ headers, originalUrl, url, user }: ScriptRequest & { originalUrl: string }): string {
  return JSON.stringify([originalUrl, url, headers['cookie'] ?? null, user ?? null]);
}

type Request = ScriptRequest & { originalUrl: string };

@Controller()
class PathsController {
  static runs = 0;

  @CachePage(60)
  @Get(['account', 'account/*', 'static/*'])
  cached(@Req() request: Request): string {
    PathsController.runs++;
    return seen(request);
  }

  /** Whatever the routers take for no path of the above. */
  @All('*')
  rest(@Req() request: Request): string {
    return seen(request);
  }
}

/** Spellings of paths that one part of a system takes for another path, or for a file that everybody may have. */
const SPELLINGS = [
  '/account',
  '/account/',
  '/account//',
  '//account',
  '/Account',
  '/account/x.css',
  '/account/x.js?cb=1',
  '/account;x.css',
  '/account/;x.css',
  '/account%3Bx.css',
  '/account%2fx.css',
  '/account%2Fx.css',
  '/account%252fx.css',
  '/account%2f..%2fstatic%2fx.css',
  '/static/..%2faccount',
  '/static/%2e%2e/account',
  '/static/%2E%2E/account',
  '/static/../account',
  '/static/./x.css',
  '/static//x.css',
  '/static/x.css',
  '/static/..;/account',
  '/static/..\\account',
  '/static\\..\\account',
  '/static/x.css%00.html',
  '/static/x.css%0d%0aX-A:%201',
  '/static/x%09.css',
  '/account#x.css',
  '/account%23x.css',
  '/account?',
  '/account?x.css',
  '/account%3fx.css',
  '/acc%6funt',
  '/%61ccount',
  '/static/%',
  '/static/%zz',
  '/static/%c0%ae%c0%ae/account',
  '/static/%ef%bc%8e%ef%bc%8e/account',
  '/static/a%CC%88',
  '/static/%C3%A4',
];

async function answersOf(app: ScriptedApplication, cookie?: string): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const path of SPELLINGS) {
    const cookies = cookie === undefined ? '' : `Cookie: ${cookie}\r\n`;
    // As it is: clients would tidy it up.
    const text = await app.client.send(
      `GET ${path} HTTP/1.1\r\nHost: a\r\n${cookies}Connection: close\r\n\r\n`,
    );
    answers.set(path, `${text.slice(9, 12)} ${text.slice(text.indexOf('\r\n\r\n') + 4)}`);
  }
  return answers;
}

async function start(platform: Platform): Promise<ScriptedApplication> {
  return new ScriptedApplication().start(platform, {
    controllers: [PathsController],
    prepare: (nest) =>
      nest.use((request: ScriptRequest, _response: unknown, next: () => void) => {
        const name = request.headers['x-name'];
        if (name !== undefined) request.user = { name };
        next();
      }),
  });
}

describe.each(platforms)('Spellings of a path on $name', (platform) => {
  let app = new ScriptedApplication();
  beforeAll(async () => {
    PathsController.runs = 0;
    app = await start(platform);
  });
  afterAll(() => app.close());

  it('are answered from the cache as they were by the handler, each for itself', async () => {
    const cold = await answersOf(app);
    const { runs } = PathsController;
    // Most of them reach the page, or the test would prove little.
    expect(runs).toBeGreaterThan(20);
    expect(await answersOf(app)).toEqual(cold);
    expect(PathsController.runs).toBe(runs);
  });

  it('that the handler answered tell the URL that was asked', async () => {
    for (const [path, answer] of await answersOf(app)) {
      if (!answer.startsWith('200')) continue;
      const [originalUrl] = JSON.parse(
        answer.slice(answer.indexOf('['), answer.lastIndexOf(']') + 1),
      ) as string[];
      expect(originalUrl).toBe(path);
    }
  });

  it('that look like a file do not bring one person’s page before another', async () => {
    for (const path of SPELLINGS) {
      if (path.includes('\\') || path.includes('#')) continue;
      const own = await app.client.get(`${path}${path.includes('?') ? '&' : '?'}person`, { 'x-name': 'ann' });
      expect(own.headers['cache-status'] ?? '').not.toContain('stored');
      const others = await app.client.get(`${path}${path.includes('?') ? '&' : '?'}person`);
      expect(others.text).not.toContain('ann');
    }
  });

  it('that go to an absolute URL do not reach the page of the path', async () => {
    const ask = (target: string, host = 'a'): Promise<string> =>
      app.client.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    await ask('http://evil.example/account?absolute');
    const answer = await ask('/account?absolute', 'evil.example');
    expect(answer).toContain('["/account?absolute"');
  });
});

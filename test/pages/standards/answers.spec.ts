import { request as open } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, rawOf } from '../../support/platforms.js';
import { HIT, type Said, StandardsApplication, USED } from './standards-application.js';

const KEPT = { 'Cache-Control': 'max-age=60' };

describe.each(platforms)('Answers by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform);
  });
  afterAll(async () => app.close());

  describe('to HEAD', () => {
    it('come from the page of GET, without its body', async () => {
      const page = app.counting({ ...KEPT, 'X-More': '1' });
      await app.get(page);
      const { headers, status, text } = await app.client.head(page.path);
      expect([status, text, headers['content-length'], headers['x-more']]).toEqual([200, '', '5', '1']);
      expect([page.runs, HIT.test(String(headers['cache-status']))]).toEqual([1, true]);
    });

    it('are not the page of GET', async () => {
      const page = app.counting(KEPT);
      await app.client.head(page.path);
      expect(await app.textOf(page)).toBe('run 2');
    });

    it('pass the conditions of the client on where there is nothing', async () => {
      const page = app.counting({ ...KEPT, ETag: '"a"' });
      await app.client.head(page.path, { 'if-none-match': '"a"' });
      expect(page.questions[0]!.headers['if-none-match']).toBe('"a"');
    });
  });

  describe('that come after others', () => {
    /** The statuses and fields of interim answers, and the final one. */
    function interimOf(path: string): Promise<{ early: (string | undefined)[]; text: string }> {
      return new Promise((resolve, reject) => {
        const early: (string | undefined)[] = [];
        const request = open({ port: app.client.port, host: '127.0.0.1', path, agent: false });
        request.on('error', reject);
        request.on('information', ({ headers, statusCode }) =>
          early.push(`${statusCode} ${headers['link']?.toString()}`),
        );
        request.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ early, text: Buffer.concat(chunks).toString() }));
        });
        request.end();
      });
    }

    it('let those pass, and are kept without them', async () => {
      const page = app.page((_question, run, reply): Said => {
        rawOf(reply).writeEarlyHints({ link: '</style.css>; rel=preload' });
        return { fields: KEPT, body: `run ${run}` };
      });
      expect(await interimOf(page.path)).toEqual({
        early: ['103 </style.css>; rel=preload'],
        text: 'run 1',
      });
      expect(await interimOf(page.path)).toEqual({ early: [], text: 'run 1' });
    });
  });

  describe('that the handler writes itself', () => {
    it('are kept when they come bit by bit', async () => {
      const page = app.page(async (_question, run, reply) => {
        const response = rawOf(reply);
        response.statusCode = 203;
        response.setHeader('Cache-Control', 'max-age=60');
        response.appendHeader('X-List', 'a');
        response.appendHeader('X-List', 'b');
        response.flushHeaders();
        response.write('run');
        await new Promise(setImmediate);
        response.end(` ${run}`);
      });
      expect(await app.twice(page)).toEqual(USED);
      const { headers, status } = await app.get(page);
      expect([status, headers['x-list'], headers['content-length']]).toEqual([203, 'a, b', '5']);
    });

    it('are not kept when they are broken off', async () => {
      const page = app.page((_question, run, reply) => {
        if (run > 1) return { fields: KEPT, body: `run ${run}` };
        const response = rawOf(reply);
        response.writeHead(200, KEPT);
        response.write('run');
        setImmediate(() => response.destroy());
        return undefined;
      });
      await expect(app.get(page)).rejects.toThrow();
      expect(await app.textOf(page)).toBe('run 2');
    });

    it('keep several lines of a field apart', async () => {
      const page = app.page(() => ({
        fields: { ...KEPT, Link: ['</a>; rel=next', '</b>; rel=prev'] },
        body: 'text',
      }));
      await app.get(page);
      const { rawHeaders } = await app.get(page);
      expect(rawHeaders.filter((_text, index) => rawHeaders[index - 1] === 'Link')).toEqual([
        '</a>; rel=next',
        '</b>; rel=prev',
      ]);
      expect(page.runs).toBe(1);
    });
  });
});

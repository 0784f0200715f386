import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NotFoundException, RequestTimeoutException, ServiceUnavailableException } from '@nestjs/common';
import { platforms, rawOf } from '../../support/platforms.js';
import { until } from '../until.js';
import {
  HIT,
  type Said,
  StandardsApplication,
  type StandardsPage,
  type Way,
} from './standards-application.js';

describe.each(platforms)('Stale answers by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform);
  });
  afterAll(async () => app.close());
  /** What the handler does from its second run on, if not what it did first. */
  let later: (() => Said) | undefined;
  afterEach(() => {
    later = undefined;
  });

  const page = (control: string, way: Way = 'plain'): StandardsPage =>
    app.page((_question, run) => {
      if (run > 1 && later) return later();
      return { fields: { 'Cache-Control': control, ETag: `"${run}"` }, body: `run ${run}` };
    }, way);
  const fails = (): never => {
    throw new Error('out of order');
  };

  async function stale(control: string, seconds: number, way?: Way): Promise<StandardsPage> {
    const made = page(control, way);
    await app.get(made);
    app.clock.advance(60 + seconds);
    return made;
  }

  describe('where the handler fails', () => {
    it.each<[string, () => Said]>([
      ['throws', fails],
      [
        'throws 503',
        () => {
          throw new ServiceUnavailableException();
        },
      ],
      [
        'exceeds a time limit',
        () => {
          throw new RequestTimeoutException();
        },
      ],
      ['writes 500', () => ({ status: 500, body: 'broken' })],
      ['writes 502 that could be kept', () => ({ status: 502, fields: { 'Cache-Control': 'max-age=60' } })],
    ])('answer in its place if it %s', async (_how, failure) => {
      const made = await stale('max-age=60', 100);
      later = failure;
      const answer = await app.get(made);
      expect([answer.status, answer.text, answer.headers['age']]).toEqual([200, 'run 1', '160']);
      expect(answer.headers['cache-status']).toMatch(
        /^nestjs-cache; fwd=stale(?:; fwd-status=\d+)?; ttl=-100$/,
      );
    });

    it.each([
      'max-age=60, must-revalidate',
      'max-age=60, proxy-revalidate',
      's-maxage=60',
      'max-age=60, no-cache',
      'max-age=60, must-revalidate, stale-if-error=600',
      's-maxage=60, stale-if-error=600, stale-while-revalidate=600',
    ])('do not answer with %s', async (control) => {
      const made = await stale(control, 10);
      later = fails;
      expect((await app.get(made)).status).toBe(500);
    });

    it('do not answer past what stale-if-error allows', async () => {
      const made = await stale('max-age=60, stale-if-error=10', 9);
      later = fails;
      expect(await app.textOf(made)).toBe('run 1');
      app.clock.advance(1);
      expect((await app.get(made)).status).toBe(500);
    });

    it('answer longer than stale answers are kept otherwise if stale-if-error says so', async () => {
      const made = await stale('max-age=60, stale-if-error=100000', 99_999);
      later = fails;
      expect(await app.textOf(made)).toBe('run 1');
    });

    it('do not answer where the option forbids it, but if they say so themselves', async () => {
      const silent = await stale('max-age=60', 10, 'strict');
      const saying = await stale('max-age=60, stale-if-error=600', 10, 'strict');
      later = fails;
      expect((await app.get(silent)).status).toBe(500);
      expect(await app.textOf(saying)).toBe('run 1');
    });

    it('are not what stands in for 404', async () => {
      const made = await stale('max-age=60', 10);
      later = () => {
        throw new NotFoundException();
      };
      expect((await app.get(made)).status).toBe(404);
    });

    it('stand in for what they are not if they were errors themselves', async () => {
      const made = app.page((_question, run) => ({
        status: 503,
        fields: { 'Cache-Control': 'max-age=60' },
        body: `run ${run}`,
      }));
      await app.get(made);
      app.clock.advance(60);
      expect(await app.textOf(made)).toBe('run 2');
    });

    it('answer HEAD and conditions, too', async () => {
      const made = await stale('max-age=60', 10);
      later = fails;
      const head = await app.client.head(made.path);
      expect([head.status, head.headers['content-length']]).toEqual([200, '5']);
      expect((await app.get(made, { 'if-none-match': '"1"' })).status).toBe(304);
    });

    it('answer with nothing that the handler said before it failed', async () => {
      const made = app.page((_question, run, reply) => {
        const response = rawOf(reply);
        response.setHeader('X-Run', String(run));
        if (run > 1) fails();
        response.setHeader('Cache-Control', 'max-age=60');
        response.end('run 1');
      });
      await app.get(made);
      app.clock.advance(60);
      const { headers, text } = await app.get(made);
      expect([text, headers['x-run']]).toEqual(['run 1', '1']);
    });
  });

  describe('while they are asked about', () => {
    it('answer for as long as stale-while-revalidate says', async () => {
      const made = await stale('max-age=60, stale-while-revalidate=30', 29);
      const answer = await app.get(made);
      expect([answer.text, answer.headers['age']]).toEqual(['run 1', '89']);
      expect(answer.headers['cache-status']).toMatch(HIT);
      await until(() => made.runs === 2);
      expect(made.questions[1]!.headers['if-none-match']).toBe('"1"');
      expect(await app.textOf(made)).toBe('run 2');
    });

    it('do not answer longer', async () => {
      expect(await app.textOf(await stale('max-age=60, stale-while-revalidate=30', 30))).toBe('run 2');
    });

    it.each(['must-revalidate', 'proxy-revalidate', 'no-cache'])(
      'do not answer with %s',
      async (directive) => {
        const made = await stale(`max-age=60, stale-while-revalidate=30, ${directive}`, 10);
        expect(await app.textOf(made)).toBe('run 2');
      },
    );

    it('are fresh again once the handler says so, and are asked about once', async () => {
      const control = 'max-age=60, stale-while-revalidate=30';
      const made = await stale(control, 10);
      later = () => ({ status: 304, fields: { 'Cache-Control': control, ETag: '"1"' } });
      const answers = await Promise.all(Array.from({ length: 50 }, () => app.textOf(made)));
      expect(new Set(answers)).toEqual(new Set(['run 1']));
      await until(() => made.runs === 2);
      app.clock.advance(59);
      const { headers, text } = await app.get(made);
      expect([text, headers['age'], made.runs]).toEqual(['run 1', '59', 2]);
    });

    it('do not show who asks to a handler whose page does not depend on that', async () => {
      const made = await stale('max-age=60, stale-while-revalidate=30', 10);
      await app.get(made, {
        cookie: 'sid=1',
        authorization: 'Bearer a',
        range: 'bytes=0-1',
        'x-more': 'kept',
      });
      await until(() => made.runs === 2);
      const { headers } = made.questions[1]!;
      expect([headers['cookie'], headers['authorization'], headers['range'], headers['x-more']]).toEqual([
        undefined,
        undefined,
        undefined,
        'kept',
      ]);
    });

    it('are asked about for each variant on its own', async () => {
      const made = app.page(({ headers }, run) => ({
        fields: { 'Cache-Control': 'max-age=60, stale-while-revalidate=30', Vary: 'Cookie' },
        body: `${headers['cookie']} ${run}`,
      }));
      await app.textOf(made, { cookie: 'a=1' });
      await app.textOf(made, { cookie: 'a=2' });
      app.clock.advance(70);
      expect(await app.textOf(made, { cookie: 'a=1' })).toBe('a=1 1');
      expect(await app.textOf(made, { cookie: 'a=2' })).toBe('a=2 2');
      await until(() => made.runs === 4);
      expect((await app.textOf(made, { cookie: 'a=1' })).slice(0, 3)).toBe('a=1');
      expect((await app.textOf(made, { cookie: 'a=2' })).slice(0, 3)).toBe('a=2');
    });

    it('keep answering where the handler fails meanwhile, and then not at all', async () => {
      const made = await stale('max-age=60, stale-while-revalidate=30, stale-if-error=40', 10);
      later = fails;
      for (let visitor = 0; visitor < 5; visitor++) expect(await app.textOf(made)).toBe('run 1');
      await until(() => made.runs === 2);
      app.clock.advance(25);
      expect(await app.textOf(made)).toBe('run 1');
      app.clock.advance(5);
      expect((await app.get(made)).status).toBe(500);
    });
  });
});

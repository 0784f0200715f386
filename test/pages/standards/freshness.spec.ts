import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms } from '../../support/platforms.js';
import { ASKED, type Fields, HIT, StandardsApplication, USED } from './standards-application.js';

describe.each(platforms)('Freshness by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform);
  });
  afterAll(async () => app.close());

  const outcomes = (fields: Fields, seconds: number): Promise<[string, string]> =>
    app.twice(app.counting(fields), seconds);

  describe('as the answer says it', () => {
    it.each<[string, Fields]>([
      ['max-age', { 'Cache-Control': 'max-age=60' }],
      ['s-maxage before max-age', { 'Cache-Control': 'max-age=1, s-maxage=60' }],
      ['max-age in upper case', { 'Cache-Control': 'MAX-AGE=60' }],
      ['max-age as a quoted string', { 'Cache-Control': 'max-age="60"' }],
      ['max-age in the second of two lines', { 'Cache-Control': ['public', 'max-age=60'] }],
      ['max-age where Expires is over', { 'Cache-Control': 'max-age=60', Expires: '0' }],
      [
        'a targeted field where Cache-Control forbids',
        { 'Cache-Control': 'no-store', 'CDN-Cache-Control': 'max-age=60' },
      ],
      [
        'the nearest of two targeted fields',
        { 'CDN-Cache-Control': 'max-age=1', 'NestCache-Control': 'max-age=60' },
      ],
      [
        'Cache-Control where a targeted field cannot be read',
        { 'Cache-Control': 'max-age=60', 'CDN-Cache-Control': 'max-age=1 nonsense' },
      ],
    ])('lasts as long as %s says, and no second longer', async (_what, fields) => {
      expect(await outcomes(fields, 59)).toEqual(USED);
      expect(await outcomes(fields, 60)).toEqual(ASKED);
    });

    it('lasts until Expires, counted from Date', async () => {
      const ahead = { Date: app.date(-10), Expires: app.date(50) };
      expect(await outcomes(ahead, 49)).toEqual(USED);
      const past = { Date: app.date(-10), Expires: app.date(50) };
      expect(await outcomes(past, 50)).toEqual(ASKED);
    });

    it.each<[string, Fields]>([
      ['Expires that is no date', { Expires: '0', ETag: '"a"' }],
      ['max-age of nothing', { 'Cache-Control': 'max-age=0', ETag: '"a"' }],
      ['max-age that is no whole number', { 'Cache-Control': 'max-age=60.5', ETag: '"a"' }],
      ['max-age below nothing', { 'Cache-Control': 'max-age=-1', ETag: '"a"' }],
      ['max-age within a quoted string', { 'Cache-Control': 'ext="max-age=60"', ETag: '"a"' }],
      ['a targeted max-age of text', { 'CDN-Cache-Control': 'max-age="60"', ETag: '"a"' }],
      ['Expires beside a targeted field', { 'CDN-Cache-Control': 'public', ETag: '"a"' }],
      ['an own targeted field that is not on the list', { 'House-Cache-Control': 'max-age=60', ETag: '"a"' }],
    ])('is not there with %s', async (_what, fields) => {
      const expires = 'CDN-Cache-Control' in fields ? { Expires: app.date(60) } : {};
      expect(await outcomes({ ...expires, ...fields }, 0)).toEqual(ASKED);
    });

    it.each(['2147483648', '99999999999', '9'.repeat(400)])('lasts long for max-age=%s', async (seconds) => {
      expect(await outcomes({ 'Cache-Control': `max-age=${seconds}` }, 2_147_483_647)).toEqual(USED);
    });

    it('goes by the targeted fields that the option names', async () => {
      const own = app.counting({ 'House-Cache-Control': 'max-age=60' }, 'early');
      expect(await app.twice(own, 59)).toEqual(USED);
      const others = app.counting({ 'CDN-Cache-Control': 'max-age=60' }, 'early');
      expect(await app.twice(others, 59)).toEqual(ASKED);
    });

    it('passes targeted fields on as they are', async () => {
      const page = app.counting({ 'CDN-Cache-Control': 'max-age=60', 'House-Cache-Control': 'max-age=5' });
      await app.get(page);
      const { headers } = await app.get(page);
      expect(headers['cdn-cache-control']).toBe('max-age=60');
      expect(headers['house-cache-control']).toBe('max-age=5');
    });
  });

  describe('by the age', () => {
    it('begins where the answer was made, as Age tells', async () => {
      expect(await outcomes({ 'Cache-Control': 'max-age=60', Age: '20' }, 39)).toEqual(USED);
      expect(await outcomes({ 'Cache-Control': 'max-age=60', Age: '20' }, 40)).toEqual(ASKED);
    });

    it('begins where the answer was made, as Date tells', async () => {
      expect(await outcomes({ 'Cache-Control': 'max-age=60', Date: app.date(-20) }, 39)).toEqual(USED);
      expect(await outcomes({ 'Cache-Control': 'max-age=60', Date: app.date(-20) }, 40)).toEqual(ASKED);
    });

    it('counts the time that the answer was under way', async () => {
      const page = app.page((_question, run) => {
        if (run === 1) app.clock.advance(30);
        return { fields: { 'Cache-Control': 'max-age=60' }, body: `run ${run}` };
      });
      await app.get(page);
      expect((await app.get(page)).headers['age']).toBe('30');
      app.clock.advance(30);
      expect(await app.textOf(page)).toBe('run 2');
    });

    it('is told with each use, beside the Date of the origin', async () => {
      const date = app.date(-5);
      const page = app.counting({ 'Cache-Control': 'max-age=60', Age: '20', Date: date });
      await app.get(page);
      app.clock.advance(10);
      const { headers } = await app.get(page);
      expect([headers['age'], headers['date']]).toEqual(['30', date]);
      expect(headers['cache-status']).toBe('nestjs-cache; hit; ttl=30');
    });

    it('is that of no answer where Age is not a whole number', async () => {
      expect(await outcomes({ 'Cache-Control': 'max-age=60', Age: '-20' }, 59)).toEqual(USED);
      expect(await outcomes({ 'Cache-Control': 'max-age=60', Age: '20x' }, 59)).toEqual(USED);
    });
  });

  describe('that nobody speaks of', () => {
    const old = (): Fields => ({ 'Last-Modified': app.date(-1000) });

    it('is not assumed', async () => {
      expect(await app.twice(app.counting(old()))).toEqual(ASKED);
    });

    it('is a tenth of the time since the last change where that is allowed', async () => {
      expect(await app.twice(app.counting(old(), 'guessing'), 99)).toEqual(USED);
      expect(await app.twice(app.counting(old(), 'guessing'), 100)).toEqual(ASKED);
    });

    it('is a day at most', async () => {
      const ancient = (): Fields => ({ 'Last-Modified': app.date(-86_400_000) });
      expect(await app.twice(app.counting(ancient(), 'guessing'), 86_399)).toEqual(USED);
      expect(await app.twice(app.counting(ancient(), 'guessing'), 86_400)).toEqual(ASKED);
    });

    it('is not guessed of an answer without a last change, or with a status of which nothing is known', async () => {
      expect(await app.twice(app.counting({ ETag: '"a"' }, 'guessing'))).toEqual(ASKED);
      const odd = app.page(
        (_question, run) => ({ status: 299, fields: old(), body: `run ${run}` }),
        'guessing',
      );
      expect(await app.twice(odd)).toEqual(ASKED);
    });
  });

  describe('of other statuses than 200', () => {
    it.each([203, 301, 302, 307, 404, 410, 500, 503, 299])('is heeded for %d', async (status) => {
      const page = app.page((_question, run) => ({
        status,
        fields: { 'Cache-Control': 'max-age=60' },
        body: `run ${run}`,
      }));
      expect(await app.twice(page, 59)).toEqual(USED);
      const answer = await app.get(page);
      expect([answer.status, HIT.test(String(answer.headers['cache-status']))]).toEqual([status, true]);
    });

    it('is heeded for 204, which has no body and no length', async () => {
      const page = app.page(() => ({ status: 204, fields: { 'Cache-Control': 'max-age=60' } }));
      const first = await app.get(page);
      const second = await app.get(page);
      expect([first.status, second.status, page.runs]).toEqual([204, 204, 1]);
      expect([first.headers['content-length'], second.headers['content-length']]).toEqual([
        undefined,
        undefined,
      ]);
    });
  });
});

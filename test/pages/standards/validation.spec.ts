import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header } from '@nestjs/common';
import { CachePage, VaryOnCookie } from '../../../lib/index.js';
import { platforms } from '../../support/platforms.js';
import { type Fields, HIT, StandardsApplication, type StandardsPage } from './standards-application.js';

const LAST_CHANGE = 'Wed, 01 Jan 2025 00:00:00 GMT';

/** A handler that knows nothing of validation; Express answers for it by the bytes. */
@CachePage({ standards: true })
@Controller('returned')
class ReturningController {
  static runs = 0;

  @Get()
  @Header('Cache-Control', 'no-cache')
  @VaryOnCookie('team')
  text(): string {
    ReturningController.runs++;
    return 'always the same';
  }
}

describe.each(platforms)('Validation by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform, { controllers: [ReturningController] });
  });
  afterAll(async () => app.close());

  /** The page of the first run has this entity tag and others; later the handler says something else. */
  const changing = (first: Fields, later: Fields, status = 304): StandardsPage =>
    app.page((_question, run) =>
      run === 1
        ? { fields: first, body: 'run 1' }
        : { status, fields: later, ...(status !== 304 && { body: `run ${run}` }) },
    );

  const TAGGED = { 'Cache-Control': 'max-age=60', ETag: '"a"', 'Last-Modified': LAST_CHANGE };

  it('asks the handler with the validators of the page, and not with those of the client', async () => {
    const page = changing(TAGGED, TAGGED);
    await app.twice(page, 60, { 'if-none-match': '"x"', 'if-modified-since': LAST_CHANGE });
    const [first, second] = page.questions.map(({ headers }) => [
      headers['if-none-match'],
      headers['if-modified-since'],
    ]);
    expect(first).toEqual([undefined, undefined]);
    expect(second).toEqual(['"a"', LAST_CHANGE]);
  });

  it('asks with the one validator that there is', async () => {
    const page = changing({ 'Cache-Control': 'max-age=60', 'Last-Modified': LAST_CHANGE }, {});
    await app.twice(page, 60);
    const { headers } = page.questions[1]!;
    expect([headers['if-none-match'], headers['if-modified-since']]).toEqual([undefined, LAST_CHANGE]);
  });

  it('answers with the page when the handler says that it is still good, and says so', async () => {
    const page = changing(TAGGED, TAGGED);
    await app.get(page);
    app.clock.advance(60);
    const answer = await app.get(page);
    expect([answer.status, answer.text, answer.headers['age']]).toEqual([200, 'run 1', '0']);
    expect(answer.headers['cache-status']).toBe('nestjs-cache; fwd=stale; fwd-status=304; ttl=60');
    app.clock.advance(59);
    const hit = await app.get(page);
    expect([hit.text, hit.headers['age'], page.runs]).toEqual(['run 1', '59', 2]);
    expect(hit.headers['cache-status']).toMatch(HIT);
  });

  it('takes over the fields of the 304, its lifetime among them, but none of the body', async () => {
    const page = changing(
      { ...TAGGED, 'Content-Type': 'text/plain', 'X-Kept': '1', 'X-Changed': '1' },
      {
        'Cache-Control': 'max-age=600',
        ETag: '"a"',
        'Content-Type': 'text/html',
        'Content-Length': '999',
        'X-Changed': '2',
        'X-New': '2',
      },
    );
    await app.twice(page, 60);
    app.clock.advance(599);
    const { headers, text } = await app.get(page);
    expect([text, page.runs]).toEqual(['run 1', 2]);
    expect([headers['content-type'], headers['content-length']]).toEqual(['text/plain', '5']);
    expect([headers['x-kept'], headers['x-changed'], headers['x-new']]).toEqual(['1', '2', '2']);
    expect([headers['cache-control'], headers['last-modified']]).toEqual(['max-age=600', LAST_CHANGE]);
  });

  it('takes the age of the page from the 304', async () => {
    const page = changing(TAGGED, { ...TAGGED, Age: '50' });
    await app.twice(page, 60);
    expect((await app.get(page)).headers['age']).toBe('50');
    app.clock.advance(10);
    await app.get(page);
    expect(page.runs).toBe(3);
  });

  it('uses a page no more whose 304 forbids to keep it', async () => {
    const page = changing(TAGGED, { 'Cache-Control': 'no-store', ETag: '"a"' });
    expect(await app.twice(page, 60)).toEqual(['run 1', 'run 1']);
    await app.get(page);
    expect(page.runs).toBe(3);
  });

  it('keeps no page for one that the handler speaks of, but that is another', async () => {
    const page = app.page((_question, run) =>
      run === 2
        ? { status: 304, fields: { 'Cache-Control': 'max-age=60', ETag: '"b"' } }
        : { fields: TAGGED, body: `run ${run}` },
    );
    await app.get(page);
    app.clock.advance(60);
    await app.get(page);
    expect(await app.textOf(page)).toBe('run 3');
  });

  it('takes a weak entity tag for that of the page, which compression makes of it', async () => {
    const page = changing(TAGGED, { 'Cache-Control': 'max-age=60', ETag: 'W/"a"' });
    expect(await app.twice(page, 60)).toEqual(['run 1', 'run 1']);
    const hit = await app.get(page);
    expect([hit.text, hit.headers['etag'], page.runs]).toEqual(['run 1', 'W/"a"', 2]);
  });

  it('replaces the page with a new one', async () => {
    const page = changing(TAGGED, { 'Cache-Control': 'max-age=60', ETag: '"b"' }, 200);
    expect(await app.twice(page, 60)).toEqual(['run 1', 'run 2']);
    const hit = await app.get(page);
    expect([hit.text, hit.headers['etag'], hit.headers['last-modified']]).toEqual([
      'run 2',
      '"b"',
      undefined,
    ]);
  });

  it('asks each time about a page that says no-cache', async () => {
    const fields = { 'Cache-Control': 'no-cache, max-age=60', ETag: '"a"' };
    const page = changing(fields, fields);
    expect(await app.twice(page)).toEqual(['run 1', 'run 1']);
    await app.get(page);
    expect(page.runs).toBe(3);
    expect(page.questions.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"a"', '"a"']);
  });

  it('asks about a page without freshness, as its maker wants it', async () => {
    const page = changing({ ETag: 'W/"a"' }, { ETag: 'W/"a"' });
    expect(await app.twice(page)).toEqual(['run 1', 'run 1']);
    expect(page.questions[1]!.headers['if-none-match']).toBe('W/"a"');
  });

  it('keeps nothing longer than it keeps what is stale', async () => {
    const origin = (): StandardsPage =>
      app.page((_question, run) => ({ fields: TAGGED, body: `run ${run}` }), 'strict');
    const [early, late] = [origin(), origin()];
    await app.get(early);
    await app.get(late);
    app.clock.advance(60 + 3599);
    await app.get(early);
    app.clock.advance(1);
    await app.get(late);
    expect(early.questions[1]!.headers['if-none-match']).toBe('"a"');
    expect(late.questions[1]!.headers['if-none-match']).toBeUndefined();
  });

  it('passes a 304 on that the handler says unasked, and keeps nothing of it', async () => {
    const page = app.page(() => ({ status: 304, fields: TAGGED }));
    expect((await app.get(page)).status).toBe(304);
    expect((await app.get(page)).status).toBe(304);
    expect(page.runs).toBe(2);
  });

  it('goes on for those who come while the page is asked about', async () => {
    let answer = (): void => {};
    const page = app.page(async (_question, run) => {
      if (run === 1) return { fields: TAGGED, body: 'run 1' };
      await new Promise<void>((resolve) => (answer = resolve));
      return { status: 304, fields: TAGGED };
    });
    await app.get(page);
    app.clock.advance(60);
    const answers = Array.from({ length: 10 }, () => app.textOf(page));
    while (page.runs < 2) await new Promise(setImmediate);
    answer();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['run 1']));
    expect(page.runs).toBe(2);
  });

  it('asks a platform that answers for its handlers, too', async () => {
    ReturningController.runs = 0;
    const ask = async (cookie: string): Promise<string | undefined> =>
      (await app.client.get('/returned', { cookie })).headers['cache-status']?.toString();
    await ask('team=red; a=1');
    const asked = [await ask('team=red; a=2'), await ask('team=red; a=3')];
    expect(ReturningController.runs).toBe(3);
    const isAsked = platform.name === 'Express';
    const told = isAsked ? 'fwd=stale; fwd-status=304; ttl=0' : 'fwd=uri-miss';
    expect(asked).toEqual([`nestjs-cache; ${told}`, `nestjs-cache; ${told}`]);
  });

  describe('of what the client has', () => {
    const conditions: [string, Fields, number][] = [
      ['its entity tag', { 'if-none-match': '"a"' }, 304],
      ['its entity tag in a list, weak', { 'if-none-match': '"x", W/"a"' }, 304],
      ['any at all', { 'if-none-match': '*' }, 304],
      ['another entity tag', { 'if-none-match': '"x"' }, 200],
      ['its last change', { 'if-modified-since': LAST_CHANGE }, 304],
      ['a later moment', { 'if-modified-since': 'Wed, 01 Jan 2025 00:00:01 GMT' }, 304],
      ['an earlier moment', { 'if-modified-since': 'Tue, 31 Dec 2024 00:00:00 GMT' }, 200],
      [
        'another entity tag and its last change',
        { 'if-none-match': '"x"', 'if-modified-since': LAST_CHANGE },
        200,
      ],
    ];

    it.each(conditions)('answers %s from the store', async (_what, headers, status) => {
      const page = changing({ ...TAGGED, 'Content-Location': '/there', 'X-More': '1' }, TAGGED);
      await app.get(page);
      const answer = await app.get(page, headers);
      expect([answer.status, answer.text, page.runs]).toEqual([status, status === 304 ? '' : 'run 1', 1]);
      expect([answer.headers['etag'], answer.headers['cache-control']]).toEqual(['"a"', 'max-age=60']);
      expect(answer.headers['content-location']).toBe('/there');
    });

    it.each(conditions)(
      'answers %s once the handler was asked about the page',
      async (_what, headers, status) => {
        const page = changing(TAGGED, TAGGED);
        await app.get(page);
        app.clock.advance(60);
        const answer = await app.get(page, headers);
        expect([answer.status, answer.text]).toEqual([status, status === 304 ? '' : 'run 1']);
        expect(page.runs).toBe(2);
      },
    );

    it('answers that it has the page that the handler has just made', async () => {
      const page = changing(TAGGED, { 'Cache-Control': 'max-age=60', ETag: '"b"' }, 200);
      await app.get(page);
      app.clock.advance(60);
      const answer = await app.get(page, { 'if-none-match': '"b"' });
      expect([answer.status, answer.text]).toEqual([304, '']);
      expect(await app.textOf(page)).toBe('run 2');
    });

    it('leaves conditions on acting to the handler', async () => {
      const page = app.page(({ headers }, run) => ({
        status: headers['if-match'] === undefined ? 200 : 412,
        fields: TAGGED,
        body: `run ${run}`,
      }));
      await app.get(page);
      expect((await app.get(page, { 'if-match': '"x"' })).status).toBe(412);
      expect(await app.textOf(page)).toBe('run 1');
    });
  });
});

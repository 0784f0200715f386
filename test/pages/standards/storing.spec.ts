import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, rawOf } from '../../support/platforms.js';
import { ASKED, type Fields, StandardsApplication, USED } from './standards-application.js';

describe.each(platforms)('Storing by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform, {
      prepare: (nest) =>
        nest.use(
          (
            _request: unknown,
            response: { setHeader(name: string, value: string): void },
            next: () => void,
          ) => {
            response.setHeader('X-Visit', String(++visits));
            next();
          },
        ),
    });
  });
  afterAll(async () => app.close());
  let visits = 0;

  describe('keeps nothing that', () => {
    it.each<[string, Fields]>([
      ['says no-store', { 'Cache-Control': 'no-store, max-age=60' }],
      ['says private', { 'Cache-Control': 'private, max-age=60' }],
      ['says no-store in the second of two lines', { 'Cache-Control': ['max-age=60', 'no-store'] }],
      [
        'is forbidden to this cache alone',
        { 'Cache-Control': 'max-age=60', 'CDN-Cache-Control': 'no-store' },
      ],
      ['varies on everything', { 'Cache-Control': 'max-age=60', Vary: '*' }],
      ['varies on everything among others', { 'Cache-Control': 'max-age=60', Vary: 'Accept, *' }],
      ['sets a cookie', { 'Cache-Control': 'max-age=60', 'Set-Cookie': 'a=1' }],
      ['has neither freshness nor a validator', {}],
      ['is to be validated and has no validator', { 'Cache-Control': 'no-cache, max-age=60' }],
    ])('%s', async (_what, fields) => {
      const page = app.counting(fields);
      expect(await app.twice(page)).toEqual(ASKED);
      expect((await app.get(page)).headers['cache-status']).toBe('nestjs-cache; fwd=uri-miss');
    });

    it('is incomplete', async () => {
      const page = app.page((_question, run, reply) => {
        const response = rawOf(reply);
        response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': '100' });
        response.write(`run ${run}`);
        setImmediate(() => response.destroy());
      });
      await expect(app.get(page)).rejects.toThrow();
      await expect(app.get(page)).rejects.toThrow();
      expect(page.runs).toBe(2);
    });

    it('is longer than the limit', async () => {
      const page = app.page(() => ({ fields: { 'Cache-Control': 'max-age=60' }, body: 'x'.repeat(1025) }));
      await app.twice(page);
      expect(page.runs).toBe(2);
    });

    it('answers a request with a body', async () => {
      const page = app.counting({ 'Cache-Control': 'max-age=60' });
      const ask = async (): Promise<string> =>
        (
          await app.client.ask(page.path, {
            body: 'x',
            headers: { 'content-length': 1, 'content-type': 'text/plain' },
          })
        ).text;
      expect([await ask(), await ask()]).toEqual(ASKED);
    });
  });

  describe('of cookies that are set', () => {
    it('keeps them for all where that is allowed', async () => {
      const page = app.counting({ 'Cache-Control': 'max-age=60', 'Set-Cookie': ['a=1', 'b=2'] }, 'open');
      expect(await app.twice(page)).toEqual(USED);
      expect((await app.get(page)).headers['set-cookie']).toEqual(['a=1', 'b=2']);
    });

    it('keeps those that a validated page had', async () => {
      const page = app.page(({ headers }, run) => {
        const isKnown = headers['if-none-match'] === '"a"';
        const fields = { 'Cache-Control': 'max-age=60', ETag: '"a"' };
        return isKnown
          ? { status: 304, fields }
          : { fields: { ...fields, 'Set-Cookie': 'a=1' }, body: `run ${run}` };
      }, 'open');
      await app.twice(page, 60);
      expect((await app.get(page)).headers['set-cookie']).toEqual(['a=1']);
      expect(page.runs).toBe(2);
    });
  });

  it('gives cookies that a 304 sets to whom it answers, and to nobody else', async () => {
    const page = app.page(({ headers }, run) => {
      const fields = { 'Cache-Control': 'max-age=60', ETag: '"a"' };
      return headers['if-none-match'] === '"a"'
        ? { status: 304, fields: { ...fields, 'Set-Cookie': ['a=1', 'b=2'] } }
        : { fields, body: `run ${run}` };
    });
    await app.get(page);
    app.clock.advance(60);
    const asked = await app.get(page);
    expect([asked.text, asked.headers['set-cookie']]).toEqual(['run 1', ['a=1', 'b=2']]);
    const hit = await app.get(page);
    expect([hit.text, hit.headers['set-cookie'], page.runs]).toEqual(['run 1', undefined, 2]);
  });

  describe('of fields that one may not use unasked', () => {
    it.each([
      ['private', 'private="X-Name, X-Other", max-age=60'],
      ['no-cache', 'no-cache="X-Name, X-Other", max-age=60'],
    ])('keeps what stands beside those that %s names', async (_directive, control) => {
      const page = app.page((_question, run) => ({
        fields: { 'Cache-Control': control, 'X-Name': 'Ann', 'x-other': 'more', 'X-Free': 'yes' },
        body: `run ${run}`,
      }));
      const first = await app.get(page);
      expect([first.headers['x-name'], first.headers['x-free']]).toEqual(['Ann', 'yes']);
      const second = await app.get(page);
      expect([second.text, second.headers['x-free']]).toEqual(['run 1', 'yes']);
      expect([second.headers['x-name'], second.headers['x-other']]).toEqual([undefined, undefined]);
    });

    it('keeps those out that a later 304 names', async () => {
      const page = app.page(({ headers }, run) =>
        headers['if-none-match'] === '"a"'
          ? {
              status: 304,
              fields: { 'Cache-Control': 'private="X-Name", max-age=60', ETag: '"a"', 'X-Name': 'Ann' },
            }
          : { fields: { 'Cache-Control': 'max-age=60', ETag: '"a"' }, body: `run ${run}` },
      );
      await app.twice(page, 60);
      const { headers, text } = await app.get(page);
      expect([text, headers['x-name'], page.runs]).toEqual(['run 1', undefined, 2]);
    });
  });

  describe('of fields of the connection', () => {
    it('keeps none, nor those that Connection names', async () => {
      const page = app.page(() => ({
        fields: {
          'Cache-Control': 'max-age=60',
          Connection: 'X-Hop',
          'X-Hop': 'a',
          'Keep-Alive': 'timeout=1',
          'Proxy-Authenticate': 'Basic',
          'X-End': 'b',
        },
        body: 'text',
      }));
      await app.get(page);
      const { headers } = await app.get(page);
      expect([headers['x-hop'], headers['proxy-authenticate'], headers['x-end']]).toEqual([
        undefined,
        undefined,
        'b',
      ]);
      expect(page.runs).toBe(1);
    });

    it('keeps none that middleware gives each visitor anew', async () => {
      const page = app.page(({ headers }, run) => {
        const fields = { 'Cache-Control': 'max-age=60', ETag: '"a"' };
        return headers['if-none-match'] === '"a"' ? { status: 304, fields } : { fields, body: `run ${run}` };
      });
      await app.twice(page, 60);
      const { headers, text } = await app.get(page);
      expect([text, page.runs]).toEqual(['run 1', 2]);
      expect(headers['x-visit']).toBe(String(visits));
    });
  });

  describe('of answers to whom the request shows', () => {
    const ask = (control: string, headers: Fields): Promise<[string, string]> =>
      app.twice(app.counting({ 'Cache-Control': control }), 0, headers);

    it.each(['public, max-age=60', 'must-revalidate, max-age=60', 's-maxage=60'])(
      'keeps those to Authorization that say %s',
      async (control) => {
        expect(await ask(control, { authorization: 'Bearer a' })).toEqual(USED);
      },
    );

    it('keeps no others to Authorization', async () => {
      expect(await ask('max-age=60', { authorization: 'Bearer a' })).toEqual(ASKED);
    });

    it('uses for Authorization what it keeps for all', async () => {
      const page = app.counting({ 'Cache-Control': 'max-age=60' });
      await app.get(page);
      expect(await app.textOf(page, { authorization: 'Bearer a' })).toBe('run 1');
    });

    it.each(['must-revalidate, max-age=60', 's-maxage=60', 'max-age=60'])(
      'keeps none to whom the application itself knows that say %s',
      async (control) => {
        expect(await ask(control, { 'x-user': 'ann' })).toEqual(ASKED);
      },
    );

    it('keeps those for everybody that say public, whomever the application knows', async () => {
      const page = app.counting({ 'Cache-Control': 'public, max-age=60' });
      expect(await app.textOf(page, { 'x-user': 'ann' })).toBe('run 1');
      expect(await app.textOf(page, { 'x-user': 'bob' })).toBe('run 1');
      expect(await app.textOf(page)).toBe('run 1');
    });

    it('uses for whom the application knows nothing that is not for everybody', async () => {
      const page = app.counting({ 'Cache-Control': 'max-age=60' });
      await app.get(page);
      expect(await app.textOf(page, { 'x-user': 'ann' })).toBe('run 2');
      expect(await app.textOf(page)).toBe('run 1');
    });

    it('takes a page for no more than a 304 says of it', async () => {
      const page = app.page(({ headers }, run) =>
        headers['if-none-match'] === '"a"'
          ? { status: 304, fields: { 'Cache-Control': 'max-age=60', ETag: '"a"' } }
          : { fields: { 'Cache-Control': 'public, max-age=60', ETag: '"a"' }, body: `run ${run}` },
      );
      await app.twice(page, 60);
      expect(await app.textOf(page, { 'x-user': 'ann' })).toBe('run 3');
    });
  });

  describe('of answers that ask to be understood', () => {
    it('keeps one of a known status though it says no-store, and none of another', async () => {
      const control = { 'Cache-Control': 'must-understand, no-store, max-age=60' };
      expect(await app.twice(app.counting(control))).toEqual(USED);
      const odd = app.page((_question, run) => ({ status: 299, fields: control, body: `run ${run}` }));
      expect(await app.twice(odd)).toEqual(ASKED);
    });
  });
});

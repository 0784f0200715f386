import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms } from '../../support/platforms.js';
import {
  type Fields,
  type Question,
  type Said,
  StandardsApplication,
  type StandardsPage,
} from './standards-application.js';

const TEXT = '0123456789';
const LAST_CHANGE = 'Wed, 01 Jan 2025 00:00:00 GMT';
const KEPT = { 'Cache-Control': 'max-age=60', 'Content-Type': 'text/plain', ETag: '"a"' };

describe.each(platforms)('Ranges by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform);
  });
  afterAll(async () => app.close());

  const whole = (fields: Fields = {}): StandardsPage =>
    app.page(() => ({ fields: { ...KEPT, ...fields }, body: TEXT }));

  describe('of a whole answer', () => {
    it.each([
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=-99', TEXT, 'bytes 0-9/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
      ['Bytes=0-0', '0', 'bytes 0-0/10'],
      ['bytes=0-1, 20-', '01', 'bytes 0-1/10'],
    ])('are answered for %s', async (range, body, contentRange) => {
      const page = whole();
      await app.get(page);
      app.clock.advance(5);
      const answer = await app.get(page, { range });
      expect([answer.status, answer.text, page.runs]).toEqual([206, body, 1]);
      const { headers } = answer;
      expect([headers['content-range'], headers['content-length']]).toEqual([
        contentRange,
        String(body.length),
      ]);
      expect([headers['etag'], headers['cache-control'], headers['age']]).toEqual(['"a"', 'max-age=60', '5']);
      expect(await app.textOf(page)).toBe(TEXT);
    });

    it('are answered in several parts', async () => {
      const page = whole();
      await app.get(page);
      const { headers, status, text } = await app.get(page, { range: 'bytes=0-1, -2' });
      const [, boundary] =
        /^multipart\/byteranges; boundary=(.+)$/.exec(String(headers['content-type'])) ?? [];
      expect([status, page.runs, headers['content-range']]).toEqual([206, 1, undefined]);
      const part = (range: string, body: string): string =>
        `\r\n--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes ${range}/10\r\n\r\n${body}`;
      expect(text).toBe(`${part('0-1', '01')}${part('8-9', '89')}\r\n--${boundary}--\r\n`);
    });

    it('are refused where there is nothing of them', async () => {
      const page = whole();
      await app.get(page);
      const { headers, status, text } = await app.get(page, { range: 'bytes=10-' });
      expect([status, text, headers['content-range']]).toEqual([416, '', 'bytes */10']);
      expect([headers['content-type'], headers['etag'], page.runs]).toEqual([undefined, undefined, 1]);
      expect(await app.textOf(page)).toBe(TEXT);
    });

    it.each(['lines=0-1', 'bytes=', 'bytes=4-2', 'bytes=a-b', 'bytes=0-5, 3-9', '0-1'])(
      'are passed over where they cannot be read: %s',
      async (range) => {
        const page = whole();
        await app.get(page);
        const answer = await app.get(page, { range });
        expect([answer.status, answer.text, page.runs]).toEqual([200, TEXT, 1]);
      },
    );

    it.each<[string, number]>([
      ['"a"', 206],
      ['W/"a"', 200],
      ['"x"', 200],
      [LAST_CHANGE, 206],
      ['Wed, 01 Jan 2025 00:00:01 GMT', 200],
    ])('are answered with If-Range: %s as %d', async (ifRange, status) => {
      const page = whole({ 'Last-Modified': LAST_CHANGE });
      await app.get(page);
      const answer = await app.get(page, { range: 'bytes=0-1', 'if-range': ifRange });
      expect([answer.status, answer.text, page.runs]).toEqual([status, status === 206 ? '01' : TEXT, 1]);
    });

    it('never match a weak entity tag with If-Range', async () => {
      const page = whole({ ETag: 'W/"a"' });
      await app.get(page);
      expect((await app.get(page, { range: 'bytes=0-1', 'if-range': 'W/"a"' })).status).toBe(200);
      expect((await app.get(page, { range: 'bytes=0-1' })).status).toBe(206);
    });

    it('yield to conditions: who has the whole is told so', async () => {
      const page = whole();
      await app.get(page);
      const answer = await app.get(page, { range: 'bytes=0-1', 'if-none-match': '"a"' });
      expect([answer.status, answer.text]).toEqual([304, '']);
    });

    it('mean nothing to HEAD', async () => {
      const page = whole();
      await app.get(page);
      const answer = await app.client.head(page.path, { range: 'bytes=0-1' });
      expect([answer.status, answer.headers['content-length']]).toEqual([200, '10']);
    });

    it('are not of an answer that is no success', async () => {
      const page = app.page(() => ({ status: 404, fields: KEPT, body: TEXT }));
      await app.get(page);
      const answer = await app.get(page, { range: 'bytes=0-1' });
      expect([answer.status, answer.text, page.runs]).toEqual([404, TEXT, 1]);
    });
  });

  /** Answers ranges of the form a-b, with the entity tag of the hour. */
  function serving(
    tag: (run: number) => string = () => '"a"',
    fields: Fields = {},
    isCareless = false,
  ): StandardsPage {
    const answer = ({ headers }: Question, run: number): Said => {
      const given = { ...KEPT, ETag: tag(run), ...fields };
      const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
      const isSame = isCareless || headers['if-range'] === undefined || headers['if-range'] === tag(run);
      const text = tag(run) === '"a"' ? TEXT : 'abcdefghij';
      if (first === undefined || !isSame) return { fields: given, body: text };
      const end = last === '' ? 9 : Number(last);
      return {
        status: 206,
        fields: { ...given, 'Content-Range': `bytes ${first}-${end}/10` },
        body: text.slice(Number(first), end + 1),
      };
    };
    return app.page((question, run) => answer(question, run));
  }

  const part = (page: StandardsPage, range: string): ReturnType<typeof app.get> =>
    app.get(page, { range: `bytes=${range}` });

  describe('that the handler answers', () => {
    it('reach it as they are, and are kept', async () => {
      const page = serving();
      const first = await part(page, '0-4');
      expect([first.status, first.text, page.questions[0]!.headers['range']]).toEqual([
        206,
        '01234',
        'bytes=0-4',
      ]);
      const again = await part(page, '0-4');
      expect([again.status, again.text, again.headers['content-range']]).toEqual([
        206,
        '01234',
        'bytes 0-4/10',
      ]);
      const within = await part(page, '1-2');
      expect([within.status, within.text, within.headers['content-range']]).toEqual([
        206,
        '12',
        'bytes 1-2/10',
      ]);
      expect(page.runs).toBe(1);
    });

    it('are not the whole for who asks for that, which is completed', async () => {
      const page = serving();
      await part(page, '0-4');
      const whole = await app.get(page);
      expect([whole.status, whole.text]).toEqual([200, TEXT]);
      const { headers } = page.questions[1]!;
      expect([headers['range'], headers['if-range']]).toEqual(['bytes=5-', '"a"']);
      const hit = await app.get(page);
      expect([hit.status, hit.text, hit.headers['content-range']]).toEqual([200, TEXT, undefined]);
      expect(page.runs).toBe(2);
    });

    it('are the whole if they are all of it', async () => {
      const page = serving();
      expect((await part(page, '0-')).status).toBe(206);
      const hit = await app.get(page);
      expect([hit.status, hit.text, hit.headers['content-range']]).toEqual([200, TEXT, undefined]);
      expect(page.runs).toBe(1);
    });

    it('are not completed to more than is kept at all', async () => {
      const length = 1500;
      const page = app.page(({ headers }) => {
        const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
        if (first === undefined) return { fields: KEPT, body: 'x'.repeat(length) };
        const end = last === '' ? length - 1 : Number(last);
        const contentRange = `bytes ${first}-${end}/${length}`;
        return {
          status: 206,
          fields: { ...KEPT, 'Content-Range': contentRange },
          body: 'x'.repeat(end - Number(first) + 1),
        };
      });
      await part(page, '0-999');
      expect((await app.get(page)).body.length).toBe(length);
      expect(page.questions.every(({ headers }) => headers['if-range'] === undefined)).toBe(true);
      expect([(await part(page, '0-1')).text, page.runs]).toEqual(['xx', 2]);
    });

    it.each([
      ['says so', false],
      ['does not heed If-Range', true],
    ])('are never put together with those of another by a handler that %s', async (_how, isCareless) => {
      const page = serving((run) => (run === 1 ? '"a"' : '"b"'), {}, isCareless);
      expect((await part(page, '0-4')).text).toBe('01234');
      expect(await app.textOf(page)).toBe('abcdefghij');
      expect(await app.textOf(page)).toBe('abcdefghij');
      expect((await part(page, '0-4')).text).toBe('abcde');
    });

    it('are not completed behind a weak entity tag', async () => {
      const page = serving(() => 'W/"a"');
      await part(page, '0-4');
      await app.get(page);
      await app.get(page);
      expect(page.questions.every(({ headers }) => headers['if-range'] === undefined)).toBe(true);
    });

    it('go to the handler again where they are not among those kept, and lengthen these', async () => {
      const page = serving();
      await part(page, '0-4');
      const other = await part(page, '3-7');
      expect([other.status, other.text, page.runs]).toEqual([206, '34567', 2]);
      const both = await part(page, '2-6');
      expect([both.status, both.text, both.headers['content-range']]).toEqual([206, '23456', 'bytes 2-6/10']);
      await part(page, '8-9');
      expect([await app.textOf(page), page.runs]).toEqual([TEXT, 3]);
    });

    it('take the place of those kept where there is a gap between', async () => {
      const page = serving();
      await part(page, '0-1');
      await part(page, '8-9');
      expect([(await part(page, '8-9')).text, page.runs]).toEqual(['89', 2]);
      expect([(await part(page, '0-1')).text, page.runs]).toEqual(['01', 3]);
    });

    it('are kept no longer than they are fresh', async () => {
      const page = serving();
      await part(page, '0-4');
      app.clock.advance(60);
      const answer = await part(page, '1-2');
      expect([answer.status, answer.text, page.runs]).toEqual([206, '12', 2]);
    });

    it.each<[string, Fields]>([
      ['nothing says which they are', { 'Content-Range': undefined }],
      ['nobody knows the length of the whole', { 'Content-Range': 'bytes 0-4/*' }],
      ['they contradict themselves', { 'Content-Range': 'bytes 0-9/10' }],
      [
        'they are several',
        { 'Content-Range': undefined, 'Content-Type': 'multipart/byteranges; boundary=x' },
      ],
    ])('are not kept where %s', async (_why, fields) => {
      const page = app.page(() => ({
        status: 206,
        fields: { ...KEPT, 'Content-Range': 'bytes 0-4/10', ...fields },
        body: '01234',
      }));
      await part(page, '0-4');
      await part(page, '0-4');
      expect(page.runs).toBe(2);
    });

    it('that it has not are nothing to those who ask for others', async () => {
      const page = app.page(({ headers }) =>
        headers['range'] === undefined
          ? { fields: KEPT, body: TEXT }
          : { status: 416, fields: { 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes */10' } },
      );
      expect((await part(page, '50-')).status).toBe(416);
      const whole = await app.get(page);
      expect([whole.status, whole.text]).toEqual([200, TEXT]);
    });

    it('are answered as a whole by a handler that knows none, for all', async () => {
      const page = whole();
      const first = await part(page, '0-1');
      expect([first.status, first.text]).toEqual([200, TEXT]);
      const second = await part(page, '0-1');
      expect([second.status, second.text, page.runs]).toEqual([206, '01', 1]);
    });
  });

  describe('of a stale answer', () => {
    /** Whole at first; good still, or not to be had, later. */
    const stale = (later: () => Said): StandardsPage =>
      app.page((_question, run) => (run === 1 ? { fields: KEPT, body: TEXT } : later()));

    it('are answered once its maker calls it good', async () => {
      const page = stale(() => ({ status: 304, fields: KEPT }));
      await app.get(page);
      app.clock.advance(60);
      const answer = await part(page, '0-1');
      expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([
        206,
        '01',
        'bytes 0-1/10',
      ]);
      expect(await app.textOf(page)).toBe(TEXT);
      expect(page.runs).toBe(2);
    });

    it('are answered from a part that its maker calls good', async () => {
      const page = app.page((_question, run) =>
        run === 1
          ? { status: 206, fields: { ...KEPT, 'Content-Range': 'bytes 0-4/10' }, body: '01234' }
          : { status: 304, fields: KEPT },
      );
      await part(page, '0-4');
      app.clock.advance(60);
      const answer = await part(page, '1-2');
      expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([
        206,
        '12',
        'bytes 1-2/10',
      ]);
      expect((await part(page, '0-4')).text).toBe('01234');
      expect(page.runs).toBe(2);
    });

    it('are answered where the handler fails', async () => {
      const page = stale(() => {
        throw new Error('out of order');
      });
      await app.get(page);
      app.clock.advance(60);
      const answer = await part(page, '0-1');
      expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([
        206,
        '01',
        'bytes 0-1/10',
      ]);
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms } from '../../support/platforms.js';
import { until } from '../until.js';
import {
  type Fields,
  type Origin,
  StandardsApplication,
  type StandardsPage,
  type Way,
} from './standards-application.js';

const KEPT = { 'Cache-Control': 'max-age=60' };

describe.each(platforms)('Many who ask at once by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform, {
      prepare: (nest) =>
        nest.use((_request: unknown, _response: unknown, next: () => void) => {
          visits++;
          next();
        }),
    });
  });
  afterAll(async () => app.close());
  let visits = 0;
  let open = (): void => {};

  /** A page whose handler waits for all visitors, from some run on. */
  function slow(origin: Origin, way?: Way, from = 1): StandardsPage {
    const gate = new Promise<void>((resolve) => (open = resolve));
    return app.page(async (question, run, reply) => {
      if (run >= from) await gate;
      return origin(question, run, reply);
    }, way);
  }

  const counting = (fields: Fields, way?: Way): StandardsPage =>
    slow((_question, run) => ({ fields, body: `run ${run}` }), way);

  /** What visitors get who all come before the handler answers the first of them. */
  async function together(page: StandardsPage, headers: readonly Fields[]): Promise<string[]> {
    const end = visits + headers.length;
    const answers = headers.map((each) => app.textOf(page, each));
    await until(() => visits === end);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    open();
    return Promise.all(answers);
  }

  const crowd = (size: number): Fields[] => Array.from({ length: size }, () => ({}));

  it('get the one answer that is good for all', async () => {
    const page = counting(KEPT);
    expect(new Set(await together(page, crowd(20)))).toEqual(new Set(['run 1']));
    expect(page.runs).toBe(1);
  });

  it.each([
    ['is for one person', 'private, max-age=60'],
    ['is not to be used unasked', 'no-cache, max-age=60'],
    ['is stale at once', 'max-age=0'],
  ])('get one each where it %s', async (_what, control) => {
    const page = counting({ 'Cache-Control': control, ETag: '"a"' });
    expect(new Set(await together(page, crowd(20))).size).toBe(20);
    expect(page.runs).toBe(20);
  });

  it('each ask about a stale answer that is not to be used unasked', async () => {
    const fields = { 'Cache-Control': 'no-cache', ETag: '"a"' };
    const page = slow(
      ({ headers }, run) =>
        headers['if-none-match'] === '"a"' ? { status: 304, fields } : { fields, body: `run ${run}` },
      'plain',
      2,
    );
    await app.get(page);
    expect(new Set(await together(page, crowd(20)))).toEqual(new Set(['run 1']));
    expect(page.runs).toBe(21);
  });

  it('get one each where the application knows them', async () => {
    const page = slow(({ headers }) => ({ fields: KEPT, body: String(headers['x-user']) }));
    const names = Array.from({ length: 20 }, (_, index) => `person ${index}`);
    expect(
      await together(
        page,
        names.map((name) => ({ 'x-user': name })),
      ),
    ).toEqual(names);
  });

  it('get no answer that is not what they wish for', async () => {
    const page = counting(KEPT, 'open');
    const answers = await together(page, [{}, {}, { 'cache-control': 'min-fresh=100' }]);
    expect(answers).toEqual(['run 1', 'run 1', 'run 2']);
  });

  it('get the variants that are theirs', async () => {
    const page = slow(({ headers }) => ({ fields: { ...KEPT, Vary: 'X-A' }, body: String(headers['x-a']) }));
    const values = ['1', '2', '1', '3', '2', '1'];
    expect(
      await together(
        page,
        values.map((value) => ({ 'x-a': value })),
      ),
    ).toEqual(values);
    expect(page.runs).toBe(3);
  });
});

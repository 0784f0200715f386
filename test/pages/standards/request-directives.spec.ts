import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms } from '../../support/platforms.js';
import { type Fields, StandardsApplication, type StandardsPage, type Way } from './standards-application.js';

describe.each(platforms)('Wishes of requests by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform);
  });
  afterAll(async () => app.close());

  /** A page of an age in seconds. */
  async function aged(seconds: number, control = 'max-age=60', way: Way = 'open'): Promise<StandardsPage> {
    const page = app.counting({ 'Cache-Control': control, ETag: '"a"' }, way);
    await app.get(page);
    app.clock.advance(seconds);
    return page;
  }

  const isUsed = async (page: StandardsPage, headers: Fields): Promise<boolean> =>
    (await app.textOf(page, headers)) === 'run 1';
  const wish = (control: string): Fields => ({ 'cache-control': control });

  describe('where they count', () => {
    it.each<[string, number, Fields, boolean]>([
      ['no-cache', 0, wish('no-cache'), false],
      ['no-cache of old', 0, { pragma: 'no-cache' }, false],
      ['no-cache of old beside Cache-Control', 0, { pragma: 'no-cache', 'cache-control': 'max-age=9' }, true],
      ['a max-age that it has not passed', 10, wish('max-age=10'), true],
      ['a max-age that it has passed', 11, wish('max-age=10'), false],
      ['a max-age of nothing, at once', 0, wish('max-age=0'), true],
      ['a max-age that cannot be read', 1, wish('max-age=x'), false],
      ['a min-fresh that it still has', 30, wish('min-fresh=30'), true],
      ['a min-fresh that it has no more', 31, wish('min-fresh=30'), false],
      ['a max-stale that it has not passed', 70, wish('max-stale=10'), true],
      ['a max-stale that it has passed', 71, wish('max-stale=10'), false],
      ['a max-stale without end', 5000, wish('max-stale'), true],
      ['a max-stale and a max-age that it has passed', 70, wish('max-stale=100, max-age=65'), false],
      ['no-store, which is about the answer', 0, wish('no-store'), true],
    ])('heed %s', async (_what, seconds, headers, used) => {
      expect(await isUsed(await aged(seconds), headers)).toBe(used);
    });

    it.each([
      'max-age=60, must-revalidate',
      'max-age=60, proxy-revalidate',
      's-maxage=60',
      'max-age=60, no-cache',
    ])('do not loosen %s with max-stale', async (control) => {
      expect(await isUsed(await aged(70, control), wish('max-stale'))).toBe(false);
    });

    it('do not reload what is immutable while it is fresh', async () => {
      const control = 'max-age=60, immutable';
      expect(await isUsed(await aged(59, control), wish('max-age=0'))).toBe(true);
      expect(await isUsed(await aged(60, control), wish('max-age=0'))).toBe(false);
    });

    it('keep nothing of an answer that they say no-store of', async () => {
      const page = app.counting({ 'Cache-Control': 'max-age=60' }, 'open');
      expect(await app.textOf(page, wish('no-store'))).toBe('run 1');
      expect(await app.textOf(page)).toBe('run 2');
      expect(await app.textOf(page)).toBe('run 2');
    });

    it('ask the handler about the page with no-cache, and keep what it says', async () => {
      const page = await aged(0);
      await app.get(page, wish('no-cache'));
      expect(page.questions[1]!.headers['if-none-match']).toBe('"a"');
      expect(await app.textOf(page)).toBe('run 2');
    });

    it.each(['GET', 'HEAD'])('answer 504 to only-if-cached where there is nothing for %s', async (method) => {
      const page = app.counting({ 'Cache-Control': 'max-age=60' }, 'open');
      const ask = (): ReturnType<typeof app.client.ask> =>
        app.client.ask(page.path, { method, headers: { 'cache-control': 'only-if-cached' } });
      expect([(await ask()).status, page.runs]).toEqual([504, 0]);
      await app.get(page);
      expect([(await ask()).status, page.runs]).toEqual([200, 1]);
      app.clock.advance(60);
      expect([(await ask()).status, page.runs]).toEqual([504, 1]);
    });

    it('answer from what is stale with only-if-cached and max-stale', async () => {
      const page = await aged(70);
      const answer = await app.get(page, wish('only-if-cached, max-stale=10'));
      expect([answer.status, answer.text, page.runs]).toEqual([200, 'run 1', 1]);
    });

    it('have no say in what others get who wait for the same answer', async () => {
      let answer = (): void => {};
      const page = app.page(async (_question, run) => {
        if (run === 1) await new Promise<void>((resolve) => (answer = resolve));
        return { fields: { 'Cache-Control': 'max-age=60' }, body: `run ${run}` };
      }, 'open');
      const first = app.textOf(page);
      while (page.runs < 1) await new Promise(setImmediate);
      const others = [app.textOf(page), app.get(page, wish('only-if-cached'))] as const;
      expect((await others[1]).status).toBe(504);
      answer();
      expect([await first, await others[0], page.runs]).toEqual(['run 1', 'run 1', 1]);
    });
  });

  it.each<[string, number, Fields, boolean]>([
    ['no-cache', 0, wish('no-cache'), true],
    ['no-cache of old', 0, { pragma: 'no-cache' }, true],
    ['max-age', 11, wish('max-age=0'), true],
    ['min-fresh', 50, wish('min-fresh=30'), true],
    ['max-stale', 61, wish('max-stale'), false],
    ['only-if-cached', 61, wish('only-if-cached'), false],
  ])('change nothing where they do not count: %s', async (_what, seconds, headers, used) => {
    expect(await isUsed(await aged(seconds, 'max-age=60', 'plain'), headers)).toBe(used);
  });
});

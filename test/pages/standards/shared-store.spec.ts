import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../support/fake-clock.js';
import { platforms } from '../../support/platforms.js';
import { startRedis } from '../../support/servers/index.mjs';
import { makeTemporaryFolder, removeFolder } from '../../support/temporary-folder.js';
import {
  type Fields,
  HIT,
  type Origin,
  StandardsApplication,
  type StandardsPage,
} from './standards-application.js';

const [platform] = platforms;

describe.each(['file', 'redis'] as const)('Two applications on one %s', (backend) => {
  let folder = '';
  let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
  let applications: StandardsApplication[] = [];
  beforeAll(async () => {
    if (backend === 'redis') redis = await startRedis();
    else folder = await makeTemporaryFolder();
  });
  afterEach(async () => {
    for (const app of applications) await app.close();
    applications = [];
  });
  afterAll(async () => {
    await redis?.stop();
    if (folder) await removeFolder(folder);
  });

  let pages = 0;

  /** The same page of two applications, one of which asks in the name of both. */
  async function pair(
    origin: Origin,
  ): Promise<{ ask: [Ask, Ask]; clock: FakeClock; pages: StandardsPage[] }> {
    const location = backend === 'file' ? folder : `redis://${redis!.host}:${redis!.port}`;
    const clock = new FakeClock(Date.now());
    const name = `shared${pages++}`;
    const both = await Promise.all(
      [platform!, platform!].map((each) =>
        new StandardsApplication(clock).start(each, { caches: { default: { backend, location } } }),
      ),
    );
    applications.push(...both);
    const made = both.map((app) => app.page(origin, 'plain', name));
    // The address of a page has the host in it.
    const ask = both.map(
      (app): Ask =>
        (headers, method = 'GET') =>
          app.client.ask(made[0]!.path, { method, headers: { host: 'same.example', ...headers } }),
    ) as [Ask, Ask];
    return { ask, clock, pages: made };
  }

  /** Asks, and once more, which waits until the answer is in the store. */
  async function settle(ask: Ask, headers?: Fields): Promise<string> {
    const { text } = await ask(headers);
    await ask(headers);
    return text;
  }

  type Ask = (headers?: Fields, method?: string) => ReturnType<StandardsApplication['client']['ask']>;
  const runsOf = (made: readonly StandardsPage[]): number[] => made.map(({ runs }) => runs);

  it('use each other’s pages, with their age, lifetime and what they forbid', async () => {
    const {
      ask,
      clock,
      pages: made,
    } = await pair((_question, run) => ({
      fields: { 'Cache-Control': 'max-age=600, must-revalidate', Age: '100', ETag: '"a"' },
      body: `run ${run}`,
    }));
    await settle(ask[0]);
    const hit = await ask[1]();
    expect([hit.text, hit.headers['age'], runsOf(made)]).toEqual(['run 1', '100', [1, 0]]);
    expect(hit.headers['cache-status']).toMatch(HIT);
    clock.advance(500);
    await ask[1]();
    expect(made[1]!.questions[0]!.headers['if-none-match']).toBe('"a"');
  });

  it('complete each other’s parts', async () => {
    const { ask, pages: made } = await pair(({ headers }) => {
      const [, from = '0', to = '9'] = /^bytes=(\d)-(\d)?$/.exec(headers['range'] ?? '') ?? [];
      const isPart = headers['range'] !== undefined;
      const fields = { 'Cache-Control': 'max-age=60', ETag: '"a"' };
      const body = '0123456789'.slice(Number(from), Number(to) + 1);
      return isPart
        ? { status: 206, fields: { ...fields, 'Content-Range': `bytes ${from}-${to}/10` }, body }
        : { fields, body };
    });
    await settle(ask[0], { range: 'bytes=0-4' });
    const within = await ask[1]({ range: 'bytes=2-3' });
    expect([within.status, within.text, runsOf(made)]).toEqual([206, '23', [1, 0]]);
    expect(await settle(ask[1])).toBe('0123456789');
    expect(made[1]!.questions[0]!.headers['range']).toBe('bytes=5-');
    expect([(await ask[0]()).text, runsOf(made)]).toEqual(['0123456789', [1, 1]]);
  });

  it('keep variants apart for each other', async () => {
    const { ask, pages: made } = await pair(({ headers }) => ({
      fields: { 'Cache-Control': 'max-age=60', Vary: 'X-A' },
      body: `for ${headers['x-a']}`,
    }));
    await settle(ask[0], { 'x-a': '1' });
    await settle(ask[0], { 'x-a': '2' });
    expect([(await ask[1]({ 'x-a': '1' })).text, (await ask[1]({ 'x-a': '2' })).text]).toEqual([
      'for 1',
      'for 2',
    ]);
    expect((await ask[1]({ 'x-a': '3' })).text).toBe('for 3');
    expect(runsOf(made)).toEqual([2, 1]);
  });

  it('hear of each other’s changes', async () => {
    const { ask, pages: made } = await pair(({ method }, run) =>
      method === 'GET' ? { fields: { 'Cache-Control': 'max-age=60' }, body: `run ${run}` } : { status: 204 },
    );
    await settle(ask[0]);
    await ask[1]();
    expect(runsOf(made)).toEqual([1, 0]);
    expect((await ask[1]({}, 'PUT')).status).toBe(204);
    expect((await ask[0]()).text).toBe('run 2');
  });

  it('use a page that the other has freshened', async () => {
    const fields = { 'Cache-Control': 'max-age=60', ETag: '"a"' };
    const {
      ask,
      clock,
      pages: made,
    } = await pair(({ headers }, run) =>
      headers['if-none-match'] === '"a"'
        ? { status: 304, fields: { ...fields, 'X-Fresh': 'yes' } }
        : { fields, body: `run ${run}` },
    );
    await settle(ask[0]);
    clock.advance(60);
    expect(await settle(ask[1])).toBe('run 1');
    const hit = await ask[0]();
    expect([hit.text, hit.headers['age'], hit.headers['x-fresh'], runsOf(made)]).toEqual([
      'run 1',
      '0',
      'yes',
      [1, 1],
    ]);
  });
});

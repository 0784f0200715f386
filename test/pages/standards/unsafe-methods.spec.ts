import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, rawOf, type Reply } from '../../support/platforms.js';
import { type Fields, StandardsApplication, type StandardsPage } from './standards-application.js';

const KEPT = { 'Cache-Control': 'max-age=60' };

describe.each(platforms)('Unsafe requests by the standards on $name', (platform) => {
  const app = new StandardsApplication();
  beforeAll(async () => {
    await app.start(platform);
  });
  afterAll(async () => app.close());

  /** A page that answers unsafe requests with a status and fields. */
  const page = (status = 200, fields: Fields = {}): StandardsPage =>
    app.page(({ method }, run) =>
      method === 'GET' ? { fields: KEPT, body: `run ${run}` } : { status, fields, body: 'done' },
    );

  async function change(changed: StandardsPage, method = 'POST', query = ''): Promise<number> {
    return (await app.client.ask(`${changed.path}${query}`, { method })).status;
  }

  const isKept = async (kept: StandardsPage): Promise<boolean> => {
    const before = kept.runs;
    await app.get(kept);
    return kept.runs === before;
  };

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('make the page of their URL absent by %s', async (method) => {
    const changed = page();
    await app.get(changed);
    expect(await isKept(changed)).toBe(true);
    await change(changed, method);
    expect(await isKept(changed)).toBe(false);
  });

  it('make it absent by methods that nobody knows', async () => {
    const changed = page();
    await app.get(changed);
    // Fastify takes no methods that it has not been told of.
    const status = await change(changed, 'PROPFIND');
    expect(await isKept(changed)).toBe(status === 404);
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('are not those of %s', async (method) => {
    const changed = page();
    await app.get(changed);
    await change(changed, method);
    expect(await isKept(changed)).toBe(true);
  });

  it.each([
    [200, false],
    [201, false],
    [204, false],
    [303, false],
    [400, true],
    [404, true],
    [500, true],
  ])('that are answered with %d leave the page: %s', async (status, kept) => {
    const changed = page(status);
    await app.get(changed);
    expect(await change(changed)).toBe(status);
    expect(await isKept(changed)).toBe(kept);
  });

  it('that fail leave the page', async () => {
    const changed = app.page(({ method }, run) => {
      if (method !== 'GET') throw new Error('out of order');
      return { fields: KEPT, body: `run ${run}` };
    });
    await app.get(changed);
    expect(await change(changed)).toBe(500);
    expect(await isKept(changed)).toBe(true);
  });

  it('make the pages of all queries of their path absent', async () => {
    const changed = page();
    await app.client.get(`${changed.path}?a=1`);
    await change(changed, 'POST', '?b=2');
    await app.client.get(`${changed.path}?a=1`);
    expect(changed.runs).toBe(3);
  });

  it('make the page absent before their client hears of it', async () => {
    const changed = page();
    await app.get(changed);
    for (let round = 0; round < 20; round++) {
      await change(changed);
      expect(await isKept(changed)).toBe(false);
    }
  });

  it('overtake a page that is being made', async () => {
    let answer = (): void => {};
    const changed = app.page(async ({ method }, run) => {
      if (run === 1) await new Promise<void>((resolve) => (answer = resolve));
      return method === 'GET' ? { fields: KEPT, body: `run ${run}` } : { body: 'done' };
    });
    const old = app.textOf(changed);
    while (changed.runs < 1) await new Promise(setImmediate);
    await change(changed);
    answer();
    expect(await old).toBe('run 1');
    expect(await app.textOf(changed)).toBe('run 3');
  });

  describe.each(['Location', 'Content-Location'])('that name another page in %s', (field) => {
    /** Whether another page is kept after a change whose answer refers to it. */
    async function outlives(
      reference: (path: string) => string,
      status = 201,
      write?: (reply: Reply, fields: Fields) => void,
    ): Promise<boolean> {
      const other = page();
      await app.get(other);
      const fields = { [field]: reference(other.path) };
      const changed = write
        ? app.page((_question, _run, reply) => write(reply, fields))
        : page(status, fields);
      expect(await change(changed)).toBe(write ? 201 : status);
      return isKept(other);
    }

    const origin = (): string => `http://127.0.0.1:${app.client.port}`;

    it.each<[string, (path: string) => string]>([
      ['by its path', (path) => path],
      ['by its name', (path) => path.split('/').at(-1)!],
      ['by its URL', (path) => `${origin()}${path}`],
      ['with a query and a fragment', (path) => `${path}?a#b`],
    ])('make it absent %s', async (_how, reference) => {
      expect(await outlives(reference)).toBe(false);
    });

    it.each<[string, (path: string) => string]>([
      ['another host', (path) => `http://elsewhere.example${path}`],
      ['another port', (path) => `http://127.0.0.1:1${path}`],
      ['another scheme', (path) => `https://127.0.0.1:${app.client.port}${path}`],
      ['no host without a scheme', (path) => `//elsewhere.example${path}`],
      ['nothing that can be read', () => 'http://['],
    ])('leave it where that is of %s', async (_how, reference) => {
      expect(await outlives(reference)).toBe(true);
    });

    it('make it absent by the URL that the client knows it by', async () => {
      const proxied = await new StandardsApplication().start(platform, { trustProxy: true });
      const other = proxied.counting(KEPT);
      const changed = proxied.page(() => ({
        status: 201,
        fields: { [field]: `https://public.example${other.path}` },
      }));
      await proxied.get(other);
      const headers = { 'x-forwarded-host': 'public.example', 'x-forwarded-proto': 'https' };
      await proxied.client.ask(changed.path, { method: 'POST', headers });
      expect(await proxied.textOf(other)).toBe('run 2');
      await proxied.close();
    });

    it('leave it where they came to nothing', async () => {
      expect(await outlives((path) => path, 400)).toBe(true);
    });

    it('make it absent for handlers that write the head bit by bit', async () => {
      const write = (reply: Reply, fields: Fields): void => {
        const response = rawOf(reply);
        response.statusCode = 201;
        for (const [name, value] of Object.entries(fields)) response.setHeader(name, value!);
        response.write('do');
        response.end('ne');
      };
      expect(await outlives((path) => path, 201, write)).toBe(false);
    });

    it('make it absent for handlers that flush the head before all else', async () => {
      const write = (reply: Reply, fields: Fields): void => {
        const response = rawOf(reply);
        response.writeHead(201, fields as Record<string, string>);
        response.flushHeaders();
        response.end('done');
      };
      expect(await outlives((path) => path, 201, write)).toBe(false);
    });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  onMariadb,
  type ServerProcess,
  startMariadb,
  startMemcached,
  startPostgres,
  startRedis,
} from '../../test/support/servers/index.mjs';
import { Application } from './support/application.js';

jest.setTimeout(60_000);

const PASSWORD = 'not/for:logs@all';

/** As `user` may, and with that password. */
async function startMariadbWithUser(): Promise<ServerProcess> {
  const server = await startMariadb();
  await onMariadb(server.place, (connection) =>
    connection.query(`CREATE DATABASE cache; GRANT ALL ON cache.* TO user@'%' IDENTIFIED BY '${PASSWORD}'`),
  );
  return server;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-servers-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function listening(cacheUrl: string): Promise<Application> {
  return Application.listening({
    DATABASE: join(folder, 'films.sqlite'),
    CACHE_URL: cacheUrl,
    NO_COLOR: '1',
  });
}

/** Asks until an answer is as expected; the library itself says when a server that is back is used again. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const isPageHit = async (application: Application): Promise<boolean> =>
  String((await application.ask('/decades')).headers['cache-status']).includes('hit');
const isValueHit = async (application: Application): Promise<boolean> =>
  (await application.ask('/films/20')).text.includes('Hit: ');
const isInUse = async (application: Application): Promise<boolean> =>
  (await isPageHit(application)) && (await isValueHit(application));

describe.each([
  {
    backend: 'redis',
    start: async (): Promise<ServerProcess> => startRedis({ password: PASSWORD }),
    urlOf: ({ port }: ServerProcess) => `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/1`,
    shownOf: ({ port }: ServerProcess) => `redis at 127.0.0.1:${port}`,
    nameOf: ({ port }: ServerProcess) => `127.0.0.1:${port}`,
  },
  {
    backend: 'memcached',
    start: async (): Promise<ServerProcess> => startMemcached(),
    urlOf: ({ port }: ServerProcess) => `memcached://127.0.0.1:${port}/`,
    shownOf: ({ port }: ServerProcess) => `memcached at 127.0.0.1:${port}`,
    nameOf: ({ port }: ServerProcess) => `127.0.0.1:${port}`,
  },
  {
    backend: 'postgres',
    start: async (): Promise<ServerProcess> => startPostgres(),
    urlOf: ({ port }: ServerProcess) =>
      `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    shownOf: () => 'database',
    nameOf: () => 'data source "cache"',
  },
  {
    backend: 'mariadb',
    start: startMariadbWithUser,
    urlOf: ({ port }: ServerProcess) =>
      `mariadb://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/cache`,
    shownOf: () => 'database',
    nameOf: () => 'data source "cache"',
  },
])('with CACHE_URL=$backend://…', ({ backend, start, urlOf, shownOf, nameOf }) => {
  let server: ServerProcess;
  let application: Application | undefined;

  beforeAll(async () => {
    server = await start();
  });

  afterEach(async () => {
    await application?.stop();
  });

  afterAll(async () => {
    await server.stop();
  });

  it('pages and values are kept there, and nothing printed or shown holds a password', async () => {
    application = await listening(urlOf(server));
    expect(application.stdout).toContain(`default (${shownOf(server)}`);
    await eventually(async () => isInUse(application!));
    const page = await application.ask('/cache');
    expect(page.text).toContain(`<p>${shownOf(server)}`);
    for (const text of [page.text, application.stdout, application.stderr])
      for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(text).not.toContain(secret);
  });

  it('a server that is lost fails no request, and what was changed meanwhile does not come back old', async () => {
    application = await listening(urlOf(server));
    const signedIn = await application.ask('/me/sign-in', { form: { name: 'Ada' } });
    const headers = { cookie: signedIn.headers['set-cookie']![0]!.split(';')[0]! };
    await eventually(async () => isInUse(application!));

    server.pause();
    const edit = await application.ask('/films/20/edit', { form: { title: `Changed Without ${backend}` } });
    expect([edit.status, edit.headers.location]).toEqual([303, '/films/20?saved=1']);
    expect((await application.ask('/films/20')).text).toContain(`<h1>Changed Without ${backend}</h1>`);
    const mine = await application.ask('/me', { headers });
    expect(mine.text).toContain('<b id="visits">–</b>');
    const added = await application.ask('/me/favourites', { form: { film: '20' }, headers });
    expect(added.status).toBe(303);
    const cleared = await application.ask('/cache/pages/clear', { form: {} });
    expect([cleared.status, cleared.headers.location]).toEqual([303, '/cache?later=pages']);
    expect((await application.ask('/cache?later=pages')).text).toContain('emptied before it is used again');
    expect((await application.ask('/decades')).status).toBe(200);

    server.resume();
    await eventually(async () => isInUse(application!));
    expect((await application.ask('/films/20')).text).toContain(`<h1>Changed Without ${backend}</h1>`);
    expect((await application.ask('/me', { headers })).text).toContain('href="/films/20"');
    for (const alias of ['default', 'pages']) {
      const told = (what: string): number =>
        application!.stdout.split(`Cache "${alias}": ${nameOf(server)} is ${what}`).length - 1;
      expect([told('not in use'), told('in use again')]).toEqual([1, 1]);
    }
    expect(application.stderr).toBe('');
  });

  it('the application starts without the server, says so, and finds it later', async () => {
    await server.kill();
    application = await listening(urlOf(server));
    expect(application.stdout).toMatch(/ WARN .*Cache "default": .* is not in use/);
    expect((await application.ask('/decades')).status).toBe(200);
    await server.restart();
    await eventually(async () => isInUse(application!));
    expect(application.stdout).toMatch(/Cache "default": .* is in use again/);
    expect(application.stderr).toBe('');
  });
});

describe('with CACHE_URL=database://', () => {
  it('pages and values are kept beside the films, over restarts', async () => {
    const first = await listening('database://');
    await eventually(async () => isInUse(first));
    expect(first.stdout).not.toContain('WARN');
    expect((await first.stop()).stderr).toBe('');
    // It listens on another port, and a page belongs to its address.
    const second = await listening('database://');
    const isKept = await isValueHit(second);
    expect((await second.stop()).stderr).toBe('');
    expect(isKept).toBe(true);
  });
});

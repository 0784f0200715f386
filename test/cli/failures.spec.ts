import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../support/servers/free-port.mjs';
import {
  createMariadbDatabase,
  createPostgresDatabase,
  onMariadb,
  onPostgres,
  startMariadb,
  startPostgres,
} from '../support/servers/index.mjs';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';
import { nestjsCache, PROCESSES_TAKE_MS, type Ran, writeModule } from './command-line.js';

jest.setTimeout(PROCESSES_TAKE_MS);

let folder: string;
beforeEach(async () => {
  folder = await makeTemporaryFolder();
});
afterEach(() => removeFolder(folder));

async function create(text: string, args: readonly string[] = [], name = 'data-source.mjs'): Promise<Ran> {
  await writeModule(folder, name, text);
  return nestjsCache(['createcachetable', '-d', name, ...args], folder);
}

function dataSource(options: object): string {
  return `export default new DataSource(${JSON.stringify(options)});`;
}

/** Failed with one sentence on one line, and nothing else. */
function failed(stderr: string | RegExp): unknown {
  const line =
    typeof stderr === 'string' ? `${stderr}\n` : expect.stringMatching(new RegExp(`^${stderr.source}\\n$`));
  return { code: 1, stdout: '', stderr: line };
}

describe('nestjs-cache createcachetable says in a sentence', () => {
  it('that there is no such file', async () => {
    expect(await nestjsCache(['createcachetable', '-d', 'none.js'], folder)).toEqual(
      failed(/There is no file .*none\.js\./),
    );
  });

  it('that the file exports no data source', async () => {
    expect(await create('export const a = 1; export default { b: 2 };')).toEqual(
      failed('data-source.mjs exports no DataSource of TypeORM, only a, b.'),
    );
  });

  it('that the file cannot be loaded', async () => {
    expect(await create('throw new Error("no\\nluck");')).toEqual(
      failed('data-source.mjs cannot be loaded: no luck.'),
    );
    expect(await create('export default 1 +;')).toEqual(failed(/data-source\.mjs cannot be loaded: .+/));
  });

  it('that an export fails', async () => {
    const text = 'export const good = 1; export const bad = Promise.reject(new Error("no luck"));';
    expect(await create(text)).toEqual(failed('The export bad of data-source.mjs failed: no luck.'));
  });

  it('that no cache table can live there', async () => {
    const text = 'export default { options: { type: "mongodb" }, createQueryRunner() {} };';
    expect(await create(text)).toEqual(
      failed(
        /createcachetable: a data source of type 'mongodb' cannot hold a cache table\. Supported types: .*/,
      ),
    );
  });

  it('that a name is none', async () => {
    const text = dataSource({ type: 'sqljs' });
    expect(await create(text, ['a.b.c'])).toEqual(
      failed(/createcachetable: 'a\.b\.c' is no name of a table\..*/),
    );
  });

  it.each([
    ['export const routers = 1;', 'The routers of data-source.mjs must be an array; got 1.'],
    ['export const routers = [{}];', 'Among the routers of data-source.mjs is one that is no router: {}.'],
    [
      'class R { constructor(a) { a.b; } dbForRead() {} } export const routers = [R];',
      /The router R cannot be made without its dependencies; export an instance: .*/,
    ],
    [
      'export const caches = 1;',
      'The caches of data-source.mjs must be an object of alias and configuration; got 1.',
    ],
  ])('that this makes no sense: %s', async (text, sentence) => {
    expect(await create(`${dataSource({ type: 'sqljs' })} ${text}`)).toEqual(failed(sentence));
  });

  it('that the database is down, and keeps the password', async () => {
    const port = await freePort();
    for (const type of ['postgres', 'mariadb']) {
      const place = { type, host: 'localhost', port, username: 'u', password: 'secret' };
      const ran = await create(dataSource(place));
      expect(ran).toEqual(failed(/The data source "default" cannot be reached: .*ECONNREFUSED.*/));
      expect(ran.stderr).not.toContain('secret');
    }
  });

  it('that a file cannot be written', async () => {
    const database = join(folder, 'a.sqlite');
    await create(dataSource({ type: 'better-sqlite3', database }), ['other']);
    await chmod(database, 0o444);
    expect(await create(dataSource({ type: 'better-sqlite3', database, readonly: true }))).toEqual(
      failed(/The cache table "cache_entries" could not be created: .*readonly database\./),
    );
  });
});

describe('nestjs-cache createcachetable on a server', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let mariadb: Awaited<ReturnType<typeof startMariadb>>;
  beforeAll(async () => {
    [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  });
  afterAll(() => Promise.all([postgres.stop(), mariadb.stop()]));

  const onServer = async (): Promise<[object, object]> => [
    {
      type: 'postgres',
      host: postgres.host,
      port: postgres.port,
      username: 'postgres',
      database: await createPostgresDatabase(postgres),
    },
    {
      type: 'mariadb',
      host: mariadb.host,
      port: mariadb.port,
      username: 'root',
      database: await createMariadbDatabase(mariadb),
    },
  ];

  it('creates tables with hostile names, on two databases', async () => {
    const [first, second] = await onServer();
    const text = `export const pg = new DataSource(${JSON.stringify(first)});
      export const maria = new DataSource(${JSON.stringify(second)});`;
    for (const name of ['pg', 'maria']) {
      const args = ['--database', name, 'x"; DROP TABLE films; --', 'y`; DROP TABLE films; --'];
      expect((await create(text, args)).stdout.match(/created in data source/g)).toHaveLength(2);
      expect((await create(text, args)).stdout.match(/already exists in data source/g)).toHaveLength(2);
    }
  });

  it('says that a right or a schema is missing', async () => {
    const [first, second] = await onServer();
    await onPostgres(postgres, (wire) => wire.query('CREATE ROLE reader LOGIN'));
    await onMariadb(mariadb, (connection) =>
      connection.query("CREATE USER reader@'%'; GRANT SELECT ON *.* TO reader@'%'"),
    );
    expect(await create(dataSource({ ...first, username: 'reader' }))).toEqual(
      failed('The cache table "cache_entries" could not be created: permission denied for schema public.'),
    );
    expect(await create(dataSource({ ...second, username: 'reader' }))).toEqual(
      failed(
        /The cache table "cache_entries" could not be created: CREATE command denied to user 'reader'.*/,
      ),
    );
    expect(await create(dataSource(first), ['nowhere.cache'])).toEqual(
      failed('The cache table "nowhere.cache" could not be created: schema "nowhere" does not exist.'),
    );
  });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { createCacheTable } from '../../lib/backends/database/index.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';
import { nestjsCache, PROCESSES_TAKE_MS, type Ran, writeModule } from './command-line.js';

jest.setTimeout(PROCESSES_TAKE_MS);

let folder: string;
beforeEach(async () => {
  folder = await makeTemporaryFolder();
});
afterEach(() => removeFolder(folder));

function sqlite(name: string): string {
  return `new DataSource({ type: 'better-sqlite3', database: ${JSON.stringify(join(folder, name))} })`;
}

/** Writes the module given by `-d`, and runs the command with it. */
async function create(text: string, args: readonly string[] = [], name = 'data-source.mjs'): Promise<Ran> {
  await writeModule(folder, name, text);
  return nestjsCache(['createcachetable', '-d', name, ...args], folder);
}

async function hasTable(file: string, table: string): Promise<boolean> {
  if (!existsSync(join(folder, file))) return false;
  const dataSource = await new DataSource({
    type: 'better-sqlite3',
    database: join(folder, file),
  }).initialize();
  const { created } = await createCacheTable(dataSource, table, { dryRun: true });
  await dataSource.destroy();
  return created.length === 0;
}

describe('nestjs-cache createcachetable', () => {
  it('creates the table, and says the second time that it is there', async () => {
    const text = `export default ${sqlite('a')};`;
    expect(await create(text)).toEqual({
      code: 0,
      stdout: 'Table "cache_entries" created in data source "default".\n',
      stderr: '',
    });
    expect(await create(text)).toEqual({
      code: 0,
      stdout: 'Table "cache_entries" already exists in data source "default".\n',
      stderr: '',
    });
    expect(await hasTable('a', 'cache_entries')).toBe(true);
  });

  it('creates several tables, whatever their names', async () => {
    const tables = ['one', 'x"; DROP TABLE one; --', "it's `quoted` ü"];
    const { code, stdout } = await create(`export const only = ${sqlite('a')};`, tables);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    for (const table of tables) expect(await hasTable('a', table)).toBe(true);
  });

  it('says which index was missing', async () => {
    const dataSource = await new DataSource({
      type: 'better-sqlite3',
      database: join(folder, 'a'),
    }).initialize();
    await createCacheTable(dataSource, 'mine');
    await dataSource.query('DROP INDEX mine_expires_at');
    await dataSource.destroy();
    expect(await create(`export default ${sqlite('a')};`, ['mine'])).toMatchObject({
      code: 0,
      stdout:
        'Table "mine" already exists in data source "default".\nIndex "mine_expires_at" of table "mine" created.\n',
    });
  });

  it('prints SQL that can be run in a dry run, and changes nothing', async () => {
    const text = `export default ${sqlite('a')};`;
    const { code, stderr, stdout } = await create(text, ['--dry-run', 'x"; --\ny', 'z']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await hasTable('a', 'z')).toBe(false);
    const dataSource = await new DataSource({
      type: 'better-sqlite3',
      database: join(folder, 'a'),
    }).initialize();
    const { databaseConnection } = dataSource.driver as unknown as {
      databaseConnection: { exec(sql: string): void };
    };
    databaseConnection.exec(stdout);
    await dataSource.destroy();
    expect(await hasTable('a', 'x"; --\ny')).toBe(true);
    expect(await hasTable('a', 'z')).toBe(true);
    expect((await create(text, ['--dry-run', 'z'])).stdout).toBe(
      '-- Table "z" already exists in data source "default".\n',
    );
  });

  describe('with two data sources', () => {
    const two = (): string => `export const primary = ${sqlite('p')}; export const replica = ${sqlite('r')};`;
    const routers =
      'export class Router { dbForWrite() { return "primary"; } allowMigrate(name) { return name === "primary"; } }\n';

    it('creates the table in the one that is named', async () => {
      expect(await create(two(), ['--database', 'replica'])).toMatchObject({
        code: 0,
        stdout: 'Table "cache_entries" created in data source "replica".\n',
      });
      expect(await hasTable('r', 'cache_entries')).toBe(true);
      expect(existsSync(join(folder, 'p'))).toBe(false);
    });

    it.each(['[Router]', '[new Router()]'])('creates it where the routers write: %s', async (list) => {
      const { code, stdout } = await create(`${two()}${routers}export const routers = ${list};`);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: 'Table "cache_entries" created in data source "primary".\n',
      });
      expect(existsSync(join(folder, 'r'))).toBe(false);
    });

    it('creates nothing where a router does not allow it, and succeeds', async () => {
      const text = `${two()}${routers}export const routers = [Router];`;
      expect(await create(text, ['--database', 'replica'])).toEqual({
        code: 0,
        stdout:
          'Table "cache_entries" is not created in data source "replica": a router does not allow it.\n',
        stderr: '',
      });
      expect(existsSync(join(folder, 'r'))).toBe(false);
    });

    it('asks which one, if none is the default', async () => {
      expect(await create(two())).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'createcachetable: none of the data sources primary, replica is the default; choose one with --database.\n',
      });
    });

    it('suggests the name that was meant', async () => {
      const { code, stderr } = await create(two(), ['--database', 'primray']);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^createcachetable: there is no data source "primray"\. Did you mean "primary"\?.*\n$/,
      );
    });
  });

  describe('with the caches of the application', () => {
    it('creates the tables of those on a database, each in its data source', async () => {
      const text = `export const a = ${sqlite('a')}; export const b = ${sqlite('b')}; const own = ${sqlite('own')};
        export const caches = {
          default: 'memory://',
          pages: 'database://pages_table?dataSource=a',
          more: { backend: 'database', location: 'more', dataSource: 'b' },
          again: { backend: 'database', location: 'more', dataSource: 'b', keyPrefix: 'x' },
          own: { backend: 'database', dataSource: own },
        };`;
      expect(await create(text)).toEqual({
        code: 0,
        stdout:
          'Table "pages_table" created in data source "a".\n' +
          'Table "more" created in data source "b".\n' +
          'Table "cache_entries" created in data source of "own".\n',
        stderr: '',
      });
      expect(await hasTable('own', 'cache_entries')).toBe(true);
    });

    it('takes caches and routers from one object', async () => {
      const text = `export const a = ${sqlite('a')}; export const b = ${sqlite('b')};
        export const cacheOptions = {
          caches: { default: { backend: 'database', location: 'mine' } },
          routers: [{ dbForWrite: (entity, { alias, table }) => (alias === 'default' && table === 'mine' ? 'b' : 'a') }],
        };`;
      expect((await create(text)).stdout).toBe('Table "mine" created in data source "b".\n');
    });

    it('does nothing if none is on a database', async () => {
      const text = `export default ${sqlite('a')}; export const caches = { default: 'memory://' };`;
      expect(await create(text)).toEqual({
        code: 0,
        stdout: '',
        stderr: 'No cache of data-source.mjs is on a database.\n',
      });
    });

    it('says which option is wrong', async () => {
      const text = `export default ${sqlite('a')}; export const caches = { default: 'database://x?maxEntrys=3' };`;
      const { code, stderr } = await create(text);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Cache "default".*"maxEntrys".*\n$/);
    });
  });

  describe('takes a module', () => {
    it.each([
      ['of CommonJS with one export', (ds: string) => `exports.AppDataSource = ${ds};`],
      ['of CommonJS that is a data source', (ds: string) => `module.exports = ${ds};`],
      [
        'of CommonJS with an object',
        (ds: string) => `const all = { AppDataSource: ${ds} }; module.exports = all;`,
      ],
      [
        'compiled to CommonJS',
        (ds: string) =>
          `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${ds};`,
      ],
    ])('%s', async (_, text) => {
      const { stdout } = await create(text(sqlite('a')), [], 'data-source.cjs');
      expect(stdout).toBe('Table "cache_entries" created in data source "default".\n');
    });

    it('with a promise, and with a data source that is open', async () => {
      const { stdout } = await create(`export const later = ${sqlite('a')}.initialize();`);
      expect(stdout).toBe('Table "cache_entries" created in data source "default".\n');
    });

    it('that exports one data source twice', async () => {
      const { stdout } = await create(`const ds = ${sqlite('a')}; export { ds, ds as default };`);
      expect(stdout).toBe('Table "cache_entries" created in data source "default".\n');
    });

    it('in TypeScript, where the runtime can', async () => {
      const { stdout } = await create(
        `const ds: object = ${sqlite('a')}; export default ds;`,
        [],
        'data-source.ts',
      );
      expect(stdout).toBe('Table "cache_entries" created in data source "default".\n');
    });

    it('that keeps its process running', async () => {
      const { code, stdout } = await create(`setInterval(() => {}, 1000); export default ${sqlite('a')};`);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: 'Table "cache_entries" created in data source "default".\n',
      });
    });

    it('whose data source would change the schema and load entities, and does neither', async () => {
      const dangerous = `new DataSource({
        type: 'better-sqlite3', database: ${JSON.stringify(join(folder, 'a'))}, logging: true,
        synchronize: true, dropSchema: true, migrationsRun: true, entities: ['./no-such-syntax.js'], cache: true,
      })`;
      await create(`export default ${sqlite('a')};`, ['kept']);
      await writeModule(folder, 'no-such-syntax.js', 'this is no JavaScript');
      const { code, stderr } = await create(`export default ${dangerous};`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(await hasTable('a', 'kept')).toBe(true);
    });
  });
});

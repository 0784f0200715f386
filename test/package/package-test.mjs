/**
 * Tests the package as users get it: packs it, installs it into an empty folder with its peers, imports every subpath from ES modules and
 * by `require`, type-checks a small application against the declarations, and asks publint and arethetypeswrong for their opinion.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'nestjs-cache-package-'));
const app = join(folder, 'app');
/** The subpaths that need a package which not everybody has. */
const WITH_TYPEORM = ['./database'];
/** The oldest version that is supported, and that of this repository. */
const TYPEORM_VERSIONS = ['0.3.20', manifest.devDependencies['typeorm']];
/** Applications whose types are checked. */
const SOURCE = `import { Controller, Get, Module } from '@nestjs/common';
     import { CacheModule, CachePage, CacheService, InjectCache } from '${manifest.name}';

     @Controller()
     class Films {
       constructor(private readonly cache: CacheService, @InjectCache('pages') readonly pages: CacheService) {}
       @Get() @CachePage('15m', { cache: 'pages' })
       async all(): Promise<number[]> {
         const known: Map<string, number> = await this.cache.getMany<number>(['a']);
         return this.cache.getOrSet('films', async () => [...known.values()], { timeout: 60 });
       }
     }
     @Module({
       imports: [CacheModule.forRoot({ caches: { default: { backend: 'memory', maxBytes: '64mb' }, pages: 'file:///tmp/pages' } })],
       controllers: [Films],
     })
     export class AppModule {}
     // @ts-expect-error maxBytes is no option of a file cache
     export const wrong = CacheModule.forRoot({ caches: { default: { backend: 'file', location: '/tmp', maxBytes: 5 } } });
     `;

const TYPEORM_SOURCE = `import { Injectable, Module } from '@nestjs/common';
     import { CacheModule, type CacheRouter, CacheService, type DataSourceName } from '${manifest.name}';
     import { CacheEntry, cacheEntryFor, cacheTableMigration, createCacheTable } from '${manifest.name}/database';
     import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';

     @Injectable()
     class Router implements CacheRouter {
       dbForRead(entity: unknown) { return entity === CacheEntry ? 'replica' : undefined; }
       allowMigrate(dataSource: DataSourceName) { return dataSource === 'default'; }
     }
     const dataSource = new DataSource({ type: 'sqljs', entities: [CacheEntry, cacheEntryFor('other')] });
     export class CreateCacheTable1 extends cacheTableMigration('my_table') implements MigrationInterface {}
     export class CreateCacheTable2 implements MigrationInterface {
       async up(runner: QueryRunner): Promise<void> { await createCacheTable(runner, 'my_table'); }
       async down(): Promise<void> {}
     }
     @Module({
       imports: [CacheModule.forRoot({ caches: { default: { backend: 'database', dataSource, maxAge: '7d' } }, routers: [Router] })],
     })
     export class AppModule {}
     export async function rename(cache: CacheService): Promise<void> {
       await dataSource.transaction(async (manager) => { await cache.withinTransaction(manager).delete('film'); });
     }
     // @ts-expect-error maxEntrys is no option
     export const wrong = CacheModule.forRoot({ caches: { default: { backend: 'database', maxEntrys: 5 } } });
     `;

let passed = 0;

try {
  run('npx', ['nest', 'build'], root);
  const tarball = pack();
  install(tarball, app);
  test('holds the built library, README, CHANGELOG and LICENSE, and nothing else', () => {
    const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((name) => name.replace('package/', ''));
    const foreign = files.filter(
      (name) => !/^(dist\/.*\.(js|d\.ts|js\.map)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(name),
    );
    assert.deepEqual(foreign, []);
    for (const name of ['dist/index.js', 'dist/index.d.ts', 'README.md', 'CHANGELOG.md', 'LICENSE'])
      assert.ok(files.includes(name), name);
  });
  for (const subpath of Object.keys(manifest.exports)) {
    if (WITH_TYPEORM.includes(subpath)) continue;
    const specifier = subpath.replace(/^\./, manifest.name);
    const attributes = subpath.endsWith('.json') ? ", { with: { type: 'json' } }" : '';
    test(`gives ${specifier} to import`, () => node(`await import('${specifier}'${attributes})`, 'module'));
    test(`gives ${specifier} to require`, () => node(`require('${specifier}')`, 'commonjs'));
  }
  test('works when it is required', () => {
    node(
      `const { openCaches } = require('${manifest.name}');
       openCaches(undefined, { warn: console.error }).then(async (registry) => {
         const cache = registry.get('default');
         await cache.set('key', new Map([[1, new Date(0)]]));
         require('node:assert/strict').deepEqual(await cache.get('key'), new Map([[1, new Date(0)]]));
       });`,
      'commonjs',
    );
  });
  test('says "seconds" in the declaration of every timeout', () => {
    const declarations = ['dist/cache/cache-options.d.ts', 'dist/cache/call-options.d.ts'].map((name) =>
      readFileSync(join(installed(), name), 'utf8'),
    );
    for (const text of declarations)
      assert.match(text, /\/\*\*(?:(?!\*\/)[\s\S])*seconds(?:(?!\*\/)[\s\S])*\*\/\s+timeout\?:/);
    assert.match(
      readFileSync(join(installed(), 'dist/pages/cache-page.decorator.d.ts'), 'utf8'),
      /@param timeout.*seconds/,
    );
  });
  test('needs no optional package for its declarations', () => typeCheck());
  test('tells what the command can do, without TypeORM', () => {
    assert.match(run('npx', ['nestjs-cache', '--help'], app), /createcachetable/);
  });
  for (const version of TYPEORM_VERSIONS) testWithTypeorm(tarball, version);
  test('satisfies publint', () => run('npx', ['publint', 'run', '--strict', tarball], root));
  test('satisfies arethetypeswrong', () => {
    // An ES module alone: CommonJS reaches it with require(esm), which every supported Node has.
    run('npx', ['attw', tarball, '--profile', 'esm-only', '--exclude-entrypoints', './package.json'], root);
  });
  console.log(`package: ${passed} passed, 0 failed`);
} catch (error) {
  console.error(error.stdout?.toString() ?? '', error.stderr?.toString() ?? '', error.message);
  console.log(`package: ${passed} passed, 1 failed`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function test(title, body) {
  try {
    body();
  } catch (error) {
    console.error(`✕ ${title}`);
    throw error;
  }
  passed++;
  console.log(`✓ ${title}`);
}

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, stdio: 'pipe', encoding: 'utf8' });
}

function pack() {
  run('npm', ['pack', '--pack-destination', folder, '--ignore-scripts'], root);
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
}

/** Tests what stands on TypeORM, in an application of its own. */
function testWithTypeorm(tarball, version) {
  const place = join(folder, `typeorm-${version}`);
  install(tarball, place, { typeorm: version, 'sql.js': manifest.devDependencies['sql.js'] });
  for (const subpath of WITH_TYPEORM) {
    const specifier = subpath.replace(/^\./, manifest.name);
    test(`gives ${specifier} to import, with TypeORM ${version}`, () =>
      node(`await import('${specifier}')`, 'module', place));
    test(`gives ${specifier} to require, with TypeORM ${version}`, () =>
      node(`require('${specifier}')`, 'commonjs', place));
  }
  test(`keeps entries in a database, with TypeORM ${version}`, () => {
    cpSync(join(import.meta.dirname, 'typeorm-app.mjs'), join(place, 'app.mjs'));
    run(process.execPath, ['app.mjs'], place);
  });
  test(`creates the table from the command line, with TypeORM ${version}`, () => {
    writeFileSync(
      join(place, 'data-source.mjs'),
      `import { DataSource } from 'typeorm';
       export default new DataSource({ type: 'sqljs', autoSave: true, location: 'cache.sqlite' });`,
    );
    const command = ['nestjs-cache', 'createcachetable', '-d', 'data-source.mjs'];
    assert.match(run('npx', [...command, '--dry-run'], place), /CREATE TABLE/);
    assert.match(run('npx', command, place), /Table "cache_entries" created/);
    assert.match(run('npx', command, place), /Table "cache_entries" already exists/);
  });
  test(`type-checks with TypeORM ${version}`, () => typeCheck(TYPEORM_SOURCE, place));
}

/** Installs the package beside the peers that are not optional, TypeScript to check with, and what else is asked for. */
function install(tarball, place, others = {}) {
  const isOptional = (name) => manifest.peerDependenciesMeta?.[name]?.optional === true;
  const peers = Object.keys(manifest.peerDependencies).filter((name) => !isOptional(name));
  const versions = [...peers, 'typescript', '@types/node'].map((name) => [
    name,
    manifest.devDependencies[name],
  ]);
  mkdirSync(place);
  writeFileSync(
    join(place, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: {
        ...Object.fromEntries(versions),
        ...others,
        [manifest.name]: `file:../${basename(tarball)}`,
      },
    }),
  );
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], place);
}

function installed() {
  return join(app, 'node_modules', manifest.name);
}

function node(code, type, place = app) {
  return run(process.execPath, [`--input-type=${type}`, '--eval', code], place);
}

function typeCheck(source = SOURCE, place = app) {
  writeFileSync(join(place, 'app.ts'), source);
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--experimentalDecorators',
    '--emitDecoratorMetadata',
  ];
  run('npx', ['tsc', ...flags, '--types', 'node', 'app.ts'], place);
}

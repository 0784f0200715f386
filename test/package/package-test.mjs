/**
 * Tests the package as users get it: packs it, installs it into an empty folder with its peers, imports every subpath from ES modules and
 * by `require`, type-checks a small application against the declarations, and asks publint and arethetypeswrong for their opinion.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'nestjs-cache-package-'));
const app = join(folder, 'app');
let passed = 0;

try {
  run('npx', ['nest', 'build'], root);
  const tarball = pack();
  install(tarball);
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
  test('needs no optional package for its declarations', typeCheck);
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

/** Installs the package beside the peers that are not optional, and TypeScript to check with. */
function install(tarball) {
  const isOptional = (name) => manifest.peerDependenciesMeta?.[name]?.optional === true;
  const peers = Object.keys(manifest.peerDependencies).filter((name) => !isOptional(name));
  const versions = [...peers, 'typescript', '@types/node'].map((name) => [
    name,
    manifest.devDependencies[name],
  ]);
  mkdirSync(app);
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: { ...Object.fromEntries(versions), [manifest.name]: `file:../${basename(tarball)}` },
    }),
  );
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], app);
}

function installed() {
  return join(app, 'node_modules', manifest.name);
}

function node(code, type) {
  return run(process.execPath, [`--input-type=${type}`, '--eval', code], app);
}

function typeCheck() {
  writeFileSync(
    join(app, 'app.ts'),
    `import { Controller, Get, Module } from '@nestjs/common';
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
     `,
  );
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
  run('npx', ['tsc', ...flags, '--types', 'node', 'app.ts'], app);
}

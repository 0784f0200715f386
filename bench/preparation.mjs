import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Installs what the library is measured against, unless it is there in the versions that are asked for. */
export function installPeers() {
  const { dependencies } = readJson(join(BENCH, 'package.json'));
  const missing = Object.entries(dependencies)
    .filter(([name, version]) => installedVersion(name) !== version)
    .map(([name, version]) => `${name} ${version}`);
  if (missing.length === 0) return;
  console.error(`Installing the peers of the benchmark into bench/node_modules: ${missing.join(', ')} …`);
  run('npm', ['ci', '--prefix', BENCH, '--no-audit', '--no-fund'], 'The peers cannot be installed');
}

/** Builds the library if there is no build, or a source is newer. */
export function buildLibrary() {
  const entry = join(ROOT, 'dist', 'index.js');
  if (existsSync(entry) && statSync(entry).mtimeMs >= newestChange(join(ROOT, 'lib'))) return;
  console.error('Building the library …');
  run('npx', ['nest', 'build'], 'The library cannot be built');
}

function installedVersion(name) {
  const file = join(BENCH, 'node_modules', name, 'package.json');
  return existsSync(file) ? readJson(file).version : undefined;
}

function newestChange(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Math.max(...files.map((file) => statSync(join(file.parentPath ?? file.path, file.name)).mtimeMs));
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function run(command, parameters, complaint) {
  // On Windows these commands are scripts, which only a shell finds. What they say is no result: it goes to stderr.
  const { status, error } = spawnSync(command, parameters, {
    cwd: ROOT,
    shell: process.platform === 'win32',
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (status === 0) return;
  console.error(`${complaint}: ${error?.message ?? `"${command} ${parameters.join(' ')}" failed`}.`);
  process.exit(1);
}

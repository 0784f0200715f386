/**
 * Several processes work on one file cache while one of them is killed every second:
 *
 *     node test/stress/file-stress.mjs [--processes 4] [--operations 20000] [--seconds 20] [--keys 50]
 *
 * Each worker does its operations, killed ones start over. Whatever is read must be whole and belong to its key. At the end the
 * folder is opened once more, as by the next start of the application, and must hold entries and nothing else. Uses the built library.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openCaches } from 'nestjs-cache-framework';

const { values: options } = parseArgs({
  options: {
    processes: { type: 'string', default: '4' },
    operations: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '20' },
    keys: { type: 'string', default: '50' },
    worker: { type: 'string' },
  },
});
const keyCount = Number(options.keys);

async function open(folder) {
  const registry = await openCaches(
    { default: { backend: 'file', location: folder, timeout: null } },
    { warn: console.error },
  );
  return registry.get('default');
}

async function work(folder) {
  const cache = await open(folder);
  for (let operation = 0; operation < Number(options.operations); operation++)
    await OPERATIONS[random(OPERATIONS.length)](cache);
  if (cache.statistics().unreadable > 0)
    throw new Error(`${cache.statistics().unreadable} unreadable entries`);
}

function valueOf(key) {
  const n = random(1_000_000);
  return { key, n, text: `${key} ${n} `.repeat(1 + random(200)) };
}

/** Fails on a value that is torn, or of another key. */
function check(key, value) {
  if (value === undefined) return;
  const { n, text } = value;
  const unit = `${key} ${n} `;
  if (
    value.key !== key ||
    text.length % unit.length !== 0 ||
    text !== unit.repeat(text.length / unit.length)
  ) {
    throw new Error(`torn read of ${key}: ${JSON.stringify(value).slice(0, 100)}`);
  }
}

const OPERATIONS = [
  async (cache, key = anyKey()) => cache.set(key, valueOf(key)),
  async (cache, key = anyKey()) => check(key, await cache.get(key)),
  async (cache, key = anyKey()) => check(key, await cache.get(key)),
  async (cache, key = anyKey()) => cache.add(key, valueOf(key), 0.05),
  async (cache, key = anyKey()) => cache.delete(key),
  async (cache, key = anyKey()) => cache.touch(key, 0.05 + Math.random()),
  async (cache, key = anyKey()) => check(key, await cache.getOrSet(key, () => valueOf(key))),
  async (cache) => {
    const keys = [anyKey(), anyKey(), anyKey()];
    await cache.setMany(keys.map((key) => [key, valueOf(key)]));
    for (const [key, value] of await cache.getMany(keys)) check(key, value);
  },
  async (cache, counter = `counter:${random(5)}`) => {
    await cache.add(counter, 0);
    await cache.incr(counter).catch((error) => {
      // Deleted by another process in between.
      if (error.code !== 'CACHE_KEY_NOT_FOUND') throw error;
    });
    if (random(50) === 0) await cache.delete(counter);
  },
  async (cache) => (random(500) === 0 ? cache.clear() : undefined),
];

function anyKey() {
  return `key:${random(keyCount)}`;
}

function random(limit) {
  return Math.floor(Math.random() * limit);
}

async function supervise() {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-cache-stress-'));
  const failures = [];
  const running = new Set();
  let kills = 0;

  const start = () =>
    new Promise((resolve) => {
      const args = ['--worker', folder, '--operations', options.operations, '--keys', options.keys];
      const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      let output = '';
      child.stderr.on('data', (chunk) => (output += chunk));
      running.add(child);
      child.once('exit', (code, signal) => {
        running.delete(child);
        if (signal === 'SIGKILL') return resolve(start());
        if (code !== 0) failures.push(output);
        return resolve();
      });
    });

  const workers = Array.from({ length: Number(options.processes) }, start);
  for (let second = 0; second < Number(options.seconds); second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const [victim] = [...running].toSorted(() => Math.random() - 0.5);
    if (victim?.kill('SIGKILL')) kills++;
  }
  await Promise.all(workers);
  const cache = await open(folder);
  const leftovers = (await readdir(folder)).filter((name) => !/^[0-9a-f]{64}\.entry$/.test(name));
  for (let index = 0; index < keyCount; index++) check(`key:${index}`, await cache.get(`key:${index}`));
  const { unreadable } = cache.statistics();
  await rm(folder, { recursive: true });

  console.log(
    `${options.processes} processes x ${options.operations} operations, ${kills} kills: ` +
      `${failures.length} failures, ${unreadable} unreadable entries, ${leftovers.length} leftover files`,
  );
  for (const failure of failures) console.error(failure);
  for (const name of leftovers) console.error(`left over: ${name}`);
  process.exitCode = failures.length + unreadable + leftovers.length > 0 ? 1 : 0;
}

if (options.worker === undefined) await supervise();
else await work(options.worker);

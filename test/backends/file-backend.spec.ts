import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheBackendError, type CacheRegistry, type CacheService, openCaches } from '../../lib/index.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';

const lockName = `${'0'.repeat(64)}.entry.lock`;

function temporaryName(pid: number): string {
  return `${pid}-0123abcd-0-${randomUUID()}.tmp`;
}

function lockOf(pid: number): string {
  return `${pid} 0123abcd ${hostname()}`;
}

describe('the file backend', () => {
  let folder: string;
  let registries: CacheRegistry[];

  beforeEach(async () => {
    folder = await makeTemporaryFolder();
    registries = [];
  });
  afterEach(async () => {
    await Promise.all(registries.map((registry) => registry.closeAll()));
    await removeFolder(folder);
  });

  const open = async (location = folder, options: { maxEntries?: number } = {}): Promise<CacheService> => {
    const registry = await openCaches(
      { default: { backend: 'file', location, ...options } },
      { warn: () => {} },
    );
    registries.push(registry);
    return registry.get('default');
  };
  const files = async (): Promise<string[]> => (await readdir(folder)).toSorted();

  it('keeps folders and files for their owner alone, whatever the umask', async () => {
    const umask = process.umask(0);
    const location = join(folder, 'a', 'b');
    const cache = await open(location);
    await cache.set('key', 1);
    process.umask(umask);
    for (const path of [join(folder, 'a'), location]) expect((await stat(path)).mode & 0o777).toBe(0o700);
    const [file] = await readdir(location);
    expect((await stat(join(location, file!))).mode & 0o777).toBe(0o600);
  });

  it('names files by a hash of the key, which stays out of the path', async () => {
    const cache = await open();
    await cache.setMany({ '../../escape': 1, 'a/b': 2, 'nul\u0000': 3 });
    expect((await files()).every((name) => /^[0-9a-f]{64}\.entry$/.test(name))).toBe(true);
    expect(await files()).toHaveLength(3);
  });

  it('goes on when the folder is deleted', async () => {
    const cache = await open();
    await cache.set('key', 1);
    await rm(folder, { recursive: true });
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.delete('key')).toBe(false);
    await cache.clear();
    await cache.set('key', 2);
    expect(await cache.get('key')).toBe(2);
  });

  it('leaves no temporary file or lock after its work', async () => {
    const cache = await open();
    await cache.set('n', 1);
    await cache.add('n', 2);
    await Promise.all(Array.from({ length: 20 }, () => cache.incr('n')));
    await cache.set('gone', 1);
    await cache.delete('gone');
    expect(await files()).toHaveLength(1);
  });

  it.each<[string, (file: string) => Promise<void>]>([
    ['empty', (file) => truncate(file, 0)],
    ['cut short in its head', (file) => truncate(file, 20)],
    ['cut short in its payload', (file) => truncate(file, 60)],
    ['of another program', (file) => writeFile(file, 'x'.repeat(500))],
    [
      'longer than it says',
      async (file) => writeFile(file, Buffer.concat([await readFile(file), Buffer.from('more')])),
    ],
  ])('takes a file that is %s for a miss and removes it', async (_how, damage) => {
    const cache = await open();
    await cache.set('key', { some: 'value that is long enough to be cut' });
    const [name] = await files();
    await damage(join(folder, name!));
    expect(await cache.get('key')).toBeUndefined();
    expect(await files()).toEqual([]);
    expect(cache.statistics().unreadable).toBe(1);
  });

  it('does not take the file of one key for another, even if somebody copies it', async () => {
    const cache = await open();
    await cache.set('a', 1);
    const [ofA] = await files();
    await cache.set('b', 2);
    const ofB = (await files()).find((name) => name !== ofA);
    await writeFile(join(folder, ofB!), await readFile(join(folder, ofA!)));
    expect(await cache.get('b')).toBeUndefined();
    expect(await cache.get('a')).toBe(1);
  });

  it('leaves foreign files and folders alone, whatever their names', async () => {
    const foreign = ['notes.txt', 'report.tmp', 'yarn.lock', 'letter.entry', '12-a-b.tmp'];
    for (const name of foreign) await writeFile(join(folder, name), 'mine');
    const folders = ['sub.entry', 'sub.lock', 'sub.tmp', `${'0'.repeat(64)}.entry`];
    for (const name of folders) await mkdir(join(folder, name));
    const cache = await open(folder, { maxEntries: 2 });
    await cache.setMany({ a: 1, b: 2 });
    await cache.set('c', 3);
    await cache.clear();
    expect(await files()).toEqual([...foreign, ...folders].toSorted());
  });

  it('sweeps up at start what a killed process left: temporary files and locks', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const dead = child.pid!;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await writeFile(join(folder, temporaryName(dead)), 'half');
    await writeFile(join(folder, temporaryName(process.pid)), 'half, of an earlier life of this process');
    await writeFile(join(folder, lockName), lockOf(dead));
    await open();
    expect(await files()).toEqual([]);
  });

  it('leaves the temporary files and locks of running processes alone', async () => {
    await writeFile(join(folder, temporaryName(process.ppid)), 'half');
    await writeFile(join(folder, lockName), lockOf(process.ppid));
    await open();
    expect(await files()).toHaveLength(2);
  });

  it('takes over the lock of a killed process', async () => {
    const cache = await open();
    await cache.set('n', 1);
    const [file] = await files();
    await writeFile(join(folder, `${file}.lock`), lockOf(999_999_999));
    expect(await cache.incr('n')).toBe(2);
  });

  it('does not remove a file that has taken the place of the one looked at', async () => {
    const { CacheFolder, identify } = await import('../../lib/backends/file/cache-folder.js');
    const file = join(folder, 'file');
    await writeFile(file, 'old');
    const identity = (await identify(file))!;
    await new CacheFolder(folder).replace(file, Buffer.from('new'));
    expect(await new CacheFolder(folder).removeIfSame(file, identity)).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  it('refuses two caches on one folder that differ in its bounds', async () => {
    const caches = {
      default: { backend: 'file', location: folder, maxEntries: 50 },
      other: { backend: 'file', location: folder, maxEntries: 5, keyPrefix: 'other' },
    } as const;
    await expect(openCaches(caches, { warn: () => {} })).rejects.toThrow(
      /share the folder .* but differ in maxEntries \(50 and 5\)/,
    );
  });

  it('ends the start where no folder can be made', async () => {
    await expect(open('/proc/nestjs-cache')).rejects.toThrow(
      /the folder \/proc\/nestjs-cache cannot be used/,
    );
  });

  it('says which cache, key and operation failed, with the cause', async () => {
    const cache = await open();
    await cache.set('key', 1);
    const [name] = await files();
    await rm(join(folder, name!));
    await mkdir(join(folder, name!));
    const error = (await cache.get('key').catch((reason: unknown) => reason)) as CacheBackendError;
    expect(error).toBeInstanceOf(CacheBackendError);
    expect(error.message).toContain('Cache "default": read of ":1:key" failed: EISDIR');
    expect(error.cause).toHaveProperty('code', 'EISDIR');
    expect(await cache.getOrSet('key', () => 'computed')).toBe('computed');
    expect(cache.statistics().degraded).toBeGreaterThan(0);
  });

  it('lists the folder once per tenth of the limit, not at each write', async () => {
    const cache = await open(folder, { maxEntries: 1000 });
    const { CacheFolder } = await import('../../lib/backends/file/cache-folder.js');
    const entries = CacheFolder.prototype.entries;
    let listings = 0;
    CacheFolder.prototype.entries = function (this: InstanceType<typeof CacheFolder>) {
      listings++;
      return entries.call(this);
    };
    try {
      for (let index = 0; index < 300; index++) await cache.set(`key:${index}`, index);
      for (let index = 0; index < 300; index++) await cache.set(`key:${index}`, -index);
    } finally {
      CacheFolder.prototype.entries = entries;
    }
    expect(listings).toBe(3);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  CacheConfigurationError,
  type CacheConfiguration,
  MissingPackageError,
  openCaches,
} from '../../lib/index.js';
import { SmallestBackend } from '../support/smallest-backend.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';

const quiet = { warn: () => {} };

async function refusal(configuration: unknown): Promise<string> {
  const caches = { default: 'memory://', pages: configuration as CacheConfiguration };
  const error: unknown = await openCaches(caches, quiet).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CacheConfigurationError);
  return (error as Error).message;
}

describe('a wrong configuration', () => {
  it.each<[what: string, configuration: unknown, message: string]>([
    [
      'an unknown backend',
      { backend: 'memori' },
      `Cache "pages": unknown backend 'memori'. Did you mean "memory"? Known backends: memory, file, redis, memcached, database, dummy; or give a class of your own.`,
    ],
    [
      'no backend',
      { timeout: 5 },
      'Cache "pages": unknown backend undefined. Known backends: memory, file, redis, memcached, database, dummy; or give a class of your own.',
    ],
    [
      'an unknown option',
      { backend: 'memory', maxEntrys: 5 },
      'Cache "pages" (backend "memory"): unknown option "maxEntrys". Did you mean "maxEntries"? Known options: ' +
        'timeout, keyPrefix, version, keyFunction, compressAbove, maxEntries, maxBytes, cullFrequency.',
    ],
    [
      'an option of another backend',
      { backend: 'file', location: '/tmp/x', maxBytes: 5 },
      'Cache "pages" (backend "file"): unknown option "maxBytes". Known options: ' +
        'timeout, keyPrefix, version, keyFunction, compressAbove, maxEntries, cullFrequency.',
    ],
    [
      'a negative maxEntries',
      { backend: 'memory', maxEntries: -5 },
      'Cache "pages" (backend "memory"): option "maxEntries" must be a whole number, 1 or more; got -5.',
    ],
    [
      'text for a number',
      { backend: 'memory', maxEntries: '5' },
      `Cache "pages" (backend "memory"): option "maxEntries" must be a whole number, 1 or more; got '5'.`,
    ],
    [
      'a negative maxBytes',
      { backend: 'memory', maxBytes: -1 },
      `Cache "pages" (backend "memory"): option "maxBytes" must be a whole number of bytes or text such as '512kb' or '64mb'; got -1.`,
    ],
    [
      'a malformed timeout',
      { backend: 'memory', timeout: '5 minutes' },
      `Cache "pages" (backend "memory"): option "timeout" must be a number of seconds (up to 100,000 years), text such as '90s', '15m' or '2h', ` +
        "or null for never; got '5 minutes'.",
    ],
    [
      'a version that is no number',
      { backend: 'memory', version: 'two' },
      `Cache "pages" (backend "memory"): option "version" must be a whole number; got 'two'.`,
    ],
    [
      'a key function that is none',
      { backend: 'memory', keyFunction: 'md5' },
      'Cache "pages" (backend "memory"): option "keyFunction" must be a function (key, keyPrefix, version) => string; ' +
        `got 'md5'.`,
    ],
    [
      'a location that is no text',
      { backend: 'memory', location: 5 },
      'Cache "pages": option "location" must be text; got 5.',
    ],
    [
      'a file cache without a folder',
      { backend: 'file' },
      'Cache "pages": option "location" must be the folder for the files, such as "/var/cache/shop" or, in a URL, ' +
        '"file:///var/cache/shop"; got undefined.',
    ],
    ['a number', 5, 'Cache "pages" must be an options object or a URL such as "memory://"; got 5.'],
    ['null', null, 'Cache "pages" must be an options object or a URL such as "memory://"; got null.'],
    [
      'a misspelt scheme',
      'memroy://',
      `Cache "pages": unknown backend 'memroy'. Did you mean "memory"? Known backends: memory, file, redis, memcached, database, dummy; or give a class of your own.`,
    ],
    [
      'a name instead of a URL',
      'memory',
      `Cache "pages": 'memory' is not a cache URL. Write scheme://location?option=value, for example "memory://?timeout=60", ` +
        'or "file:///var/cache/shop".',
    ],
    [
      'a file URL with two slashes',
      'file://var/cache',
      'Cache "pages": "file://var/cache" has no usable location (a file URL has three slashes before the folder). ' +
        'It must be the folder for the files, such as "/var/cache/shop" or, in a URL, "file:///var/cache/shop".',
    ],
    [
      'a URL with a broken escape',
      'memory://%zz',
      'Cache "pages": "memory://%zz" has no usable location (URI malformed). It must be text, percent-encoded where needed.',
    ],
    [
      'an unknown option in a URL',
      'memory://?timeut=60',
      'Cache "pages" (backend "memory"): unknown option "timeut". Did you mean "timeout"? Known options: ' +
        'timeout, keyPrefix, version, keyFunction, compressAbove, maxEntries, maxBytes, cullFrequency.',
    ],
    [
      'a malformed URL with a password',
      'redis:/user:secret@host',
      `Cache "pages": 'redis:/user:***@host' is not a cache URL. Write scheme://location?option=value, for example "memory://?timeout=60", ` +
        'or "file:///var/cache/shop".',
    ],
    [
      'an option twice in a URL',
      'memory://?timeout=6&timeout=7',
      'Cache "pages": the URL gives "timeout" twice.',
    ],
    [
      'a wrong option in a URL',
      'memory://?maxEntries=many',
      `Cache "pages" (backend "memory"): option "maxEntries" must be a whole number, 1 or more; got 'many'.`,
    ],
    [
      'a function in a URL',
      'memory://?keyFunction=md5',
      'Cache "pages" (backend "memory"): option "keyFunction" must be a function (key, keyPrefix, version) => string; ' +
        `got 'md5'.`,
    ],
    [
      'a Redis cache without a server',
      { backend: 'redis' },
      'Cache "pages": option "location" must be the address of a server, such as "redis://127.0.0.1:6379/0", a list of a leader and its replicas, ' +
        '{ cluster: [...] }, { sentinel: { name, nodes } }, or a client of the package "redis"; got undefined.',
    ],
    [
      'a way to deal with errors that is none',
      { backend: 'redis', location: 'redis://127.0.0.1', onError: 'ignore' },
      `Cache "pages" (backend "redis"): option "onError" must be "degrade" or "throw"; got 'ignore'.`,
    ],
    [
      'a password that is no text',
      { backend: 'redis', location: 'redis://127.0.0.1', password: ['secret'] },
      'Cache "pages" (backend "redis"): option "password" must be text; got a value of type object.',
    ],
    [
      'a deadline beyond all timers',
      { backend: 'redis', location: 'redis://127.0.0.1', operationTimeoutMs: 3e9 },
      'Cache "pages" (backend "redis"): option "operationTimeoutMs" must be a whole number of milliseconds, 1 to 2147483647; got 3000000000.',
    ],
    [
      'a deadline for a cache that waits for nobody',
      { backend: 'memory', operationTimeoutMs: 100 },
      'Cache "pages" (backend "memory"): unknown option "operationTimeoutMs". Known options: timeout, keyPrefix, version, keyFunction, ' +
        'compressAbove, maxEntries, maxBytes, cullFrequency.',
    ],
    [
      'a memcached cache without a server',
      'memcached://',
      'Cache "pages": option "location" must be a server or several, such as "127.0.0.1:11211", "10.0.0.1:11211;10.0.0.2:11211" or ' +
        '"unix:/run/memcached.sock"; got undefined.',
    ],
    [
      'a class that is no backend',
      {
        backend: class Half {
          read(): void {}
        },
      },
      'Cache "pages": the class Half is no CacheBackend: it lacks write(), insert(), touch(), remove(), clear(), capabilities.',
    ],
  ])('is refused with what to do: %s', async (_what, configuration, message) => {
    expect(await refusal(configuration)).toBe(message);
  });

  it('is refused if two caches share a memory store but not its bounds', async () => {
    const caches = {
      default: { backend: 'memory', location: 'one', maxEntries: 5 },
      pages: { backend: 'memory', location: 'one', maxEntries: 6 },
    } as const;
    await expect(openCaches(caches, quiet)).rejects.toThrow(
      'Caches "default" and "pages" share the memory store "one" but differ in maxEntries (5 and 6).',
    );
  });

  it('is refused without the cache "default"', async () => {
    await expect(openCaches({ pages: 'memory://' }, quiet)).rejects.toThrow(
      /caches has no "default".*got \[ 'pages' \]/,
    );
    await expect(openCaches([] as never, quiet)).rejects.toThrow(
      'caches must be an object of alias → configuration',
    );
  });

  it('is refused if a folder cannot be used, with the reason', async () => {
    const folder = await makeTemporaryFolder();
    await writeFile(join(folder, 'a-file'), '');
    const message = await refusal({ backend: 'file', location: join(folder, 'a-file', 'below') });
    expect(message).toMatch(
      /^Cache "pages": the folder .*below cannot be used \(ENOTDIR.*\)\. Give in `location` a folder/,
    );
    await removeFolder(folder);
  });

  it('is refused if a package that the backend needs is not installed, with the command that installs it', async () => {
    class NeedyBackend extends SmallestBackend {
      static readonly requires = ['typescript', 'a-package-that-nobody-installed'];
    }
    const opening = openCaches({ default: { backend: NeedyBackend } }, quiet);
    await expect(opening).rejects.toThrow(MissingPackageError);
    await expect(opening).rejects.toThrow(
      'Cache "default": the backend NeedyBackend needs the package "a-package-that-nobody-installed", which is not installed. ' +
        'Run: npm install a-package-that-nobody-installed',
    );
  });

  it('closes what was opened before the mistake was found', async () => {
    let closed = 0;
    class Counting extends SmallestBackend {
      async close(): Promise<void> {
        closed++;
      }
    }
    class Failing extends SmallestBackend {
      async open(): Promise<void> {
        throw new Error('no such server');
      }
    }
    await expect(
      openCaches({ default: { backend: Counting }, other: { backend: Failing } }, quiet),
    ).rejects.toThrow('no such server');
    expect(closed).toBe(1);
  });
});

describe('a right configuration', () => {
  it('may be a URL with options', async () => {
    const registry = await openCaches(
      { default: 'memory://films?timeout=2m&maxEntries=5&maxBytes=1mb&keyPrefix=shop&version=3' },
      quiet,
    );
    const cache = registry.get('default');
    await cache.set('key', 1);
    expect(await cache.ttl('key')).toBeGreaterThan(119);
    expect(await cache.ttl('key')).toBeLessThanOrEqual(120);
    expect(await cache.has('key', { version: 3 })).toBe(true);
    expect(registry.descriptions.get('default')).toBe('memory at films');
  });

  it.each([
    ['null', null],
    ['0', undefined],
    ['1.5', 1.5],
  ])('reads timeout=%s in a URL as it is in an object', async (text, seconds) => {
    const cache = (
      await openCaches({ default: `memory://?timeout=${text}` }, { ...quiet, clock: { now: () => 0 } })
    ).get('default');
    await cache.set('key', 1);
    expect(await cache.ttl('key')).toBe(seconds);
  });

  it('takes undefined for "not given"', async () => {
    const caches = {
      default: { backend: 'memory', timeout: undefined, maxEntries: undefined, location: undefined },
    } as const;
    const cache = (await openCaches(caches, { ...quiet, clock: { now: () => 0 } })).get('default');
    await cache.set('key', 1);
    expect(await cache.ttl('key')).toBe(300);
  });

  it("gives a class of the user's own its options, and the framework its own", async () => {
    let seen: unknown;
    class Own extends SmallestBackend {
      constructor(context: ConstructorParameters<typeof SmallestBackend>[0]) {
        super(context);
        seen = { alias: context.alias, location: context.location, options: context.options };
      }
    }
    const configuration = {
      backend: Own,
      location: 'there',
      timeout: 5,
      keyPrefix: 'p',
      servers: ['a'],
      retry: true,
    };
    await openCaches({ default: configuration }, quiet);
    expect(seen).toEqual({ alias: 'default', location: 'there', options: { servers: ['a'], retry: true } });
  });

  it('keeps memory caches without a location apart, and shares those that name one', async () => {
    const registry = await openCaches(
      { default: 'memory://', other: 'memory://', one: 'memory://shared', two: 'memory://shared' },
      quiet,
    );
    await registry.get('default').set('key', 1);
    expect(await registry.get('other').get('key')).toBeUndefined();
    await registry.get('one').set('key', 1);
    expect(await registry.get('two').get('key')).toBe(1);
  });
});

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CacheRegistry,
  type BackendCapabilities,
  type CacheBackend,
  type StoredEntry,
} from '../../lib/index.js';
import { allocateFrame, readFrame } from '../../lib/codec/frame.js';
import { platforms } from '../support/platforms.js';
import { SmallestBackend } from '../support/smallest-backend.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.js';
import { HIT, ScriptedApplication } from './scripted-pages.js';
import { until } from './until.js';

const capabilities: BackendCapabilities = {
  isShared: true,
  isPersistent: true,
  keepsEntries: true,
  hasAtomicInsert: true,
  hasAtomicIncrement: false,
  limitsEntries: false,
  maxKeyBytes: 250,
};

/** Fails as a test says: at every call, at reads or at writes. */
class SickBackend implements CacheBackend {
  static failure: () => Promise<never> = async () => {
    throw new Error('sick');
  };
  static failsToRead = true;
  readonly capabilities = capabilities;
  readonly #entries = new Map<string, StoredEntry>();

  read(key: string): StoredEntry | undefined | Promise<never> {
    return SickBackend.failsToRead ? SickBackend.failure() : this.#entries.get(key);
  }
  write(): Promise<never> {
    return SickBackend.failure();
  }
  insert(): Promise<never> {
    return SickBackend.failure();
  }
  touch(): Promise<never> {
    return SickBackend.failure();
  }
  remove(): Promise<never> {
    return SickBackend.failure();
  }
  clear(): Promise<never> {
    return SickBackend.failure();
  }
}

/** Keeps entries in a map that tests damage. */
class OpenBackend implements CacheBackend {
  static readonly entries = new Map<string, StoredEntry>();
  readonly capabilities = capabilities;

  read(key: string): StoredEntry | undefined {
    return OpenBackend.entries.get(key);
  }
  write(key: string, payload: Buffer, expiresAt: number | null): void {
    OpenBackend.entries.set(key, { payload, expiresAt });
  }
  insert(key: string, payload: Buffer, expiresAt: number | null): boolean {
    if (OpenBackend.entries.has(key)) return false;
    OpenBackend.entries.set(key, { payload, expiresAt });
    return true;
  }
  touch(): boolean {
    return false;
  }
  remove(key: string): boolean {
    return OpenBackend.entries.delete(key);
  }
  clear(): void {
    OpenBackend.entries.clear();
  }
}

describe.each(platforms)('Pages on $name in files', (platform) => {
  const app = new ScriptedApplication();
  let folder = '';
  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    await app.start(platform, { caches: { default: { backend: 'file', location: folder } } });
  });
  afterAll(async () => {
    await app.close();
    await removeFolder(folder);
  });

  const entryFiles = async (): Promise<string[]> => {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  it('come back, variants included', async () => {
    const page = app.page(({ headers }, reply) => {
      reply.header('Vary', 'X-Colour');
      return `in ${headers['x-colour']}`;
    });
    for (const colour of ['red', 'blue', 'red', 'blue'])
      expect((await app.client.get(page.path, { 'x-colour': colour })).text).toBe(`in ${colour}`);
    expect(page.runs).toBe(2);
  });

  it('keep their bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const page = app.ownPage((_request, reply) => reply.send(bytes));
    await app.client.get(page.path);
    const hit = await app.client.get(page.path);
    expect(hit.headers['cache-status']).toMatch(HIT);
    expect(hit.body).toEqual(bytes);
  });

  it('end by the injected clock', async () => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    await app.client.get(page.path);
    app.clock.advance(59);
    expect((await app.client.get(page.path)).text).toBe('run 1');
    app.clock.advance(1);
    expect((await app.client.get(page.path)).text).toBe('run 2');
  });

  it.each([
    ['garbage', () => Buffer.from('garbage')],
    ['nothing', () => Buffer.alloc(0)],
    ['half of itself', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['its own head alone', (bytes: Buffer) => bytes.subarray(0, 60)],
  ])('are computed anew where the file holds %s', async (_name, damage) => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    const before = new Set(await entryFiles());
    await app.client.get(page.path);
    // The first hit comes when the file has been written.
    expect((await app.client.get(page.path)).text).toBe('run 1');
    const own = (await entryFiles()).filter((file) => !before.has(file));
    expect(own.length).toBeGreaterThan(0);
    for (const file of own) await writeFile(file, damage(await readFile(file)));
    const answer = await app.client.get(page.path);
    expect([answer.status, answer.text]).toEqual([200, 'run 2']);
    expect((await app.client.get(page.path)).text).toBe('run 2');
  });
});

describe.each(platforms)('Pages on $name in other caches', (platform) => {
  let app = new ScriptedApplication();
  beforeEach(() => void (app = new ScriptedApplication()));
  afterEach(() => app.close());

  it('of the dummy backend are computed each time', async () => {
    await app.start(platform, { caches: { default: 'dummy://' } });
    const page = app.page((_request, _reply, run) => `run ${run}`);
    for (const run of [1, 2]) expect((await app.client.get(page.path)).text).toBe(`run ${run}`);
  });

  it('of a backend with nothing but promises come back', async () => {
    await app.start(platform, {
      caches: { default: { backend: SmallestBackend, location: `pages-${platform.name}` } },
    });
    const page = app.page(() => 'x');
    await app.client.get(page.path);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  });

  it('of a cache with prefix, version and compression come back', async () => {
    await app.start(platform, {
      caches: { default: { backend: 'memory', keyPrefix: 'shop', version: 7, compressAbove: 100 } },
    });
    const page = app.page(() => 'long '.repeat(1000));
    await app.client.get(page.path);
    const hit = await app.client.get(page.path);
    expect([hit.text.length, page.runs]).toEqual([5000, 1]);
  });

  it('too large for the memory of the cache are computed each time', async () => {
    await app.start(platform, { caches: { default: { backend: 'memory', maxBytes: '2kb' } } });
    const page = app.page(() => 'x'.repeat(10_000));
    for (const run of [1, 2]) {
      expect((await app.client.get(page.path)).text).toHaveLength(10_000);
      expect(page.runs).toBe(run);
    }
  });
});

describe.each(platforms)('A store that fails under pages on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { caches: { default: { backend: SickBackend } } }));
  afterAll(() => app.close());

  const rejection = async (): Promise<never> => {
    throw new Error('sick');
  };
  const failures: [string, boolean, () => Promise<never>][] = [
    [
      'throws at every call',
      true,
      () => {
        throw new Error('sick');
      },
    ],
    ['rejects at every call', true, rejection],
    [
      'throws what is no error',
      true,
      () => {
        throw undefined as unknown as Error;
      },
    ],
    ['rejects at every write', false, rejection],
  ];
  it.each(failures)('costs nothing but the computation: it %s', async (_name, failsToRead, failure) => {
    Object.assign(SickBackend, { failsToRead, failure });
    const page = app.page((_request, _reply, run) => `run ${run}`);
    for (const run of [1, 2, 3]) {
      const answer = await app.client.get(page.path);
      expect([answer.status, answer.text]).toEqual([200, `run ${run}`]);
    }
    expect((await app.client.head(page.path)).status).toBe(200);
  });
});

describe.each(platforms)('A store that is out of order under pages on $name', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { caches: { default: { backend: SickBackend } } }));
  afterAll(() => app.close());

  it('lets one computation do for all who wait for it', async () => {
    Object.assign(SickBackend, { failsToRead: true });
    const misses = (): number => app.registry.get('default').statistics().misses;
    const before = misses();
    const page = app.page(async (_request, _reply, run) => {
      await until(() => misses() >= before + 20);
      return `run ${run}`;
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.client.get(page.path)));
    expect([new Set(answers.map(({ text }) => text)), page.runs]).toEqual([new Set(['run 1']), 1]);
    expect((await app.client.get(page.path)).text).toBe('run 2');
  });
});

/** The payload of a page: a frame around 4 bytes of length, a JSON head and the body. */
function withHead(payload: Buffer, change: (head: Record<string, unknown>) => unknown): Buffer {
  const { body, kind, tags } = readFrame(payload);
  const end = 4 + body.readUInt32BE(0);
  const head = Buffer.from(
    JSON.stringify(change(JSON.parse(body.toString('utf8', 4, end)) as Record<string, unknown>)),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  const changed = Buffer.concat([length, head, body.subarray(end)]);
  const { bytes, bodyStart } = allocateFrame(kind, changed.length, { tags });
  changed.copy(bytes, bodyStart);
  return bytes;
}

describe.each(platforms)('A stored page on $name that somebody changed', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { caches: { default: { backend: OpenBackend } } }));
  afterAll(() => app.close());
  beforeEach(() => OpenBackend.entries.clear());

  const storedPage = (): [string, StoredEntry] =>
    [...OpenBackend.entries].find(([key]) => key.includes('page:'))!;

  const heads: [string, (head: Record<string, unknown>) => unknown][] = [
    ['null', () => null],
    ['a list', () => []],
    ['empty', () => ({})],
    ['with an impossible status', (head) => ({ ...head, status: 9999 })],
    ['with the status of an interim answer', (head) => ({ ...head, status: 100 })],
    ['with a status that is text', (head) => ({ ...head, status: '200' })],
    ['with a time that is text', (head) => ({ ...head, storedAt: 'now' })],
    ['with a time beyond all dates', (head) => ({ ...head, storedAt: 1e300 })],
    ['with headers that are no list', (head) => ({ ...head, headers: { a: 'b' } })],
    ['with a header that is no pair', (head) => ({ ...head, headers: ['a'] })],
    ['with a header without a value', (head) => ({ ...head, headers: [['a']] })],
    ['with a header of a number', (head) => ({ ...head, headers: [['a', 5]] })],
    [
      'with a header name that splits the response',
      (head) => ({ ...head, headers: [['a\r\nSet-Cookie', 'x']] }),
    ],
    [
      'with a header value that splits the response',
      (head) => ({ ...head, headers: [['a', 'x\r\nSet-Cookie: y']] }),
    ],
    [
      'with one of several lines that splits the response',
      (head) => ({ ...head, headers: [['a', ['x', 'x\r\ny']]] }),
    ],
    ['without the names that were taken away', (head) => ({ ...head, removed: undefined })],
    ['with a list of what it varies on that is none', (head) => ({ ...head, variesOn: 5 })],
    ['with an entity tag that is none', (head) => ({ ...head, entityTag: 5 })],
    ['with a last change that is none', (head) => ({ ...head, lastModified: 5 })],
  ];

  it.each(heads)('to have a head %s is computed anew', async (_name, change) => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    await app.client.get(page.path);
    const [key, entry] = storedPage();
    OpenBackend.entries.set(key, { ...entry, payload: withHead(entry.payload, change) });
    const answer = await app.client.get(page.path);
    expect([answer.status, answer.text, answer.headers['set-cookie']]).toEqual([200, 'run 2', undefined]);
    expect((await app.client.get(page.path)).headers['cache-status']).toMatch(HIT);
  });

  it('to be a value of the user is computed anew', async () => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    await app.client.get(page.path);
    const [key, entry] = storedPage();
    OpenBackend.entries.set(key, { ...entry, payload: Buffer.from('42') });
    expect((await app.client.get(page.path)).text).toBe('run 2');
  });

  it('to have a head that runs over its end is computed anew', async () => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    await app.client.get(page.path);
    const [key, entry] = storedPage();
    const payload = Buffer.from(entry.payload);
    // A view of the same memory.
    readFrame(payload).body.writeUInt32BE(0xff_ff_ff_ff, 0);
    OpenBackend.entries.set(key, { ...entry, payload });
    expect((await app.client.get(page.path)).text).toBe('run 2');
  });
});

describe.each(platforms)('Caches that are closed under $name', (platform) => {
  it('leave pages to be computed, also the one that was under way', async () => {
    let registry: CacheRegistry | undefined;
    const app = await new ScriptedApplication().start(platform, {
      prepare: (nest) => void (registry = nest.get(CacheRegistry)),
    });
    const page = app.page(async (_request, _reply, run) => {
      if (run === 1) await registry?.closeAll();
      return `run ${run}`;
    });
    for (const run of [1, 2]) {
      const answer = await app.client.get(page.path);
      expect([answer.status, answer.text]).toEqual([200, `run ${run}`]);
    }
    await app.close();
  });
});

import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Application, type End, endOf, type Environment } from './support/application.js';
import { DATA_SETS, filmRows, flightRows } from './support/data-sets.js';

jest.setTimeout(60_000);

let folder: string;
/** A database filled once, to copy. */
let prepared: string;
let firstOutput: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-start-'));
  prepared = join(folder, 'prepared.sqlite');
  firstOutput = (await startAndStop({ DATABASE: prepared })).stdout;
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function startAndStop(env: Environment): Promise<End> {
  return (await Application.listening(env)).stop();
}

async function newFolder(): Promise<string> {
  return mkdtemp(join(folder, 'case-'));
}

async function copyOfDatabase(): Promise<string> {
  const copy = join(await newFolder(), 'films.sqlite');
  await copyFile(prepared, copy);
  return copy;
}

/** What was counted in the data sets, as the terminal shows it. */
function counts(): string {
  return `${filmRows().length.toLocaleString('en')} films, ${flightRows().length.toLocaleString('en')} flights`;
}

/** Copies the data sets, with one file changed. */
async function withFile(name: string, content: string | undefined): Promise<Environment> {
  const place = await newFolder();
  const dataSets = join(place, 'data');
  await mkdir(dataSets);
  for (const file of ['movies.json', 'flights-200k.json']) {
    if (file !== name) await copyFile(join(DATA_SETS, file), join(dataSets, file));
    else if (content !== undefined) await writeFile(join(dataSets, file), content);
  }
  return { DATASETS: dataSets, DATABASE: join(place, 'films.sqlite') };
}

async function expectSentence(env: Environment, sentence: RegExp): Promise<void> {
  const { code, stderr } = await endOf(env);
  expect(stderr).toMatch(sentence);
  expect(stderr.trimEnd()).not.toContain('\n');
  expect(code).toBe(1);
}

describe('a first start', () => {
  it('shows how far the load is, in a few lines where there is no terminal', () => {
    const lines = firstOutput.split('\n').filter((line) => line.startsWith('Loading flights'));
    const total = flightRows().length.toLocaleString('en');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe(`Loading flights: 0 of ${total} (0 %)`);
    expect(lines.at(-1)).toBe(`Loading flights: ${total} of ${total} (100 %)`);
    expect(firstOutput).not.toContain('\r');
  });

  it('that is killed half-way does no harm', async () => {
    const place = await newFolder();
    const database = join(place, 'films.sqlite');
    const killed = new Application({ DATABASE: database });
    await killed.saying(/Loading flights: [\d,]+ of [\d,]+ \(25 %\)/);
    await killed.stop('SIGKILL');
    const left = await readdir(place);
    expect(left).not.toContain('films.sqlite');
    expect(left.some((name) => name.startsWith('films.sqlite.loading-'))).toBe(true);

    const next = await startAndStop({ DATABASE: database });
    expect(next.stdout).toContain('First start');
    expect(await readdir(place)).toEqual(['films.sqlite']);
    expect((await startAndStop({ DATABASE: database })).stdout).toContain(`(${counts()})`);
  });
});

describe('a later start', () => {
  it('uses the database that is there, with its edits', async () => {
    const database = await copyOfDatabase();
    const first = await Application.listening({ DATABASE: database });
    expect(first.stdout).toContain(`Using the database ${database} (${counts()}).`);
    expect(first.stdout).not.toContain('Loading');
    await first.ask('/films/5/edit', { form: { title: 'Kept Over The Restart' } });
    await first.stop();
    const second = await Application.listening({ DATABASE: database });
    expect((await second.ask('/films/5')).text).toContain('Kept Over The Restart');
    await second.stop();
  });
});

describe('CACHE_URL', () => {
  it('with a folder keeps pages and values over a restart', async () => {
    const env = { DATABASE: await copyOfDatabase(), CACHE_URL: `file://${await newFolder()}` };
    // The port changes from start to start, and the host is part of what a page is stored under.
    const headers = { host: 'films.example' };
    const first = await Application.listening(env);
    const computed = await first.ask('/flights', { headers });
    await first.ask('/films/9', { headers });
    await first.stop();
    const second = await Application.listening(env);
    expect(second.stdout).toMatch(/Caches: default \(file at .*\), pages \(file at .*\)/);
    const hit = await second.ask('/flights', { headers });
    expect(computed.headers['cache-status']).toContain('stored');
    expect(hit.headers['cache-status']).toContain('hit');
    expect(hit.body.equals(computed.body)).toBe(true);
    expect((await second.ask('/films/9', { headers })).text).toContain('Hit: ');
    await second.ask('/cache/pages/clear', { form: {} });
    expect((await second.ask('/films/9', { headers })).text).toContain('Hit: ');
    await second.stop();
  });

  it('may switch caching off', async () => {
    const env = { DATABASE: await copyOfDatabase(), CACHE_URL: 'dummy://' };
    const application = await Application.listening(env);
    for (let visit = 0; visit < 2; visit++) {
      expect((await application.ask('/decades')).headers['cache-status']).toContain('fwd=');
      expect((await application.ask('/films/9')).text).toContain('Miss: ');
    }
    const signedIn = await application.ask('/me/sign-in', { form: { name: 'Ada' } });
    const cookie = signedIn.headers['set-cookie']![0]!.split(';')[0]!;
    expect((await application.ask('/me', { headers: { cookie } })).status).toBe(200);
    await application.stop();
  });

  it.each([
    ['no-url', /CACHE_URL cannot be used: .*no-url.* is not a cache URL/],
    ['memry://', /CACHE_URL cannot be used: .*unknown backend .memry.*memory/],
    ['memory://?timeuot=3', /CACHE_URL cannot be used: .*timeuot.*timeout/],
    ['file:///dev/null/cache', /CACHE_URL cannot be used: .*\/dev\/null\/cache/],
    ['redis://127.0.0.1:6379/films', /CACHE_URL cannot be used: .*the database must be a number/],
    ['memcached://', /CACHE_URL cannot be used: .*location/],
    ['postgres://127.0.0.1', /CACHE_URL must name a server and a database, such as postgres:/],
    ['mysql:///cache', /CACHE_URL must name a server and a database, such as mysql:/],
    ['postgres://127.0.0.1/cache?timeuot=3', /CACHE_URL cannot be used: .*timeuot.*timeout/],
  ])('as wrong as %s ends the start with a sentence', async (url, sentence) => {
    await expectSentence({ DATABASE: prepared, CACHE_URL: url }, sentence);
  });

  it.each([
    'redis://user:Se(ret@127.0.0.1:none',
    'redis//user:Se(ret@h',
    'memcached://user:Se(ret@h:1',
    'redis://:Se(ret?@h',
    'mysql://user:Se(ret@h:none/cache',
    'postgres://:Se(ret@h',
  ])('that is wrong is told of without its password: %s', async (url) => {
    const { code, stdout, stderr } = await endOf({ DATABASE: prepared, CACHE_URL: url });
    expect(code).toBe(1);
    expect(stderr).toMatch(/CACHE_URL (?:cannot be used: |must name )/);
    expect(stdout + stderr).not.toContain('Se(ret');
  });
});

describe('the end of a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s is clean', async (signal) => {
    const application = await Application.listening({ DATABASE: prepared });
    const { code, signal: endedBy, stderr } = await application.stop(signal);
    expect([code, endedBy]).toEqual([null, signal]);
    expect(stderr).toBe('');
  });
});

describe('a start that cannot succeed ends with one sentence', () => {
  it.each(['http', '-1', '65536', '80.5', '0x50'])('for PORT=%s', async (port) => {
    await expectSentence({ DATABASE: prepared, PORT: port }, /^PORT must be a whole number from 0 to 65535/);
  });

  it('for a port that is taken', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const env = { DATABASE: prepared, PORT: String(port) };
    await expectSentence(env, new RegExp(`^Port ${port} is taken by another program; .*PORT=${port + 1}\\.`));
    other.close();
  });

  it('for a database in a place where nothing can be written', async () => {
    const file = join(await newFolder(), 'a-file');
    await writeFile(file, '');
    const env = { DATABASE: join(file, 'films.sqlite') };
    await expectSentence(
      env,
      /^The database .* cannot be written \(a part of its path is a file.*set DATABASE to a file in a folder/,
    );
  });

  it('for a folder in place of the database', async () => {
    await expectSentence(
      { DATABASE: await newFolder() },
      /^The database .* is damaged or not of this application/,
    );
  });

  it('for a file that is no database', async () => {
    const file = join(await newFolder(), 'films.sqlite');
    await writeFile(file, 'This is no database. '.repeat(500));
    await expectSentence({ DATABASE: file }, /is damaged or not of this application .*delete the file/);
  });

  it('for a database that lost its second half', async () => {
    const database = await copyOfDatabase();
    const { length } = await readFile(database);
    await truncate(database, length / 2);
    await expectSentence({ DATABASE: database }, /is damaged or not of this application .*delete the file/);
  });

  it('for a database without our tables', async () => {
    const database = join(await newFolder(), 'films.sqlite');
    await writeFile(database, '');
    await expectSentence(
      { DATABASE: database },
      /is damaged or not of this application \(no such table: film\)/,
    );
  });
});

describe('a data set that cannot be used ends the start with one sentence, and makes no database', () => {
  const [flight] = flightRows();
  const [film] = filmRows();
  it.each([
    ['is missing', 'movies.json', undefined, /movies\.json is missing; run `npm ci`/],
    [
      'is cut',
      'flights-200k.json',
      JSON.stringify(flightRows()).slice(0, -9),
      /flights-200k\.json is damaged/,
    ],
    ['holds lines of something else', 'movies.json', 'two\nlines', /movies\.json is damaged/],
    ['is empty', 'movies.json', '[]', /movies\.json is damaged \(it holds no list of rows\)/],
    ['is no list', 'movies.json', '{}', /movies\.json is damaged \(it holds no list of rows\)/],
    ['has a row that is none', 'movies.json', '[7]', /movies\.json is damaged \(row 1: it is no object\)/],
    [
      'has a flight without a delay',
      'flights-200k.json',
      JSON.stringify([flight, { ...flight, delay: null }]),
      /flights-200k\.json is damaged \(row 2: "delay" is empty\)/,
    ],
    [
      'has a film with a wrong date',
      'movies.json',
      JSON.stringify([{ ...film, 'Release Date': 'soon' }]),
      /movies\.json is damaged \(row 1: "Release Date" is no date/,
    ],
  ])('when it %s', async (_case, name, content, sentence) => {
    const env = await withFile(name, content);
    await expectSentence(env, sentence);
    expect(await readdir(join(env['DATABASE']!, '..'))).toEqual(['data']);
  });
});

import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { allocateFrame, BodyKind, type Frame, readFrame } from '../../lib/codec/frame.js';
import { platforms } from '../support/platforms.js';
import { ScriptedApplication, type ScriptedPage } from '../pages/scripted-pages.js';
import { OpenBackend, replacePages } from './open-backend.js';

type Head = Record<string, unknown>;

/** Lays a frame out as the library does, tags and all. */
function frameOf({ body, ...parts }: Frame): Buffer {
  const { bytes, bodyStart } = allocateFrame(parts.kind, body.length, parts);
  body.copy(bytes, bodyStart);
  return bytes;
}

function changeBody(payload: Buffer, change: (body: Buffer) => Buffer): Buffer {
  const frame = readFrame(payload);
  return frameOf({ ...frame, body: change(frame.body) });
}

/** Changes the head of a page: a text of JSON with its length before it. */
function changeHead(payload: Buffer, change: (head: Head) => unknown): Buffer {
  return changeBody(payload, (body) => {
    const end = 4 + body.readUInt32BE(0);
    const changed = change(JSON.parse(body.toString('utf8', 4, end)) as Head);
    const head = Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length);
    return Buffer.concat([length, head, body.subarray(end)]);
  });
}

const withHeader =
  (name: string, value: unknown) =>
  (head: Head): Head => ({ ...head, headers: [...(head['headers'] as unknown[]), [name, value]] });

const MEGABYTE = 1024 ** 2;

/** Bodies that are small in the store and large when they are opened. */
const BOMBS: [string, (body: Buffer) => { body: Buffer; inflatedLength: number }][] = [
  ['claims more than deflate can hold', (body) => ({ body, inflatedLength: 0xff_ff_ff_ff })],
  [
    'claims more than is ever opened',
    () => ({ body: deflateRawSync(Buffer.alloc(65 * MEGABYTE)), inflatedLength: 65 * MEGABYTE }),
  ],
  [
    'holds more than it claims',
    () => ({ body: deflateRawSync(Buffer.alloc(64 * MEGABYTE)), inflatedLength: 1000 }),
  ],
  ['holds less than it claims', (body) => ({ body: deflateRawSync(body), inflatedLength: body.length + 1 })],
  ['claims to be empty', (body) => ({ body: deflateRawSync(body), inflatedLength: 0 })],
  ['is no deflated text', (body) => ({ body, inflatedLength: body.length })],
  [
    'is deflated twice',
    (body) => {
      const twice = deflateRawSync(deflateRawSync(body));
      return { body: twice, inflatedLength: body.length };
    },
  ],
];

const HEADS: [string, (head: Head) => unknown][] = [
  ['a prototype', (head) => `{"__proto__":{"polluted":true},${JSON.stringify(head).slice(1)}`],
  ['a constructor', (head) => ({ ...head, constructor: { prototype: { polluted: true } }, status: 'x' })],
  ['nothing but a prototype', () => '{"__proto__":{"status":200}}'],
  ['a list in a list in a list …', () => '['.repeat(200_000)],
  ['text', () => '"page"'],
  ['a number', () => '5'],
  ['true', () => 'true'],
  ['an unfinished object', () => '{"status":200,'],
  ['a status of 101', (head) => ({ ...head, status: 101 })],
  ['a status of 1e3', (head) => ({ ...head, status: 1e3 })],
  ['half a status', (head) => ({ ...head, status: 200.5 })],
  ['no status', (head) => ({ ...head, status: null })],
  ['a lifetime below zero', (head) => ({ ...head, lifetime: -1 })],
  ['a lifetime that is text', (head) => ({ ...head, lifetime: '60' })],
  ['isPublic that is text', (head) => ({ ...head, isPublic: 'yes' })],
  ['headers that look like a list', (head) => ({ ...head, headers: { length: 1, 0: ['a', 'b'] } })],
  ['headers without end', (head) => ({ ...head, headers: [[['a'], 'b']] })],
  ['a header of an object', withHeader('X-A', { toString: 'b' })],
  ['a header of nothing', withHeader('X-A', null)],
  ['a header with an empty name', withHeader('', 'b')],
  ['a header with letters that headers cannot have', withHeader('X-A', 'b\u0100')],
  ['a list that leads nowhere', () => ({ variesOn: [] })],
  ['a list of what are no names', () => ({ variesOn: [['a']] })],
  ['a list of names that every object has', () => ({ variesOn: ['__proto__', 'constructor'] })],
  ['a list of numbers', () => ({ variesOn: [1] })],
  ['a list in the place of a name', () => ({ variesOn: { length: 2 } })],
  ['names taken away that are none', (head) => ({ ...head, removed: [5] })],
];

describe.each(platforms)('A page on $name in a store with a stranger’s hands in it', (platform) => {
  const app = new ScriptedApplication();
  beforeAll(() => app.start(platform, { caches: { default: { backend: OpenBackend } } }));
  afterAll(() => app.close());
  beforeEach(() => OpenBackend.entries.clear());

  const counting = (): ScriptedPage => app.page((_request, _reply, run) => `run ${run}`);

  async function expectsComputedAnew(change: (payload: Buffer) => Buffer): Promise<void> {
    const page = counting();
    await app.client.get(page.path);
    replacePages(change);
    for (let count = 0; count < 2; count++) {
      const answer = await app.client.get(page.path);
      expect([answer.status, answer.text]).toEqual([200, 'run 2']);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect((Object.create(null) as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  }

  it.each(BOMBS)('is computed anew where a body %s', async (_name, bomb) => {
    await expectsComputedAnew((payload) => {
      const frame = readFrame(payload);
      return frameOf({ ...frame, ...bomb(frame.body) });
    });
  });

  it.each(HEADS.filter(([name]) => name !== 'a prototype'))(
    'is computed anew where the head is, or has, %s',
    async (_name, change) => {
      await expectsComputedAnew((payload) => changeHead(payload, change));
    },
  );

  it('takes no prototype from its head', async () => {
    const page = counting();
    await app.client.get(page.path);
    replacePages((payload) => changeHead(payload, HEADS[0]![1]));
    expect((await app.client.get(page.path)).status).toBe(200);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    'Set-Cookie',
    'set-cookie',
    'Transfer-Encoding',
    'Content-Length',
    'Connection',
    'Keep-Alive',
    'Upgrade',
    'Trailer',
    'Proxy-Authenticate',
  ])('never says %s, though the store does', async (name) => {
    const page = app.page(() => 'the body of the page');
    await app.client.get(page.path, { host: 'a' });
    replacePages((payload) =>
      changeHead(payload, withHeader(name, name === 'Content-Length' ? '5' : 'evil')),
    );
    const text = await app.client.send(`GET ${page.path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const [head = '', body] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200/);
    expect(head).not.toMatch(/evil/i);
    expect(head.match(/^content-length: .*$/gim)).toEqual([expect.stringMatching(/: 20$/)]);
    expect(body).toBe('the body of the page');
  });

  it('is computed anew where it varies on thousands of headers', async () => {
    await expectsComputedAnew((payload) =>
      changeHead(payload, () => ({ variesOn: Array.from({ length: 5000 }, (_, index) => `x-${index}`) })),
    );
  });

  it.each<[string, (frame: Frame) => Frame]>([
    ['other stamps', (frame) => ({ ...frame, tags: { a: 'b' } })],
    [
      'a stamp of a prototype',
      (frame) => ({ ...frame, tags: JSON.parse('{"__proto__":"x"}') as Record<string, string> }),
    ],
    [
      'thousands of stamps',
      (frame) => ({
        ...frame,
        tags: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`t${index}`, 'x'])),
      }),
    ],
    ['a stamp without end', (frame) => ({ ...frame, tags: { ['x'.repeat(100_000)]: 'x' } })],
    ['the kind of a value', (frame) => ({ ...frame, kind: BodyKind.Json })],
    ['the kind of a stamp', (frame) => ({ ...frame, kind: BodyKind.Stamp })],
  ])('is computed anew where the frame has %s', async (_name, change) => {
    await expectsComputedAnew((payload) => frameOf(change(readFrame(payload))));
  });

  it('is computed anew where any single byte of its frame and head is another, or is whole', async () => {
    const page = app.page((_request, _reply, run) => `run ${run}`);
    await app.client.get(page.path);
    const [[key, entry]] = [...OpenBackend.entries].filter(([name]) => name.includes('page:')) as [
      [string, { payload: Buffer; expiresAt: number | null }],
    ];
    // A body of the page is free text; all before it has a form.
    for (let at = 0; at < Math.min(entry.payload.length - 5, 160); at++) {
      const payload = Buffer.from(entry.payload);
      payload[at] = payload[at]! ^ 0x15;
      OpenBackend.entries.set(key, { ...entry, payload });
      const answer = await app.client.get(page.path);
      expect(answer.status).toBe(200);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });
});

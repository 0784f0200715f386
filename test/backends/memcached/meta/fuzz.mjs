// @ts-check
import { Duplex } from 'node:stream';

/**
 * Whole conversations with a server whose answers are damaged on their way: bytes changed, lost and doubled, replies swapped, lost and doubled,
 * all of it cut at random places. An operation whose own reply is undamaged has to end with exactly that, or to reject.
 */

/**
 * @typedef {import('../../../../lib/backends/memcached/meta/meta-server.js').MetaServer} MetaServer
 * @typedef {typeof import('../../../../lib/backends/memcached/meta/meta-server.js').MetaServer} MetaServerClass
 * @typedef {{ bytes: Buffer, of?: Reply }} Reply bytes on their way; `of`: the reply that they were before they were damaged
 * @typedef {{ run: (server: MetaServer) => Promise<unknown>, expected: unknown, commands: number }} Operation
 */

/**
 * Random numbers that a seed repeats (mulberry32).
 *
 * @param {number} seed
 */
export function randomFrom(seed) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** @param {number} limit */
  const below = (limit) => Math.floor(next() * limit);
  return {
    below,
    /**
     * @template T
     * @param {readonly T[]} choices
     * @returns {T}
     */
    pick: (choices) => /** @type {T} */ (choices[below(choices.length)]),
  };
}

/** @typedef {ReturnType<typeof randomFrom>} Random */

/** What a value can hold to be taken for something else, and what line noise can insert. */
const FRAGMENTS = [
  '\r\n',
  'VA 3 O1\r\nabc\r\n',
  'HD O2\r\n',
  'EN O3\r\n',
  'MN\r\n',
  'VA 99999999 O4\r\n',
  'SERVER_ERROR x\r\n',
  '\n',
  'VA ',
  '\0',
];

/**
 * The payload of a key: the same each time, and unlike that of any other key.
 *
 * @param {number} index
 */
function payloadOf(index) {
  const random = randomFrom(index * 7919 + 1);
  const parts = [`<${index}>`];
  for (let part = random.below(5); part > 0; part--)
    parts.push(random.pick(FRAGMENTS), 'x'.repeat(random.below(60)));
  return Buffer.from(parts.join(''));
}

/**
 * A server that knows the keys `key:N` with the payload of N, and the numbers `number:N`, all as it should be.
 *
 * @param {string} requests
 * @returns {Buffer[]}
 */
function honestReplies(requests) {
  const replies = [];
  let at = 0;
  while (at < requests.length) {
    const end = requests.indexOf('\r\n', at);
    const words = requests.slice(at, end).split(' ');
    at = end + 2;
    if (words[0] === 'ms') at += Number(words[2]) + 2;
    replies.push(honestReply(words));
  }
  return replies;
}

/** @param {string[]} words */
function honestReply([command, key = '', ...flags]) {
  const mark = flags.at(-1);
  const index = Number(key.split(':')[1]);
  if (command === 'mn') return Buffer.from('MN\r\n');
  if (key.startsWith('none:')) return Buffer.from(`${command === 'mg' ? 'EN' : 'NF'} ${mark}\r\n`);
  if (command === 'ma') return Buffer.from(`VA ${String(index).length} ${mark}\r\n${index}\r\n`);
  if (command !== 'mg' || !flags.includes('v'))
    return Buffer.from(`HD ${flags.includes('t') ? `t${index} ` : ''}${mark}\r\n`);
  const payload = payloadOf(index);
  const asked = flags.includes('c') ? ` c${index} t${index}` : '';
  return Buffer.concat([
    Buffer.from(`VA ${payload.length}${asked} ${mark}\r\n`),
    payload,
    Buffer.from('\r\n'),
  ]);
}

/**
 * @param {Random} random
 * @returns {Operation}
 */
function anOperation({ below, pick }) {
  const index = below(1000);
  const key = `key:${index}`;
  const payload = payloadOf(index).toString('latin1');
  const kinds = /** @type {readonly (() => Operation)[]} */ ([
    () => ({ run: async (server) => text((await server.get(key))?.payload), expected: payload, commands: 1 }),
    () => ({ run: async (server) => text((await server.get(key))?.payload), expected: payload, commands: 1 }),
    () => ({
      run: async (server) => (await server.get(`none:${index}`)) ?? 'none',
      expected: 'none',
      commands: 1,
    }),
    () => ({
      run: async (server) => {
        const item = await server.exact.inspect(key);
        return `${item?.cas} ${item?.secondsLeft} ${text(item?.payload)}`;
      },
      expected: `${index} ${index} ${payload}`,
      commands: 1,
    }),
    () => ({
      run: async (server) => {
        const keys = [key, `none:${index}`, `key:${index + 1}`];
        const items = await server.getMany(keys);
        return keys.map((each) => text(items.get(each)?.payload)).join('|');
      },
      expected: `${payload}|undefined|${payloadOf(index + 1).toString('latin1')}`,
      commands: 3,
    }),
    () => ({
      run: async (server) => {
        await server.set(key, payloadOf(index), 60);
        return 'stored';
      },
      expected: 'stored',
      commands: 1,
    }),
    () => ({ run: (server) => server.touch(key, 60), expected: true, commands: 1 }),
    () => ({ run: (server) => server.remove(`none:${index}`), expected: false, commands: 1 }),
    () => ({ run: (server) => server.count(`number:${index}`, 1), expected: index, commands: 1 }),
    () => ({ run: (server) => server.exact.secondsLeft(key), expected: index, commands: 1 }),
  ]);
  return pick(kinds)();
}

/** @param {Buffer | undefined} payload */
const text = (payload) => payload?.toString('latin1') ?? 'undefined';

/** A socket whose other end is the case. */
class FakeSocket extends Duplex {
  /** @param {(requests: Buffer) => void} onRequests */
  constructor(onRequests) {
    super({ read: () => undefined });
    this.onRequests = onRequests;
  }

  /**
   * @override
   * @param {Buffer | string} chunk
   * @param {BufferEncoding} encoding
   * @param {() => void} done
   */
  _write(chunk, encoding, done) {
    this.onRequests(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    done();
  }
}

/**
 * @param {Random} random
 * @param {Reply[]} replies changed in place
 */
function damage({ below, pick }, replies) {
  const at = below(replies.length);
  const reply = /** @type {Reply} */ (replies[at]);
  const { bytes } = reply;
  const from = below(bytes.length);
  const to = Math.min(bytes.length, from + 1 + below(8));
  const noise = pick([Buffer.from(pick(FRAGMENTS)), Buffer.from([below(256), below(256)])]);
  /** @param {Buffer[]} parts */
  const become = (...parts) => replies.splice(at, 1, { bytes: Buffer.concat(parts), of: reply.of ?? reply });
  pick([
    () => become(bytes.subarray(0, from), Buffer.from([below(256)]), bytes.subarray(from + 1)),
    () => become(bytes.subarray(0, from), bytes.subarray(to)),
    () => become(bytes.subarray(0, to), bytes.subarray(from)),
    () => become(bytes.subarray(0, from), noise, bytes.subarray(from)),
    () => replies.splice(at, 1),
    () => replies.splice(at, 0, reply),
    () => replies.splice(below(replies.length), 0, { bytes: noise }),
    () => replies.splice(below(replies.length), 1, reply),
    () => replies.push(...replies.splice(0, below(replies.length))),
  ])();
}

/**
 * Holds one conversation. Throws if an operation does not end, or ends with what is not its own.
 *
 * @param {MetaServerClass} Server
 * @param {number} seed
 * @returns {Promise<{ answered: number, rejected: number }>}
 */
export async function fuzzCase(Server, seed) {
  const random = randomFrom(seed);
  const operations = Array.from({ length: 1 + random.below(12) }, () => anOperation(random));
  /** @type {Buffer[]} */
  let written = [];
  const socket = new FakeSocket((requests) => written.push(requests));
  let dials = 0;
  const server = new Server(
    { name: 'fuzzed' },
    { connections: 1, dial: () => (dials++ === 0 ? socket : new FakeSocket(() => undefined)) },
  );
  const connecting = server.connect();
  await turn();
  socket.push('EN O1\r\nVERSION 1.6.18\r\n');
  await connecting;
  written = [];
  const results = Promise.all(operations.map((operation) => resultOf(operation, server)));
  await turn();
  /** @type {Reply[]} */
  const honest = honestReplies(Buffer.concat(written).toString('latin1')).map((bytes) => ({
    bytes,
  }));
  const replies = [...honest];
  for (let times = random.below(4); times > 0 && replies.length > 0; times--) damage(random, replies);
  for (const piece of cut(random, Buffer.concat(replies.map(({ bytes }) => bytes)))) {
    if (socket.destroyed) break;
    socket.push(piece);
    if (random.below(3) === 0) await turn();
  }
  if (!socket.destroyed) socket.push(null);
  const ended = await results;
  await server.close();
  const damaged = new Set(replies.map(({ of }) => of));
  return verdict(seed, operations, ended, {
    damaged: honest.map((reply) => damaged.has(reply)),
    isAllWell: replies.length === honest.length && replies.every((reply, at) => reply === honest[at]),
  });
}

/**
 * @param {Operation} operation
 * @param {MetaServer} server
 */
async function resultOf(operation, server) {
  try {
    return { value: await operation.run(server) };
  } catch (error) {
    return { error };
  }
}

/**
 * @param {number} seed
 * @param {readonly Operation[]} operations
 * @param {readonly { value?: unknown, error?: unknown }[]} ended
 * @param {{ damaged: readonly boolean[], isAllWell: boolean }} replies which ones were damaged, and whether anything happened at all
 */
function verdict(seed, operations, ended, { damaged, isAllWell }) {
  let at = 0;
  let rejected = 0;
  for (const [index, { expected, commands }] of operations.entries()) {
    const isOwnDamaged = damaged.slice(at, at + commands).includes(true);
    at += commands;
    const { value, error } = ended[index] ?? {};
    if (error !== undefined) rejected++;
    const isRight = error === undefined ? value === expected || isOwnDamaged : !isAllWell;
    if (isRight) continue;
    const shown = `${String(error ?? value)} in place of ${String(expected)}`;
    throw new Error(`Seed ${seed}: operation ${index} ended with ${shown}`);
  }
  return { answered: operations.length - rejected, rejected };
}

/**
 * @param {Random} random
 * @param {Buffer} bytes
 */
function* cut({ below, pick }, bytes) {
  const longest = pick([1, 7, 64, 100_000]);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + below(longest);
    // A chunk of the platform has memory of its own.
    yield Buffer.from(bytes.subarray(at, end));
    at = end;
  }
}

/** @returns {Promise<void>} */
const turn = () => new Promise((resolve) => setImmediate(resolve));

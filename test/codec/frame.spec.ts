import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compress, decompress } from '../../lib/codec/compression.js';
import {
  allocateFrame,
  BodyKind,
  isDeflated,
  readFrame,
  UnreadablePayloadError,
} from '../../lib/codec/frame.js';
import { valueCodec } from '../../lib/codec/value-codec.js';
import { VALUE_KINDS } from '../support/value-kinds.js';

function frame(parts: Parameters<typeof allocateFrame>[2]): Buffer {
  const { bytes, bodyStart } = allocateFrame(BodyKind.Text, 4, parts);
  bytes.write('body', bodyStart);
  return bytes;
}

describe('frame', () => {
  it('gives back every part that was laid out', () => {
    const times = { createdAt: 1.5, freshUntil: Number.POSITIVE_INFINITY };
    const tags = { 'film:7': 'stamp', 'Ümlaut "quoted"': '' };
    for (const parts of [
      {},
      { times },
      { tags },
      { inflatedLength: 9 },
      { times, tags, inflatedLength: 0 },
    ]) {
      const read = readFrame(frame(parts));
      expect(read).toMatchObject({ kind: BodyKind.Text, ...parts });
      expect(read.body.toString()).toBe('body');
    }
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['a head cut short', (bytes) => bytes.subarray(0, 3)],
    ['another magic', (bytes) => Buffer.concat([Buffer.from([1]), bytes.subarray(1)])],
    [
      'another version',
      (bytes) => Buffer.concat([bytes.subarray(0, 1), Buffer.from([2]), bytes.subarray(2)]),
    ],
    [
      'an unknown kind',
      (bytes) => Buffer.concat([bytes.subarray(0, 2), Buffer.from([99]), bytes.subarray(3)]),
    ],
    [
      'unknown flags',
      (bytes) => Buffer.concat([bytes.subarray(0, 3), Buffer.from([128]), bytes.subarray(4)]),
    ],
    ['parts cut short', (bytes) => bytes.subarray(0, 10)],
  ])('says that %s cannot be read', (_name, change) => {
    const bytes = frame({ times: { createdAt: 1, freshUntil: 2 }, tags: { a: 'b' } });
    expect(() => readFrame(change(bytes))).toThrow(UnreadablePayloadError);
  });
});

describe('golden frames', () => {
  // Stored by version 1 of the layout. A later version must read them, or take them for a miss; never change one.
  it.each<[string, string, unknown]>([
    ['an integer', '2d3432', -42],
    ['a text', 'cf010200c3a9', 'é'],
    ['JSON', 'cf0103007b2261223a5b312c747275652c6e756c6c5d7d', { a: [1, true, null] }],
    ['bytes', 'cf01010000ff', Buffer.from([0, 255])],
    ['a graph', 'cf0104005b5b226f222c2264222c315d2c5b2244222c305d5d', { d: new Date(0) }],
  ])('reads %s of version 1', (_name, hex, value) => {
    expect(valueCodec.decode(Buffer.from(hex, 'hex')).value).toEqual(value);
    expect(valueCodec.encode(value).toString('hex')).toBe(hex);
  });
});

describe('compression', () => {
  const large = { text: 'film '.repeat(10_000) };

  it('shrinks what can be shrunk, and gives it back', async () => {
    const payload = valueCodec.encode(large);
    const compressed = await compress(payload);
    expect(compressed.length).toBeLessThan(payload.length / 10);
    expect(isDeflated(compressed)).toBe(true);
    expect(await decompress(compressed)).toEqual(payload);
  });

  it('leaves integers and what would grow as they are', async () => {
    for (const value of [42, 'short']) {
      const payload = valueCodec.encode(value);
      expect(await compress(payload)).toBe(payload);
    }
  });

  it('refuses a body that claims to be larger than it can be, before it is opened', async () => {
    const compressed = await compress(valueCodec.encode('x'.repeat(100_000)));
    compressed.writeUInt32BE(0xffff_ffff, 4);
    await expect(decompress(compressed)).rejects.toThrow('cannot hold');
    compressed.writeUInt32BE(1000, 4);
    await expect(decompress(compressed)).rejects.toThrow(UnreadablePayloadError);
    compressed.writeUInt32BE(100_001, 4);
    await expect(decompress(compressed)).rejects.toThrow(UnreadablePayloadError);
  });

  it('survives damage at every place', async () => {
    const compressed = await compress(valueCodec.encode(large));
    for (let place = 8; place < compressed.length; place += 7) {
      const damaged = Buffer.from(compressed);
      damaged[place]! ^= 0x55;
      await decompress(damaged).catch((error: unknown) =>
        expect(error).toBeInstanceOf(UnreadablePayloadError),
      );
    }
  });
});

describe('value codec', () => {
  it('takes arbitrary bytes for unreadable or for a value, and throws nothing else', () => {
    const kinds = fc.constantFrom(1, 2, 3, 4, 5);
    const bytes = fc
      .tuple(kinds, fc.uint8Array({ maxLength: 200 }))
      .map(([kind, body]) => Buffer.from([0xcf, 1, kind, 0, ...body]));
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          fc.uint8Array().map((body) => Buffer.from(body)),
        ),
        (payload) => {
          try {
            valueCodec.decode(payload);
          } catch (error) {
            expect(error).toBeInstanceOf(UnreadablePayloadError);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('takes mutated encodings of every kind for unreadable or for a value, and throws nothing else', () => {
    const encodings = VALUE_KINDS.map(([, value]) => valueCodec.encode(value)).filter(
      ({ length }) => length < 10_000,
    );
    const mutation = fc.tuple(
      fc.constantFrom(...encodings),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(mutation, ([encoding, at, mask, isCut]) => {
        const payload = Buffer.from(encoding);
        const place = at % Math.max(1, payload.length);
        if (payload.length > 0) payload[place]! ^= mask;
        try {
          valueCodec.decode(isCut ? payload.subarray(0, place) : payload);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadablePayloadError);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('does not let stored bytes reach a prototype', () => {
    const graph = '[["o","__proto__",1,"a",2],["o","polluted",2],true]';
    const payload = Buffer.concat([Buffer.from([0xcf, 1, 4, 0]), Buffer.from(graph)]);
    const value = valueCodec.decode(payload).value as Record<string, unknown>;
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
  });

  it('gives back every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(valueCodec.decode(valueCodec.encode(value)).value).toEqual(value);
      }),
    );
  });

  it('copies kept values as it decodes them', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const { keepCost, value: decoded } = valueCodec.decode(valueCodec.encode(value));
        const copy = valueCodec.copy(decoded);
        expect(copy).toEqual(decoded);
        if (keepCost !== undefined && typeof decoded === 'object' && decoded !== null)
          expect(copy).not.toBe(decoded);
      }),
    );
  });

  it.each([
    '',
    '01',
    '+1',
    '1.0',
    '1e3',
    ' 1',
    '0x1',
    '-',
    '-0',
    '9007199254740993',
    '99999999999999999999',
    'NaN',
  ])('does not take %p for an integer', (digits) => {
    expect(() => valueCodec.decode(Buffer.from(digits))).toThrow(UnreadablePayloadError);
  });

  it('reads an integer that a server has padded with blanks', () => {
    expect(valueCodec.decode(Buffer.from('9  ')).value).toBe(9);
  });
});

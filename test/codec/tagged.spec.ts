import { describe, expect, it } from '@jest/globals';
import { compress, decompress } from '../../lib/codec/compression.js';
import { isTagged } from '../../lib/codec/frame.js';
import { endOfStamp, newStamp, stampsIn, stampText, withStamps } from '../../lib/codec/tagged.js';
import { valueCodec } from '../../lib/codec/value-codec.js';

const stamps = { film: 'abc', 'größe ✓': 'def', ['__proto__']: 'ghi' };

describe('A payload with stamps', () => {
  it.each([5, -5, 0, -0, 'text', '', null, { a: [1] }, new Map([[1, 2]]), Buffer.from([1, 2])])(
    'holds %p as before',
    (value) => {
      const payload = withStamps(valueCodec.encode(value), stamps);
      expect(isTagged(payload)).toBe(true);
      expect(valueCodec.decode(payload).value).toEqual(value);
      expect(Object.entries(stampsIn(payload))).toEqual(Object.entries(stamps));
    },
  );

  it('is the payload as it was without any', () => {
    const payload = valueCodec.encode(5);
    expect(withStamps(payload, {})).toBe(payload);
    expect(isTagged(payload)).toBe(false);
    expect(isTagged(Buffer.alloc(0))).toBe(false);
  });

  it('keeps them when it is compressed', async () => {
    const compressed = await compress(withStamps(valueCodec.encode('x'.repeat(1000)), stamps));
    expect(compressed.length).toBeLessThan(200);
    expect(isTagged(compressed)).toBe(true);
    expect(Object.entries(stampsIn(compressed))).toEqual(Object.entries(stamps));
    expect(valueCodec.decode(await decompress(compressed)).value).toBe('x'.repeat(1000));
  });

  it('can get others in place of those that it has', () => {
    const payload = withStamps(withStamps(valueCodec.encode('text'), { film: 'old' }), { director: 'new' });
    expect(stampsIn(payload)).toEqual({ director: 'new' });
  });
});

describe('A stamp', () => {
  it('is another one each time', () => {
    const texts = Array.from({ length: 1000 }, () => stampText(newStamp(null)));
    expect(new Set(texts).size).toBe(1000);
    expect(texts).not.toContain(undefined);
  });

  it('is no value, and no value is a stamp', () => {
    const stamp = newStamp(null);
    expect(() => valueCodec.decode(stamp)).toThrow('the stamp of a tag, not a value');
    for (const value of [5, 'text', stamp, stamp.subarray(4), { stamp: 1 }]) {
      expect(stampText(valueCodec.encode(value))).toBeUndefined();
    }
  });

  it('tells to the second up to when it lasts', () => {
    expect(endOfStamp(stampText(newStamp(1_234_567_890_123))!)).toBe(1_234_567_890_000);
    expect(endOfStamp(stampText(newStamp(null))!)).toBe(Number.POSITIVE_INFINITY);
    expect(endOfStamp('something else')).toBe(Number.POSITIVE_INFINITY);
  });

  it('is exactly as long as it should be', () => {
    const stamp = newStamp(null);
    expect(stampText(stamp.subarray(1))).toBeUndefined();
    expect(stampText(stamp.subarray(0, -1))).toBeUndefined();
    expect(stampText(Buffer.concat([stamp, Buffer.alloc(1)]))).toBeUndefined();
    expect(stampText(Buffer.alloc(0))).toBeUndefined();
  });
});

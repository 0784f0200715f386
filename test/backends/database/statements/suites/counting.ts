import { describe, expect, it } from '@jest/globals';
import { idOf, NOW, rowOf } from '../rows.js';
import type { Store } from '../stores.js';

const LARGEST = Number.MAX_SAFE_INTEGER;

/** Payloads that are no integer in the one way that integers are written. */
const NO_INTEGERS: readonly (string | Buffer)[] = [
  '',
  '-',
  '-0',
  '+1',
  '00',
  '01',
  '-01',
  ' 1',
  '1 ',
  '1\n',
  '\n1',
  '1\r',
  '1\n2',
  '1\0',
  '\x001',
  '1.0',
  '1e3',
  '0x10',
  '1,000',
  '--1',
  '1-',
  '١',
  '１',
  'twelve',
  '\\061',
  '\\x31',
  '9007199254740992',
  '-9007199254740992',
  '9223372036854775807',
  '9223372036854775808',
  '99999999999999999',
  '1'.repeat(400),
  Buffer.from([0x31, 0xff]),
  Buffer.from([0xff, 0xfe, 0x31]),
  Buffer.from([0xc0, 0xb1]),
  Buffer.from([0x31, 0x85]),
  Buffer.from([0x80]),
  Buffer.alloc(100_000, 0xe2),
];

export function describeCounting(store: () => Store): void {
  const increment = (delta: number) => store().run(store().queries.increment(idOf(1), delta, NOW));
  const write = (value: string | Buffer, expiresAt: number | null = null) =>
    store().run(store().queries.write([rowOf({ value, expiresAt, writtenAt: NOW - 10 })]));
  const value = async () => (await store().run(store().queries.read(idOf(1))))?.payload;

  describe('an increment', () => {
    it.each([
      ['0', 1, 1],
      ['41', 1, 42],
      ['41', -42, -1],
      ['1', -1, 0],
      ['0', 0, 0],
      ['7', 0, 7],
      ['-7', 0, -7],
      ['-5', 5, 0],
      ['-5', -5, -10],
      ['9', 1, 10],
      ['2147483647', 1, 2147483648],
      ['-2147483648', -1, -2147483649],
      ['4294967295', 4294967296, 8589934591],
      [String(LARGEST - 1), 1, LARGEST],
      [String(1 - LARGEST), -1, -LARGEST],
      [String(LARGEST), -LARGEST, 0],
      [String(-LARGEST), LARGEST, 0],
      ['0', -LARGEST, -LARGEST],
      [String(LARGEST), 0, LARGEST],
    ])('of %s by %i gives %i, and stores its digits', async (digits, delta, sum) => {
      await write(digits);
      expect(await increment(delta)).toBe(sum);
      expect((await value())?.toString('latin1')).toBe(String(sum));
      expect(await increment(0)).toBe(sum);
    });

    it('keeps the end and the moment of the write', async () => {
      const { queries, rows, run, table } = store();
      await write('1', NOW + 5);
      await increment(1);
      expect((await run(queries.read(idOf(1))))?.expiresAt).toBe(NOW + 5);
      const [[writtenAt] = []] = await rows(`SELECT written_at FROM ${table}`);
      expect(Number(writtenAt)).toBe(NOW - 10);
    });

    it.each([
      [LARGEST, 1],
      [-LARGEST, -1],
      [LARGEST, LARGEST],
      [-LARGEST, -LARGEST],
      [1, LARGEST],
    ])('of %i by %i, which would not be safe, changes nothing', async (digits, delta) => {
      await write(String(digits));
      expect(await increment(delta)).toBeUndefined();
      expect((await value())?.toString()).toBe(String(digits));
    });

    it.each(NO_INTEGERS.map((bytes) => [JSON.stringify(String(bytes)).slice(0, 20), bytes] as const))(
      'of what is no safe integer changes nothing: %s',
      async (_, bytes) => {
        await write(bytes);
        expect(await increment(1)).toBeUndefined();
        expect(await increment(0)).toBeUndefined();
        expect(await value()).toEqual(Buffer.from(bytes as Buffer));
      },
    );

    it.each([NOW, NOW - 1])('of a row that ended at %i changes nothing', async (expiresAt) => {
      await write('1', expiresAt);
      expect(await increment(1)).toBeUndefined();
      expect(await increment(0)).toBeUndefined();
      expect((await value())?.toString()).toBe('1');
    });

    it('of no row creates none', async () => {
      expect(await increment(1)).toBeUndefined();
      expect(await increment(0)).toBeUndefined();
      expect(await value()).toBeUndefined();
    });

    it('stores bytes, not text', async () => {
      const { dialect, rows, table } = store();
      await write('1');
      await increment(1);
      const typeOf = { postgres: 'pg_typeof(value)::text', mysql: 'CHARSET(value)', sqlite: 'typeof(value)' };
      const [[type] = []] = await rows(`SELECT ${typeOf[dialect]} AS type FROM ${table}`);
      expect(type).toBe({ postgres: 'bytea', mysql: 'binary', sqlite: 'blob' }[dialect]);
    });
  });
}

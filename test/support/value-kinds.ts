function cyclic(): object {
  const parent: Record<string, unknown> = { name: 'parent' };
  parent['child'] = { name: 'child', parent };
  parent['list'] = [parent];
  return parent;
}

function shared(): object {
  const part = { n: 1 };
  return { left: part, right: part, list: [part] };
}

function failure(): Error {
  const cause = new TypeError('the cause');
  return Object.assign(new RangeError('too far', { cause }), { code: 'E_FAR', details: { limit: 5 } });
}

function withHole(): number[] {
  const array = [1];
  array[2] = 3;
  return array;
}

const sparse: unknown[] = [1, 2];
sparse[5] = 'six';

/** One or more values of every kind that comes back from a cache as it went in. */
export const VALUE_KINDS: readonly (readonly [kind: string, value: unknown])[] = [
  ['an empty string', ''],
  ['a string', 'text with "quotes", \n and \u0000'],
  ['a Unicode string', 'Grüße 日本語 🎬 e\u0301'],
  ['a string with half a surrogate pair', 'a\ud800b'],
  ['a string that looks like a number', '42'],
  ['a large string', 'x'.repeat(1_000_000)],
  ['zero', 0],
  ['minus zero', -0],
  ['an integer', 42],
  ['a negative integer', -42],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER],
  ['the smallest safe integer', Number.MIN_SAFE_INTEGER],
  ['an integer beyond the safe ones', 2 ** 60],
  ['a fraction', 0.1],
  ['a tiny number', Number.MIN_VALUE],
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['minus infinity', Number.NEGATIVE_INFINITY],
  ['a bigint', 12_345_678_901_234_567_890n],
  ['a negative bigint', -1n],
  ['true', true],
  ['false', false],
  ['null', null],
  ['an empty object', {}],
  ['an empty array', []],
  ['undefined in an object', { a: undefined, b: 1 }],
  ['undefined in an array', [undefined, 1]],
  ['special numbers in an object', { nan: Number.NaN, minusZero: -0, far: Number.POSITIVE_INFINITY }],
  ['a date', new Date('2026-02-28T23:59:59.999Z')],
  ['a date far in the past', new Date(-8.64e15)],
  [
    'a map',
    new Map<unknown, unknown>([
      ['a', 1],
      [{ key: true }, new Date(5)],
      [Number.NaN, null],
    ]),
  ],
  ['a set', new Set<unknown>([1, '1', null, { a: 1 }])],
  ['a regular expression', /a+[^"/]\/b/giu],
  ['a URL', new URL('https://user@example.org:8443/path?q=1#part')],
  ['an error', failure()],
  ['an aggregate of errors', new AggregateError([new Error('one'), new TypeError('two')], 'both')],
  ['a buffer', Buffer.from([0, 1, 2, 250, 255])],
  ['an empty buffer', Buffer.alloc(0)],
  ['a buffer in an object', { body: Buffer.from('bytes') }],
  ['a Uint8Array', new Uint8Array([1, 2, 255])],
  ['a Float64Array', new Float64Array([0.5, -0, Number.NaN, Number.POSITIVE_INFINITY])],
  ['a BigInt64Array', new BigInt64Array([-1n, 2n ** 62n])],
  ['a part of a larger array', new Uint16Array([1, 2, 3, 4]).subarray(1, 3)],
  ['an ArrayBuffer', new Uint8Array([9, 8, 7]).buffer],
  ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer)],
  ['nested objects', { a: [{ b: { c: [1, [2, [3]]] } }], d: new Map([['e', new Set([new Date(1)])]]) }],
  ['an object without prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  [
    'an object with dangerous keys',
    JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "then": 2}'),
  ],
  ['an array with holes', sparse],
  ['an array with named properties', Object.assign([1, 2], { index: 3 })],
  ['an array with a hole and as many named properties', Object.assign(withHole(), { named: 2 })],
  ['a cyclic object', cyclic()],
  ['a part that occurs twice', shared()],
  ['ten thousand numbers', Array.from({ length: 10_000 }, (_, index) => index / 3)],
];

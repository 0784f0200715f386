import { isDeepStrictEqual } from 'node:util';

/**
 * A kind of value, and whether it came back as it was. `isDeepStrictEqual` looks at prototypes, but not at
 * all that a value has; where it looks too little, `alsoSame` looks further, and where it errs, `same` takes its place.
 *
 * @typedef {object} ValueKind
 * @property {string} name
 * @property {unknown} value
 * @property {(given: any, came: any) => boolean} [same]
 * @property {(given: any, came: any, decodeAgain: () => any) => boolean} [alsoSame]
 */

function cyclic() {
  const node = { name: 'root' };
  node.self = node;
  return node;
}

function sharedTwice() {
  const film = { title: 'Heat' };
  return { first: film, second: film };
}

function sparse() {
  const array = ['a'];
  array[3] = 'd';
  return array;
}

function failure() {
  const error = new TypeError('The film is gone', { cause: new RangeError('No such row') });
  return Object.assign(error, { code: 'E_GONE' });
}

/** @type {(given: any, came: any) => boolean} */
function sameFailure(given, came) {
  return (
    came instanceof TypeError &&
    came.name === given.name &&
    came.message === given.message &&
    came.code === given.code &&
    came.cause instanceof RangeError &&
    came.cause.message === given.cause.message
  );
}

/** @type {ValueKind[]} */
export const VALUE_KINDS = [
  { name: 'string', value: 'Amélie 🎬' },
  { name: 'string with half a surrogate pair', value: 'a\uD83Cb' },
  { name: 'integer', value: 42 },
  { name: 'fraction', value: 0.1 },
  { name: '-0', value: -0 },
  { name: 'NaN', value: Number.NaN },
  { name: 'Infinity', value: Number.POSITIVE_INFINITY },
  { name: '-Infinity', value: Number.NEGATIVE_INFINITY },
  { name: 'bigint', value: 2n ** 53n + 1n },
  { name: 'bigint of 200 bits', value: -(2n ** 200n) },
  { name: 'boolean', value: false },
  { name: 'null', value: null },
  { name: 'undefined in an object', value: { director: undefined } },
  { name: 'Date', value: new Date('1995-12-15T20:00:00.123Z') },
  {
    name: 'invalid Date',
    value: new Date(Number.NaN),
    same: (_, came) => came instanceof Date && Number.isNaN(came.getTime()),
  },
  {
    name: 'Map',
    value: new Map([
      ['a', 1],
      [{ b: 2 }, new Date(0)],
    ]),
  },
  { name: 'Set', value: new Set(['a', 1, null]) },
  { name: 'RegExp', value: /film:\d+/giu },
  {
    name: 'URL',
    value: new URL('https://films.example/7?lang=en#cast'),
    same: (given, came) => came instanceof URL && came.href === given.href,
  },
  { name: 'Error with cause and code', value: failure(), same: sameFailure },
  { name: 'Buffer', value: Buffer.from([0, 1, 254, 255]) },
  {
    name: 'Buffer in memory of its own',
    value: Buffer.from([0, 1, 254, 255]),
    // What one reader writes into it must not reach the stored bytes, and so the next reader.
    alsoSame: (given, came, decodeAgain) => came.fill(7) && given.equals(decodeAgain()),
  },
  { name: 'Uint8Array', value: new Uint8Array([0, 1, 254, 255]) },
  { name: 'Float64Array', value: new Float64Array([0.5, -0, Number.NaN]) },
  { name: 'ArrayBuffer', value: new Uint8Array([0, 1, 254, 255]).buffer },
  { name: 'nested', value: { a: [{ b: new Map([['c', [new Set([1n])]]]) }] } },
  { name: 'cyclic', value: cyclic(), alsoSame: (_, came) => came.self === came },
  { name: 'shared reference', value: sharedTwice(), alsoSame: (_, came) => came.first === came.second },
  { name: 'sparse array', value: sparse(), alsoSame: (_, came) => !(1 in came) && came.length === 4 },
  {
    name: 'own key "__proto__"',
    value: JSON.parse('{"__proto__": {"isAdmin": true}, "a": 1}'),
    alsoSame: (_, came) => Object.hasOwn(came, '__proto__') && !('isAdmin' in came),
  },
  { name: 'object without prototype', value: Object.assign(Object.create(null), { a: 1 }) },
];

/**
 * Sends a value through a format and looks at what comes back.
 *
 * @param {import('./formats.mjs').Format} format
 * @param {ValueKind} kind
 */
export function fidelity({ encode, decode }, { value, same = isDeepStrictEqual, alsoSame = () => true }) {
  try {
    const bytes = encode(value);
    const came = decode(bytes);
    return same(value, came) && alsoSame(value, came, () => decode(bytes)) ? 'kept' : 'CHANGED';
  } catch {
    return 'throws';
  }
}

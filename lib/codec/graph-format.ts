/**
 * The graph format: what JSON has no word for, written in JSON.
 *
 * A graph is a table of nodes; node 0 is the value itself. Nodes name each other by their place in the table, so an object
 * that occurs twice, or contains itself, is one node. A node is a JSON string, number, boolean or null that stands for itself,
 * or an array whose first element is one of the marks below. Places below zero are the constants that JSON lacks.
 * Marks and constants are stored: never change or reuse one.
 */
export const Mark = {
  Array: 'a',
  /** An array with holes or named properties: length, then key and place by turns. */
  SparseArray: 's',
  Object: 'o',
  /** An object without a prototype. */
  NullObject: 'O',
  Date: 'D',
  Map: 'M',
  Set: 'S',
  RegExp: 'R',
  URL: 'U',
  Error: 'E',
  Buffer: 'B',
  ArrayBuffer: 'X',
  DataView: 'V',
  TypedArray: 'T',
  BigInt: 'n',
} as const;

export type Place = number;

export const Constant = { Undefined: -1, NaN: -2, Infinity: -3, MinusInfinity: -4, MinusZero: -5 } as const;

export const CONSTANTS: ReadonlyMap<Place, unknown> = new Map<Place, unknown>([
  [Constant.Undefined, undefined],
  [Constant.NaN, Number.NaN],
  [Constant.Infinity, Number.POSITIVE_INFINITY],
  [Constant.MinusInfinity, Number.NEGATIVE_INFINITY],
  [Constant.MinusZero, -0],
]);

const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** The typed arrays by name. Only these are made from stored bytes. */
export const TYPED_ARRAY_BY_NAME: ReadonlyMap<string, (typeof TYPED_ARRAYS)[number]> = new Map(
  TYPED_ARRAYS.map((constructor) => [constructor.name, constructor]),
);

/** The built-in errors by name. Any other error comes back as an Error with its name. */
export const ERROR_MAKERS: ReadonlyMap<string, () => Error> = new Map<string, () => Error>([
  ['Error', () => new Error()],
  ['EvalError', () => new EvalError()],
  ['RangeError', () => new RangeError()],
  ['ReferenceError', () => new ReferenceError()],
  ['SyntaxError', () => new SyntaxError()],
  ['TypeError', () => new TypeError()],
  ['URIError', () => new URIError()],
  ['AggregateError', () => new AggregateError([])],
]);

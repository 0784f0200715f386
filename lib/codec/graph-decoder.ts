import { UnreadablePayloadError } from './frame.js';
import { CONSTANTS, ERROR_MAKERS, Mark, TYPED_ARRAY_BY_NAME } from './graph-format.js';

type Node = readonly unknown[];

/**
 * Reads a graph (see graph-format). The text may come from anywhere: only the kinds of values that the format knows are
 * made, and nothing in it is run.
 *
 * @throws {UnreadablePayloadError}
 */
export function decodeGraph(text: string): unknown {
  const table: unknown = JSON.parse(text);
  if (Array.isArray(table) && table.length > 0) return new GraphDecoder(table).decode();
  const constant = (table as { constant?: unknown } | null)?.constant;
  if (typeof constant === 'number' && CONSTANTS.has(constant)) return CONSTANTS.get(constant);
  throw malformed('no table of nodes');
}

/** Makes every object empty first and fills them after, so that an object can contain itself. */
class GraphDecoder {
  readonly #values: unknown[];

  constructor(private readonly nodes: readonly unknown[]) {
    this.#values = nodes.map((node) => (Array.isArray(node) ? make(node) : node));
  }

  decode(): unknown {
    this.nodes.forEach((node, place) => {
      if (Array.isArray(node)) this.#fill(this.#values[place], node);
    });
    return this.#values[0];
  }

  #at(place: unknown): unknown {
    if (typeof place !== 'number' || !Number.isInteger(place)) throw malformed('a place is no number');
    if (place < 0 ? !CONSTANTS.has(place) : place >= this.#values.length)
      throw malformed(`no node at ${place}`);
    return place < 0 ? CONSTANTS.get(place) : this.#values[place];
  }

  #fill(value: unknown, node: Node): void {
    switch (node[0]) {
      case Mark.Array:
        for (let index = 1; index < node.length; index++) (value as unknown[]).push(this.#at(node[index]));
        break;
      case Mark.Map:
        for (let index = 1; index < node.length; index += 2) {
          (value as Map<unknown, unknown>).set(this.#at(node[index]), this.#at(node[index + 1]));
        }
        break;
      case Mark.Set:
        for (let index = 1; index < node.length; index++) (value as Set<unknown>).add(this.#at(node[index]));
        break;
      case Mark.Object:
      case Mark.NullObject:
        this.#define(value as object, node, 1, node.length, true);
        break;
      case Mark.SparseArray:
        this.#define(value as object, node, 2, node.length, true);
        break;
      case Mark.Error: {
        const hiddenEnd = 3 + Number(node[2]);
        this.#define(value as object, node, 3, hiddenEnd, false);
        this.#define(value as object, node, hiddenEnd, node.length, true);
        break;
      }
    }
  }

  /** Defines rather than assigns: the key "__proto__" is data here, not the prototype. */
  #define(object: object, node: Node, start: number, end: number, enumerable: boolean): void {
    for (let index = start; index < end; index += 2) {
      const key = node[index];
      if (typeof key !== 'string') throw malformed('a key is no text');
      const value = this.#at(node[index + 1]);
      Object.defineProperty(object, key, { value, enumerable, configurable: true, writable: true });
    }
  }
}

type Maker = (first: unknown, second: unknown) => unknown;

/** Makes what a mark stands for; what contains other nodes is empty yet. */
const MAKERS: ReadonlyMap<unknown, Maker> = new Map<unknown, Maker>([
  [Mark.Array, () => []],
  [Mark.SparseArray, (length) => Object.assign([], { length })],
  [Mark.Object, () => ({})],
  [Mark.NullObject, () => Object.create(null) as object],
  [Mark.Map, () => new Map()],
  [Mark.Set, () => new Set()],
  [Mark.Date, (time) => new Date(time === null ? Number.NaN : Number(time))],
  [Mark.RegExp, (source, flags) => new RegExp(String(source), String(flags))],
  [Mark.URL, (href) => new URL(String(href))],
  [Mark.BigInt, makeBigInt],
  [Mark.Error, makeError],
  [Mark.Buffer, (base64) => Buffer.from(String(base64), 'base64')],
  [Mark.ArrayBuffer, bytesOf],
  [Mark.DataView, (base64) => new DataView(bytesOf(base64))],
  [Mark.TypedArray, makeTypedArray],
]);

function make([mark, first, second]: Node): unknown {
  const maker = MAKERS.get(mark);
  if (!maker) throw malformed(`unknown mark ${String(mark)}`);
  return maker(first, second);
}

function makeBigInt(digits: unknown): bigint {
  if (typeof digits !== 'string' || !/^-?\d+$/.test(digits)) throw malformed('a bigint is no digits');
  return BigInt(digits);
}

function makeError(type: unknown): Error {
  const maker = ERROR_MAKERS.get(type as string);
  if (!maker) throw malformed(`unknown error ${String(type)}`);
  const error = maker();
  // The stack of the reader is not the stack of the error; the stored one follows.
  delete error.stack;
  return error;
}

function makeTypedArray(name: unknown, base64: unknown): unknown {
  const constructor = TYPED_ARRAY_BY_NAME.get(name as string);
  if (!constructor) throw malformed(`unknown typed array ${String(name)}`);
  return new constructor(bytesOf(base64));
}

/** A buffer of its own: a typed array needs one that starts at its first element. */
function bytesOf(base64: unknown): ArrayBuffer {
  return new Uint8Array(Buffer.from(String(base64), 'base64')).buffer;
}

function malformed(what: string): UnreadablePayloadError {
  return new UnreadablePayloadError(`malformed graph: ${what}`);
}

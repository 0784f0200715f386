import { types } from 'node:util';
import { UnsupportedValueError } from '../core/errors.js';
import { show } from '../core/show.js';
import { Constant, ERROR_MAKERS, Mark, type Place, TYPED_ARRAY_BY_NAME } from './graph-format.js';
import { hasObjectPrototype } from './plain.js';

/**
 * Writes any value that the cache keeps as a graph (see graph-format). Instances of classes become plain objects of their
 * own enumerable properties, as with structuredClone.
 *
 * @throws {UnsupportedValueError} naming the path of the first part that cannot be kept
 */
export function encodeGraph(value: unknown): string {
  return new GraphEncoder().encode(value);
}

/** Works through a list of objects found instead of calling itself, so depth costs memory and no stack. */
class GraphEncoder {
  readonly #nodes: unknown[] = [];
  readonly #places = new Map<object, Place>();
  readonly #waiting: { object: object; place: Place; path: string }[] = [];

  encode(value: unknown): string {
    const root = this.#placeOf(value, 'value');
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      this.#nodes[next.place] = this.#nodeOf(next.object, next.path);
    }
    // A constant has no node, so alone it is written apart.
    return JSON.stringify(root < 0 ? { constant: root } : this.#nodes);
  }

  #placeOf(value: unknown, path: string): Place {
    switch (typeof value) {
      case 'undefined':
        return Constant.Undefined;
      case 'number':
        return constantOf(value) ?? this.#add(value);
      case 'string':
      case 'boolean':
        return this.#add(value);
      case 'bigint':
        return this.#add([Mark.BigInt, value.toString()]);
      case 'object':
        return value === null ? this.#add(null) : this.#placeOfObject(value, path);
      default:
        throw unsupported(path, value);
    }
  }

  #placeOfObject(object: object, path: string): Place {
    const known = this.#places.get(object);
    if (known !== undefined) return known;
    const place = this.#add(null);
    this.#places.set(object, place);
    this.#waiting.push({ object, place, path });
    return place;
  }

  #add(node: unknown): Place {
    return this.#nodes.push(node) - 1;
  }

  #nodeOf(object: object, path: string): unknown[] {
    if (Array.isArray(object)) return this.#arrayNode(object, path);
    if (types.isDate(object)) return [Mark.Date, Number.isNaN(object.getTime()) ? null : object.getTime()];
    if (types.isMap(object)) return [Mark.Map, ...this.#placesOf([...object].flat(), `${path} (a Map)`)];
    if (types.isSet(object)) return [Mark.Set, ...this.#placesOf([...object], `${path} (a Set)`)];
    if (types.isRegExp(object)) return [Mark.RegExp, object.source, object.flags];
    if (types.isNativeError(object)) return this.#errorNode(object, path);
    if (object instanceof URL) return [Mark.URL, object.href];
    if (types.isAnyArrayBuffer(object)) return [Mark.ArrayBuffer, Buffer.from(object).toString('base64')];
    if (ArrayBuffer.isView(object)) return viewNode(object);
    return this.#objectNode(object, path);
  }

  #placesOf(values: readonly unknown[], path: string): Place[] {
    return values.map((value) => this.#placeOf(value, path));
  }

  #arrayNode(array: readonly unknown[], path: string): unknown[] {
    // Exactly its elements: a hole and a named property could otherwise make up for each other.
    if (
      array.length === Object.keys(array).length &&
      Object.keys(array).every((key, index) => key === String(index))
    ) {
      return [Mark.Array, ...array.map((element, index) => this.#placeOf(element, `${path}[${index}]`))];
    }
    return [Mark.SparseArray, array.length, ...this.#properties(array, path)];
  }

  #errorNode(error: Error, path: string): unknown[] {
    const type = ERROR_MAKERS.has(error.constructor.name) ? error.constructor.name : 'Error';
    // These are not enumerable on an error, so `properties` does not see them.
    const hidden = ['name', 'message', 'stack', 'cause', 'errors'].flatMap((key) => {
      const value = (error as unknown as Record<string, unknown>)[key];
      const isInherited = key === 'name' && value === type;
      return value === undefined || isInherited ? [] : [key, this.#placeOf(value, `${path}.${key}`)];
    });
    return [Mark.Error, type, hidden.length, ...hidden, ...this.#properties(error, path)];
  }

  #objectNode(object: object, path: string): unknown[] {
    const isNullObject = Object.getPrototypeOf(object) === null;
    if (!isNullObject && !hasObjectPrototype(object)) assertReadableInstance(object, path);
    return [isNullObject ? Mark.NullObject : Mark.Object, ...this.#properties(object, path)];
  }

  #properties(object: object, path: string): unknown[] {
    for (const symbol of Object.getOwnPropertySymbols(object)) {
      if (Object.prototype.propertyIsEnumerable.call(object, symbol))
        throw unsupported(path, symbol, 'a property named by ');
    }
    return Object.entries(object).flatMap(([key, value]) => [key, this.#placeOf(value, `${path}.${key}`)]);
  }
}

function constantOf(value: number): Place | undefined {
  if (Number.isNaN(value)) return Constant.NaN;
  if (value === Number.POSITIVE_INFINITY) return Constant.Infinity;
  if (value === Number.NEGATIVE_INFINITY) return Constant.MinusInfinity;
  return Object.is(value, -0) ? Constant.MinusZero : undefined;
}

function viewNode(view: ArrayBufferView): unknown[] {
  const base64 = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64');
  if (Buffer.isBuffer(view)) return [Mark.Buffer, base64];
  if (types.isDataView(view)) return [Mark.DataView, base64];
  const name = (view as Uint8Array)[Symbol.toStringTag];
  if (!TYPED_ARRAY_BY_NAME.has(name)) throw unsupported('value', view);
  return [Mark.TypedArray, name, base64];
}

/**
 * Objects of the platform (promises, streams, Headers, WeakMap) keep their content where nobody can read it and would come
 * back empty. They name themselves with Symbol.toStringTag; classes of an application hardly ever do.
 */
function assertReadableInstance(object: object, path: string): void {
  const keepsPrimitive = types.isBoxedPrimitive(object);
  if (keepsPrimitive || types.isPromise(object) || Symbol.toStringTag in object)
    throw unsupported(path, object);
}

function unsupported(path: string, value: unknown, prefix = ''): UnsupportedValueError {
  return new UnsupportedValueError(
    `The cache cannot keep ${prefix}${show(value)} at ${path}. Give data: text, numbers, booleans, null, bigint, Date, Map, Set, ` +
      `RegExp, URL, Error, Buffer, typed arrays, and plain objects and arrays of these${hint(value)}.`,
  );
}

function hint(value: unknown): string {
  if (types.isPromise(value)) return '; await the promise first';
  return typeof value === 'function'
    ? '; to cache what a function returns, give the function to getOrSet'
    : '';
}

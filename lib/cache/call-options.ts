import { types } from 'node:util';
import { hasObjectPrototype } from '../codec/plain.js';
import { InvalidCacheArgumentError } from '../core/errors.js';
import { show } from '../core/show.js';
import type { Timeout } from '../core/timeout.js';

/** Options of calls that name keys. */
export interface KeyOptions {
  /** The version of the entry. `undefined`: the version of the cache. */
  version?: number;
}

/** Options of `get`. */
export interface GetOptions<T = unknown> extends KeyOptions {
  /** What to return when there is no live entry. */
  defaultValue?: T;
}

/** Options of calls that give a lifetime. */
export interface TouchOptions extends KeyOptions {
  /**
   * The lifetime: a number of seconds, or text with a unit (`'500ms'`, `'90s'`, `'15m'`, `'2h'`, `'7d'`).
   * `undefined`: the default of the cache. `null`: for ever. `0` or less: not kept.
   */
  timeout?: Timeout;
}

/** Options of calls that store. */
export interface SetOptions extends TouchOptions {
  /**
   * Names of what the entry was made from, at most 100 of 1 to 250 characters each. `invalidateTags` makes all entries of a tag absent.
   *
   * @default none
   */
  tags?: readonly string[];
}

/** Several entries: a Map, any iterable of pairs, or a plain object. */
export type Entries<T> = Iterable<readonly [string, T]> | Readonly<Record<string, T>>;

const NO_OPTIONS: SetOptions & GetOptions = {};
const TOUCH_OPTIONS = ['timeout', 'version'];
const SET_OPTIONS = [...TOUCH_OPTIONS, 'tags'];
const GET_OPTIONS = ['version', 'defaultValue'];

/** Reads the last argument of calls that store: a timeout, or options. */
export function setOptionsOf(options: Timeout | SetOptions): SetOptions {
  if (options === undefined) return NO_OPTIONS;
  if (typeof options !== 'object' || options === null) return { timeout: options };
  return checked(options, SET_OPTIONS);
}

/** Reads the last argument of `touch`: a timeout, or options. */
export function touchOptionsOf(options: Timeout | TouchOptions): TouchOptions {
  if (options === undefined) return NO_OPTIONS;
  if (typeof options !== 'object' || options === null) return { timeout: options };
  return checked(options, TOUCH_OPTIONS);
}

/** Reads the last argument of calls that read or remove. */
export function keyOptionsOf(options: GetOptions | undefined): GetOptions {
  return options === undefined ? NO_OPTIONS : checked(options, GET_OPTIONS);
}

function checked<T extends object>(options: T, known: readonly string[]): T {
  if (typeof options !== 'object' || options === null || !isPlainObject(options)) {
    throw new InvalidCacheArgumentError(
      `options must be a plain object with ${known.join(', ')}; got ${show(options)}.`,
    );
  }
  for (const name in options) {
    if (known.includes(name)) continue;
    throw new InvalidCacheArgumentError(
      `Unknown option "${name}" in ${show(options)}. Known options: ${known.join(', ')}.`,
    );
  }
  return options;
}

function isPlainObject(object: object): boolean {
  return Object.getPrototypeOf(object) === null || hasObjectPrototype(object);
}

/** Returns distinct keys. A string is refused: it is iterable, but never meant as a list of letters. */
export function keyListOf(keys: Iterable<string>): string[] {
  if (typeof keys === 'string' || typeof keys?.[Symbol.iterator] !== 'function') {
    throw new InvalidCacheArgumentError(
      `keys must be an array or another iterable of strings; got ${show(keys)}.`,
    );
  }
  return [...new Set(keys)];
}

/** Returns entries by key, whatever form they came in. */
export function entryMapOf<T>(entries: Entries<T>, name: string): Map<string, T> {
  if (typeof entries === 'object' && entries !== null) {
    if (types.isMap(entries)) return new Map(entries as ReadonlyMap<string, T>);
    const pairs: unknown[] | undefined = Symbol.iterator in entries ? [...entries] : undefined;
    if (pairs?.every((pair) => Array.isArray(pair) && pair.length === 2))
      return new Map(pairs as [string, T][]);
    if (!pairs && isPlainObject(entries)) return new Map(Object.entries(entries));
  }
  throw new InvalidCacheArgumentError(
    `${name} must be a Map, an iterable of [key, value] pairs or a plain object; got ${show(entries)}.`,
  );
}

/** @throws {InvalidCacheArgumentError} */
export function assertWholeNumber(value: number, name: string): void {
  if (!Number.isSafeInteger(value))
    throw new InvalidCacheArgumentError(`${name} must be a whole number; got ${show(value)}.`);
}

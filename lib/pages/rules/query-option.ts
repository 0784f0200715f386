import type { OptionRule } from '../../core/options.js';

/** Which parts of a query tell pages apart. */
export interface PageQuery {
  /** Parameters that do not count; `*` stands for any text: `['utm_*', 'fbclid']`. */
  readonly ignore?: readonly string[];
  /** The only parameters that count; `[]` for none. */
  readonly only?: readonly string[];
  /**
   * Whether the order of different parameters does not matter. That of repeated ones always does.
   *
   * @default false
   */
  readonly sort?: boolean;
}

const PARTS: ReadonlySet<string> = new Set(['ignore', 'only', 'sort']);

export const queryOption: OptionRule<PageQuery> = {
  expected:
    "an object such as { ignore: ['utm_*'], only: ['page', 'q'], sort: true }, with at least one of them",
  parse: (value) => {
    const { ignore, only, sort } = value as PageQuery;
    const isExpected =
      Object.keys(value as PageQuery).every((name) => PARTS.has(name)) &&
      [ignore, only].every((names) => names === undefined || isNameList(names)) &&
      (sort === undefined || typeof sort === 'boolean') &&
      (ignore !== undefined || only !== undefined || sort !== undefined);
    if (!isExpected) throw new TypeError('not as expected');
    return {
      ...(ignore && { ignore: [...ignore] }),
      ...(only && { only: [...only] }),
      ...(sort !== undefined && { sort }),
    };
  },
  fromText: (value) => value,
};

function isNameList(names: unknown): boolean {
  return Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '');
}

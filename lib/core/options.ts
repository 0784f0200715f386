import { parseByteSize } from './byte-size.js';
import { CacheConfigurationError } from './errors.js';
import { show } from './show.js';
import { closestTo } from './suggestion.js';
import { parseTimeout } from './timeout.js';

/** How one option is checked: what it may be, and how text from a URL becomes it. */
export interface OptionRule<T> {
  /** What is expected, to follow "must be". */
  readonly expected: string;
  /** Returns the option as the code uses it, or throws anything if the value is not as expected. */
  parse(value: unknown): T;
  /** Turns a query parameter into what `parse` takes. */
  fromText(text: string): unknown;
  /** What comes is not shown, not even if it is wrong. */
  readonly isSecret?: boolean;
  /** It has options within, whose errors say themselves which of them it is. */
  readonly isNested?: boolean;
}

/** Which options a thing takes, by name. */
export type OptionRules<T> = {
  readonly [Name in keyof T]-?: OptionRule<NonNullable<T[Name]> | (T[Name] & null)>;
};

const asIs = (text: string): unknown => text;
/** A number stays text where it is none, so that the error shows what came. */
const asNumber = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

function check<T>(isExpected: (value: unknown) => value is T): (value: unknown) => T {
  return (value) => {
    if (isExpected(value)) return value;
    throw new TypeError('not as expected');
  };
}

/** A whole number of at least `min`. */
export function wholeNumber(min: number): OptionRule<number> {
  return {
    expected: `a whole number, ${min} or more`,
    parse: check((value): value is number => Number.isSafeInteger(value) && (value as number) >= min),
    fromText: asNumber,
  };
}

/** A whole number of either sign. */
export const anyWholeNumber: OptionRule<number> = {
  expected: 'a whole number',
  parse: check((value): value is number => Number.isSafeInteger(value)),
  fromText: asNumber,
};

/** Text, which may be empty. */
export const text: OptionRule<string> = {
  expected: 'text',
  parse: check((value): value is string => typeof value === 'string'),
  fromText: asIs,
};

/** Text that is never shown, such as a password. Numbers are taken, too: who has a password of digits may have forgotten the quotes. */
export const secret: OptionRule<string> = {
  expected: 'text',
  parse: (value) => {
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new TypeError('not as expected');
  },
  fromText: asIs,
  isSecret: true,
};

/** The longest time that a timer of the platform can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A time in milliseconds, as timers take it. */
export function milliseconds(min: number): OptionRule<number> {
  return {
    expected: `a whole number of milliseconds, ${min} to ${LONGEST_TIMER_MS}`,
    parse: check(
      (value): value is number =>
        Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= LONGEST_TIMER_MS,
    ),
    fromText: asNumber,
  };
}

/** One of several words. */
export function oneOf<Word extends string>(...words: readonly Word[]): OptionRule<Word> {
  return {
    expected: words.map((word) => `"${word}"`).join(' or '),
    parse: check((value): value is Word => (words as readonly unknown[]).includes(value)),
    fromText: asIs,
  };
}

/** A number of bytes, or text with a unit. */
export const byteSize: OptionRule<number> = {
  expected: "a whole number of bytes or text such as '512kb' or '64mb'",
  parse: (value) => parseByteSize(value as number | string, 'size'),
  fromText: asNumber,
};

/** As `byteSize`, but not nothing. */
export const positiveByteSize: OptionRule<number> = {
  ...byteSize,
  expected: "a whole number of bytes, 1 or more, or text such as '512kb' or '64mb'",
  parse: (value) => above(0, byteSize.parse(value)),
};

function above<T extends number | null>(least: number, value: T): T {
  if (value === null || value > least) return value;
  throw new RangeError('not enough');
}

/** Later moments no Date can hold. */
const LONGEST_LIFETIME_MS = 100_000 * 365 * 86_400_000;

/** A lifetime: seconds, text with a unit, or null; becomes milliseconds or null. */
export const lifetime: OptionRule<number | null> = {
  expected: "a number of seconds (up to 100,000 years), text such as '90s', '15m' or '2h', or null for never",
  parse: (value) => {
    const lifetimeMs = parseTimeout(value as number | string | null);
    if (lifetimeMs !== null && lifetimeMs > LONGEST_LIFETIME_MS) throw new RangeError('longer than time');
    return lifetimeMs;
  },
  fromText: (value) => (value === 'null' ? null : asNumber(value)),
};

/** As `lifetime`, but not nothing. */
export const positiveLifetime: OptionRule<number | null> = {
  ...lifetime,
  expected: "a number of seconds above 0, text such as '90s', '15m' or '2h', or null for ever",
  parse: (value) => above(0, lifetime.parse(value)),
};

/** A lifetime that has an end and is not below zero; becomes milliseconds. */
export const duration: OptionRule<number> = {
  expected: "a number of seconds, 0 or more, or text such as '90s', '15m' or '2h'",
  parse: (value) => {
    const durationMs = lifetime.parse(value);
    if (durationMs === null || durationMs < 0) throw new RangeError('not a duration');
    return durationMs;
  },
  fromText: asNumber,
};

/** True or false. */
export const flag: OptionRule<boolean> = {
  expected: 'true or false',
  parse: check((value): value is boolean => typeof value === 'boolean'),
  fromText: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
};

/** A function. Has no form in a URL. */
export function functionOption<T>(signature: string): OptionRule<T> {
  return {
    expected: `a function ${signature}`,
    parse: (value) => {
      if (typeof value === 'function') return value as T;
      throw new TypeError('not as expected');
    },
    fromText: asIs,
  };
}

/**
 * Checks options against their rules. `undefined` counts as not given.
 *
 * @param owner who has the options, to begin the error with: `Cache "pages"`
 * @throws {CacheConfigurationError} naming the option, what was expected and what came
 */
export function parseOptions<T extends object>(
  rules: OptionRules<T>,
  given: Readonly<Record<string, unknown>>,
  owner: string,
): Partial<T> {
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name)) throw unknownOption(name, Object.keys(rules), owner);
    if (value !== undefined) parsed[name] = parseOption(rules[name as keyof T], name, value, owner);
  }
  return parsed as Partial<T>;
}

function parseOption(rule: OptionRule<unknown>, name: string, value: unknown, owner: string): unknown {
  try {
    return rule.parse(value);
  } catch (error) {
    if (rule.isNested && error instanceof CacheConfigurationError) throw error;
    const got = rule.isSecret ? `a value of type ${typeof value}` : show(value);
    throw new CacheConfigurationError(`${owner}: option "${name}" must be ${rule.expected}; got ${got}.`);
  }
}

function unknownOption(name: string, known: readonly string[], owner: string): CacheConfigurationError {
  const closest = closestTo(name, known);
  const suggestion = closest === undefined ? '' : ` Did you mean "${closest}"?`;
  return new CacheConfigurationError(
    `${owner}: unknown option "${name}".${suggestion} Known options: ${known.join(', ')}.`,
  );
}

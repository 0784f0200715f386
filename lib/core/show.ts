import { inspect } from 'node:util';

/** Prints a value for an error message: short, on one line, and without running any code of the value's. */
export function show(value: unknown): string {
  const text = print(value).replaceAll(/\s*\n\s*/g, ' ');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function print(value: unknown): string {
  try {
    return inspect(value, {
      depth: 1,
      breakLength: Infinity,
      maxStringLength: 80,
      maxArrayLength: 5,
      getters: false,
      customInspect: false,
    });
  } catch {
    return `an unprintable ${typeof value}`;
  }
}

/** Returns the message of whatever was thrown, of this realm or another. */
export function messageOf(error: unknown): string {
  const message = (error as Partial<Error> | null | undefined)?.message;
  return typeof message === 'string' ? message : String(error);
}

import { inspect } from 'node:util';

/** Prints a value for an error message: short, on one line, and without running any code of the value's. */
export function show(value: unknown): string {
  const text = inspect(value, {
    depth: 1,
    breakLength: Infinity,
    maxStringLength: 80,
    maxArrayLength: 5,
    getters: false,
  });
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** Returns the message of whatever was thrown, of this realm or another. */
export function messageOf(error: unknown): string {
  const message = (error as Partial<Error> | null | undefined)?.message;
  return typeof message === 'string' ? message : String(error);
}

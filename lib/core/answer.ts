/**
 * A result that may be there at once or later. Stores inside the process answer at once, and a hit there
 * costs no extra promise; stores outside the process answer with a promise.
 */
export type Answer<T> = T | Promise<T>;

/** Tells whether an answer is still under way. */
export function isPending<T>(answer: Answer<T>): answer is Promise<T> {
  return typeof (answer as Promise<T> | undefined)?.then === 'function';
}

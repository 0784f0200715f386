import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Tells apart what follows the status in a call of `writeHead`: a reason phrase, headers, both or neither. */
export function writeHeadArguments(rest: readonly unknown[]): { message?: string; headers: unknown } {
  const [first, second] = rest;
  return typeof first === 'string' ? { message: first, headers: second } : { headers: second ?? first };
}

/**
 * Sets the headers given to `writeHead`: an object, names and values by turns, or pairs. They take the place of headers of the same name,
 * and a name may occur several times, as in Node.
 */
export function setAll(response: ServerResponse, given: unknown): void {
  if (Array.isArray(given)) setPairs(response, Array.isArray(given[0]) ? given.flat() : given);
  else if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given as Record<string, string>))
      response.setHeader(name, value);
  }
}

type HeaderValue = NonNullable<OutgoingHttpHeaders[string]>;

function setPairs(response: ServerResponse, flat: readonly unknown[]): void {
  const pairs: [string, HeaderValue][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2)
    pairs.push([flat[index] as string, flat[index + 1] as HeaderValue]);
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs)
    response.appendHeader(name, typeof value === 'number' ? String(value) : value);
}

/** Whether these arguments of `writeHead` announce a page whose body is at hand: nothing in them can be refused any more. */
export function isHeadOfWhole(status: number, headers: unknown, message: string | undefined): boolean {
  if (status !== 200 || message !== undefined || typeof headers !== 'object' || headers === null)
    return false;
  return Number((headers as Record<string, unknown>)['content-length']) > 0;
}

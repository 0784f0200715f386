import type { ServerResponse } from 'node:http';
import { setAll, writeHeadArguments } from '../responses/write-head.js';

/**
 * Calls a function when status and headers of a response are known and before they are sent, whoever answers: the handler's value, the
 * handler itself, a template, a stream or an exception filter.
 */
export function beforeHead(response: ServerResponse, apply: (response: ServerResponse) => void): void {
  // Node calls it for every response, also when the application never does. Node's own overloads are wider than any type here.
  const original = response.writeHead as (...given: unknown[]) => ServerResponse;
  response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
    if (response.headersSent) return original.call(response, status, ...rest);
    const { headers, message } = writeHeadArguments(rest);
    response.statusCode = status;
    setAll(response, headers);
    apply(response);
    return original.call(response, response.statusCode, ...(message === undefined ? [] : [message]));
  };
}

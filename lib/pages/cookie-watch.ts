import type { ServerResponse } from 'node:http';
import type { PlatformRequest } from './page-request.js';

/** Tells whether anything has looked at the cookies of a request. */
export interface CookieWatch {
  readonly isRead: boolean;
  /** What looks at them from now on is of no account. */
  end(): void;
}

/** Where middleware puts what it has made of cookies, before the handler runs. */
const MADE_OF_COOKIES = ['cookies', 'signedCookies', 'session'];

/**
 * Watches whether a handler, or what runs around it, looks at the cookies of a request or at what middleware has made of them: then its answer may be
 * one visitor's. Whoever copies all headers looks at them, too. Ends with the response at the latest.
 */
export function watchCookies(request: PlatformRequest, response: ServerResponse): CookieWatch {
  let isRead = false;
  let isOver = false;
  const note = (): void => {
    if (!isOver) isRead = true;
  };
  const end = (): void => {
    isOver = true;
  };
  // Fastify's headers may be a copy.
  const { headers } = request.raw ? (request.raw as unknown as PlatformRequest) : request;
  watch(headers, 'cookie', note);
  for (const name of MADE_OF_COOKIES) if (name in request) watch(request, name, note);
  response.once('close', end);
  return {
    get isRead() {
      return isRead;
    },
    end,
  };
}

/** Puts an accessor in the place of a property; what is written to it is kept. */
function watch(owner: object, name: string, note: () => void): void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  if (own && !own.configurable) return note();
  const isInherited = !own && name in owner;
  let written = isInherited ? undefined : { value: own?.value as unknown };
  const get = (): unknown => {
    note();
    if (written && !own?.get) return written.value;
    return own?.get ? own.get.call(owner) : Reflect.get(Object.getPrototypeOf(owner) as object, name, owner);
  };
  const set = (value: unknown): void => {
    if (own?.set) own.set.call(owner, value);
    else written = { value };
  };
  // What is absent stays out of the list of names.
  Object.defineProperty(owner, name, { get, set, configurable: true, enumerable: own?.enumerable ?? false });
}

import type { ServerResponse } from 'node:http';
import type { PlatformRequest } from './page-request.js';

/** Tells whether anything has looked at the cookies of a request. */
export interface CookieWatch {
  readonly isRead: boolean;
  /** What looks at them while this runs is of no account. */
  aside(isAside: boolean): void;
  /** What looks at them from now on is of no account. */
  end(): void;
}

type Headers = Record<string, string | string[] | undefined>;

/** Where middleware puts what it has made of cookies, before the handler runs. */
const MADE_OF_COOKIES = ['cookies', 'signedCookies', 'session', 'sessionID', 'sessionId'];

/**
 * Watches whether a handler, or what runs around it, looks at the cookies of a request or at what middleware has made of them: then its answer may be
 * one visitor's. Whoever copies all headers looks at them, too. Ends with the response at the latest.
 */
export function watchCookies(request: PlatformRequest, response: ServerResponse): CookieWatch {
  let isRead = false;
  let isAside = false;
  let isOver = false;
  const note = (): void => {
    if (!isOver && !isAside) isRead = true;
  };
  // Fastify's headers may be a copy of Node's.
  const raw = (request.raw ?? request) as unknown as { headers: Headers };
  if (Object.hasOwn(raw.headers, 'cookie')) watch(raw.headers, 'cookie', note);
  else watchAbsentCookie(raw.headers, note);
  watch(raw, 'rawHeaders', note);
  for (const owner of new Set<object>([request, raw]))
    for (const name of MADE_OF_COOKIES) if (name in owner) watch(owner, name, note);
  const end = (): void => {
    isOver = true;
  };
  response.once('close', end);
  return {
    get isRead() {
      return isRead;
    },
    aside(is) {
      isAside = is;
    },
    end,
  };
}

/** Not an accessor in place of cookies that are absent: the request must not seem to have some. Who asks for them reaches the prototype. */
function watchAbsentCookie(headers: Headers, note: () => void): void {
  // Middleware may have frozen them.
  if (!Object.isExtensible(headers)) return note();
  const prototype = Object.getPrototypeOf(headers) as object | null;
  const noteIfCookie = (name: string | symbol): void => {
    if (name === 'cookie') note();
  };
  const watched = new Proxy(prototype ?? (Object.create(null) as object), {
    get(target, name, receiver) {
      noteIfCookie(name);
      return Reflect.get(target, name, receiver) as unknown;
    },
    has(target, name) {
      noteIfCookie(name);
      return Reflect.has(target, name);
    },
  });
  Object.setPrototypeOf(headers, watched);
}

/** Puts an accessor in the place of a property; what is written to it goes where it would have gone. */
function watch(owner: object, name: string, note: () => void): void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  if (own && !own.configurable) return note();
  const isData = own !== undefined && 'value' in own;
  let value: unknown = own?.value;
  const prototype = Object.getPrototypeOf(owner) as object;
  const get = (): unknown => {
    note();
    if (isData) return value;
    return own ? own.get?.call(owner) : Reflect.get(prototype, name, owner);
  };
  const set = (next: unknown): void => {
    if (isData) value = next;
    else if (own) own.set?.call(owner, next);
    else setInherited(owner, prototype, name, next);
  };
  Object.defineProperty(owner, name, { get, set, configurable: true, enumerable: own?.enumerable ?? false });
}

/** A setter of a prototype is called; a plain value of it is shadowed. */
function setInherited(owner: object, prototype: object, name: string, value: unknown): void {
  Reflect.deleteProperty(owner, name);
  Reflect.set(prototype, name, value, owner);
}

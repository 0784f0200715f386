import { InvalidCacheArgumentError } from '../core/errors.js';
import { show } from '../core/show.js';
import { fieldText } from './header-fields.js';

/** What the helpers need of a response: Node's own and that of Express have it. */
export interface HeaderTarget {
  getHeader(name: string): number | string | string[] | undefined;
  setHeader(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
}

/** The part of Fastify's reply that headers go through. */
export interface HeaderReply {
  getHeader(name: string): number | string | string[] | undefined;
  header(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
}

/** A response of any platform that the helpers write to. */
export type HeaderBearer = HeaderTarget | HeaderReply;

/** Returns one way to headers for a response of Node, of Express and of Fastify. */
export function headerTargetOf(response: HeaderBearer): HeaderTarget {
  if ('setHeader' in response) return response;
  return {
    getHeader: (name) => response.getHeader(name),
    setHeader: (name, value) => response.header(name, value),
    removeHeader: (name) => response.removeHeader(name),
  };
}

/** Returns a header of a response as one line of text; undefined if it is absent. */
export function headerOf(response: HeaderTarget, name: string): string | undefined {
  return fieldText(response.getHeader(name));
}

/** Tells whether a text is a token, as names of headers and directives are. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
export function isToken(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}

/**
 * Returns a name of a header as it was given.
 *
 * @param place what it was given to, for the message
 * @throws {InvalidCacheArgumentError} for what is no name of a header, such as one with a line break that would begin another header
 */
export function checkedHeaderName(name: unknown, place: string): string {
  if (typeof name === 'string' && isToken(name)) return name;
  throw new InvalidCacheArgumentError(
    `${place} takes names of headers, such as 'Accept-Language': letters, digits and hyphens; got ${show(name)}.`,
  );
}

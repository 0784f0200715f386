import type { ServerResponse } from 'node:http';
import type { HeaderFields } from '../../http/header-fields.js';
import type { PlatformRequest } from './page-request.js';

const CONDITIONS = ['if-none-match', 'if-modified-since'];

/**
 * Puts conditions of the cache in the place of those that a request came with, until its response is done, and returns the latter: a handler,
 * or a platform, that answers 304 to them would leave the page cold for everybody who does not have it.
 *
 * @param own none, or what tells whether the page that is stored is still good
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.3.1
 */
export function exchangeConditions(
  request: PlatformRequest,
  response: ServerResponse,
  own: Readonly<Record<string, string>> = {},
): HeaderFields {
  // Fastify's headers may be a copy.
  const { headers } = (request.raw ?? request) as { headers: Record<string, string | string[] | undefined> };
  const hidden = CONDITIONS.map((name) => [name, headers[name]] as const).filter(
    // Middleware may have frozen them.
    ([name, value]) => value !== undefined && Reflect.deleteProperty(headers, name),
  );
  const said = Object.entries(own).filter(([name, value]) => Reflect.set(headers, name, value));
  if (hidden.length === 0 && said.length === 0) return {};
  const conditions = Object.fromEntries(hidden);
  // Who writes logs shall see the request as it came.
  response.once('close', () => {
    for (const [name] of said) Reflect.deleteProperty(headers, name);
    Object.assign(headers, conditions);
  });
  return conditions;
}

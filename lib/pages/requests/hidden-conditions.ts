import type { ServerResponse } from 'node:http';
import type { HeaderFields } from '../../http/header-fields.js';
import type { PlatformRequest } from './page-request.js';

const CONDITIONS = ['if-none-match', 'if-modified-since'];

/**
 * Takes the conditions off a request until its response is done, and returns them: a handler, or a platform, that answers 304 would
 * leave the page cold for everybody who does not have it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.3.1
 */
export function hideConditions(request: PlatformRequest, response: ServerResponse): HeaderFields {
  // Fastify's headers may be a copy.
  const { headers } = (request.raw ?? request) as { headers: Record<string, string | string[] | undefined> };
  const hidden = CONDITIONS.map((name) => [name, headers[name]] as const).filter(
    // Middleware may have frozen them.
    ([name, value]) => value !== undefined && Reflect.deleteProperty(headers, name),
  );
  if (hidden.length === 0) return {};
  const conditions = Object.fromEntries(hidden);
  // Who writes logs shall see the request as it came.
  response.once('close', () => Object.assign(headers, conditions));
  return conditions;
}

import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.js';
import { type CacheHandling, withCacheStatus } from '../http/cache-status.js';
import { evaluateConditions } from '../http/conditions.js';
import { fieldText } from '../http/header-fields.js';
import type { Page } from './page.js';
import type { PageRequest } from './page-request.js';
import type { Miss } from './page-store.js';
import { type PlatformReply, silence, takeOver } from './platform-reply.js';

/**
 * The fields of a 304 answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
 */
const FIELDS_OF_304 = new Set([
  'cache-control',
  'content-location',
  'etag',
  'expires',
  'vary',
  'last-modified',
]);

/** What middleware may have said of a body that the answer does not have, or has in another form. */
const FIELDS_OF_BODY = ['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'trailer'];

/**
 * Answers a request with a stored page, or with 304 if the client has it already.
 *
 * @param collapsed why the cache had no page when the request came, if it waited for that of another
 */
export function replay(
  page: Page,
  request: PageRequest,
  reply: PlatformReply,
  clock: Clock,
  collapsed?: Miss,
): void {
  const response = takeOver(reply);
  const isKnown = isKnownTo(request, page);
  response.statusCode = isKnown ? 304 : page.status;
  writeFields(response, page, isKnown);
  const age = Math.max(0, Math.floor((clock.now() - page.storedAt) / 1000));
  response.setHeader('Date', new Date(page.storedAt).toUTCString());
  response.setHeader('Age', String(age));
  if (request.tellsStatus) tellStatus(response, page, age, collapsed);
  if (!isKnown) response.setHeader('Content-Length', page.body.length);
  response.end(isKnown || request.method === 'HEAD' ? undefined : page.body);
  silence(response);
}

/** Conditions are asked of successes alone. */
function isKnownTo(request: PageRequest, { entityTag, lastModified, status }: Page): boolean {
  if (status < 200 || status > 299) return false;
  return evaluateConditions(request, { entityTag, lastModified }) === 'not-modified';
}

function writeFields(response: ServerResponse, page: Page, isKnown: boolean): void {
  for (const name of page.removed) response.removeHeader(name);
  for (const name of isKnown ? FIELDS_OF_BODY : ['transfer-encoding', 'trailer']) response.removeHeader(name);
  for (const [name, value] of page.headers) {
    if (!isKnown || FIELDS_OF_304.has(name.toLowerCase())) response.setHeader(name, value);
  }
}

function tellStatus(response: ServerResponse, page: Page, age: number, collapsed: Miss | undefined): void {
  const ttl = page.lifetime === null ? {} : { ttl: page.lifetime - age };
  const handling: CacheHandling = collapsed ? { fwd: collapsed, collapsed: true } : { hit: true, ...ttl };
  const status = fieldText(response.getHeader('Cache-Status'));
  response.setHeader('Cache-Status', withCacheStatus(status, handling));
}

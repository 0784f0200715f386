import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.js';
import { withCacheStatus } from '../http/cache-status.js';
import { matchesIfNoneMatch } from '../http/entity-tag.js';
import { fieldText } from '../http/header-fields.js';
import type { Page } from './page.js';
import type { PageRequest } from './page-request.js';
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

/** Answers a request with a stored page, or with 304 if the client has it already. */
export function replay(page: Page, request: PageRequest, reply: PlatformReply, clock: Clock): void {
  const response = takeOver(reply);
  const isKnown = matchesIfNoneMatch(fieldText(request.headers['if-none-match']), page.entityTag);
  response.statusCode = isKnown ? 304 : page.status;
  writeFields(response, page, isKnown);
  writeFreshness(response, page, clock);
  if (!isKnown) response.setHeader('Content-Length', page.body.length);
  response.end(isKnown || request.method === 'HEAD' ? undefined : page.body);
  silence(response);
}

function writeFields(response: ServerResponse, page: Page, isKnown: boolean): void {
  for (const name of page.removed) response.removeHeader(name);
  for (const name of isKnown ? FIELDS_OF_BODY : ['transfer-encoding', 'trailer']) response.removeHeader(name);
  for (const [name, value] of page.headers) {
    if (!isKnown || FIELDS_OF_304.has(name.toLowerCase())) response.setHeader(name, value);
  }
}

function writeFreshness(response: ServerResponse, page: Page, clock: Clock): void {
  const age = Math.max(0, Math.floor((clock.now() - page.storedAt) / 1000));
  const ttl = page.lifetime === null ? undefined : page.lifetime - age;
  const status = fieldText(response.getHeader('Cache-Status'));
  response.setHeader('Date', new Date(page.storedAt).toUTCString());
  response.setHeader('Age', String(age));
  response.setHeader('Cache-Status', withCacheStatus(status, { hit: true, ttl }));
}

import type { EpochMs } from '../core/clock.js';
import { isStrongMatch, matchesIfMatch, matchesIfNoneMatch } from './entity-tag.js';
import { type HeaderFields, fieldText } from './header-fields.js';
import { parseHttpDate } from './http-date.js';
import { withoutBlanks } from './list-field.js';

/** What conditions are compared with: the answer that the client would get. */
export interface Validators {
  readonly entityTag?: string | undefined;
  /** A moment, or a Last-Modified field. */
  readonly lastModified?: EpochMs | string | undefined;
}

/** What the conditions of a request come to: an answer as if there were none, 304 without a body, or 412. */
export type ConditionOutcome = 'proceed' | 'not-modified' | 'precondition-failed';

/** Methods that neither choose a representation nor change one. @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.1 */
const UNCONDITIONAL_METHODS = new Set(['CONNECT', 'OPTIONS', 'TRACE']);

/**
 * Evaluates the conditions of a request in the order of RFC 9110: If-Match, or else If-Unmodified-Since; then If-None-Match, or else
 * If-Modified-Since. To be asked only where the answer without conditions would be a success. A date that cannot be read is no
 * condition, nor is one on a resource whose last change is unknown.
 *
 * @param resource `undefined` if there is none: `If-Match: *` fails then, and `If-None-Match: *` holds
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function evaluateConditions(
  request: { readonly method: string; readonly headers: HeaderFields },
  resource: Validators | undefined,
): ConditionOutcome {
  const { headers, method } = request;
  if (UNCONDITIONAL_METHODS.has(method)) return 'proceed';
  if (isChanged(headers, resource)) return 'precondition-failed';
  const isRead = method === 'GET' || method === 'HEAD';
  const ifNoneMatch = fieldText(headers['if-none-match']);
  if (ifNoneMatch !== undefined) {
    if (!resource || !matchesIfNoneMatch(ifNoneMatch, resource.entityTag)) return 'proceed';
    return isRead ? 'not-modified' : 'precondition-failed';
  }
  const isKnown = isRead && isChangedSince(fieldText(headers['if-modified-since']), resource) === false;
  return isKnown ? 'not-modified' : 'proceed';
}

/** Whether the resource is no more the one that the client wants to act on. */
function isChanged(headers: HeaderFields, resource: Validators | undefined): boolean {
  const ifMatch = fieldText(headers['if-match']);
  if (ifMatch !== undefined) return !resource || !matchesIfMatch(ifMatch, resource.entityTag);
  return isChangedSince(fieldText(headers['if-unmodified-since']), resource) === true;
}

/** Returns undefined if either date is unknown. */
function isChangedSince(field: string | undefined, resource: Validators | undefined): boolean | undefined {
  const since = parseHttpDate(field);
  if (since === undefined) return undefined;
  const lastModified = lastModifiedOf(resource);
  return lastModified === undefined ? undefined : lastModified > since;
}

/** Headers tell whole seconds. */
function lastModifiedOf(resource: Validators | undefined): EpochMs | undefined {
  const given = resource?.lastModified;
  const moment = typeof given === 'string' ? parseHttpDate(given) : given;
  return moment === undefined ? undefined : Math.floor(moment / 1000) * 1000;
}

/**
 * Tells whether a part of this resource may be sent to a client that has another part: without If-Range always; else if it names the
 * strong entity tag, or exactly the last change, provided that the answer is at least a second younger, so that there cannot have
 * been two in one second.
 *
 * @param date when the answer was made
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5
 */
export function matchesIfRange(
  ifRange: string | undefined,
  resource: Validators,
  date: EpochMs | undefined,
): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.includes('"')) return isStrongMatch(withoutBlanks(ifRange), resource.entityTag);
  const wanted = parseHttpDate(ifRange);
  const lastModified = lastModifiedOf(resource);
  if (wanted === undefined || lastModified === undefined || date === undefined) return false;
  return wanted === lastModified && date - lastModified >= 1000;
}

import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange } from '../../http/age.js';
import { changedFields, fieldText, type HeaderFields, type HeaderLine } from '../../http/header-fields.js';
import { parseHttpDate } from '../../http/http-date.js';
import { updatedFields } from '../../http/revalidation.js';
import { isPublic } from '../../http/storability.js';
import type { PagePolicy } from '../policies/page-policy.js';
import type { PageRequest } from '../requests/page-request.js';
import type { Page } from '../store/page.js';
import { withoutFields } from './without-fields.js';

const SET_COOKIE: ReadonlySet<string> = new Set(['set-cookie']);

/** What a page is judged by once more. */
export interface Freshening {
  readonly policy: PagePolicy;
  readonly request: PageRequest;
  readonly exchange: Exchange;
  /** The fields that were there before the handler ran. */
  readonly before: OutgoingHttpHeaders;
}

/** A page that its maker calls good still. */
export interface FreshenedPage {
  /** As it answers the request that was about it. */
  readonly page: Page;
  /** As it is for others. */
  readonly kept: Page;
  /** What the answer says by now, whoever has said it. */
  readonly fields: HeaderFields;
  /** Why it is not to be kept all the same, if so. */
  readonly refusal: string | undefined;
}

/**
 * Returns a stored page with what a 304 says of it: other fields, another lifetime, and an age that begins anew. What middleware says to each
 * visitor does not become part of it.
 *
 * @param said the fields of the 304, by lower-case name
 * @param lines the same, as they were written
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
 */
export function freshenedPage(
  stored: Page,
  said: OutgoingHttpHeaders,
  lines: readonly HeaderLine[],
  { before, exchange, policy, request }: Freshening,
): FreshenedPage {
  const all = updatedFields(stored.headers, lines);
  const fields = Object.fromEntries(all.map(([name, value]) => [name.toLowerCase(), value] as const));
  // The age of the validation, not of what was validated.
  const answer = {
    ...exchange,
    status: stored.status,
    headers: { ...fields, date: said['date'], age: said['age'] },
  };
  const date = parseHttpDate(fieldText(said['date']), exchange.respondedAt);
  const news = changedFields(lines, before);
  const page: Page = {
    status: stored.status,
    headers: updatedFields(stored.headers, news),
    removed: stored.removed,
    body: stored.body,
    ...(stored.part && { part: stored.part }),
    ...(stored.setsCookies && { setsCookies: true }),
    isPublic: isPublic(fields),
    storedAt: exchange.respondedAt,
    ...(date !== undefined && { date }),
    entityTag: fieldText(fields['etag']),
    lastModified: fieldText(fields['last-modified']),
    ...policy.termsOf(answer),
  };
  const kept = { ...page, headers: withoutFields(page.headers, policy.reservedFields(fields)) };
  return {
    page: { ...page, headers: withCookies(page.headers, news) },
    kept,
    fields,
    refusal: policy.refusalToShare(request, answer),
  };
}

/** The cookies that somebody is given with a 304 are for nobody else. */
function withCookies(lines: readonly HeaderLine[], said: readonly HeaderLine[]): readonly HeaderLine[] {
  const cookies = said.filter(([name]) => name.toLowerCase() === 'set-cookie');
  return cookies.length === 0 ? lines : [...withoutFields(lines, SET_COOKIE), ...cookies];
}

import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange } from '../../http/age.js';
import { fieldText, type HeaderLine } from '../../http/header-fields.js';
import { parseHttpDate } from '../../http/http-date.js';
import { updatedFields } from '../../http/revalidation.js';
import type { PagePolicy } from '../policies/page-policy.js';
import type { PageRequest } from '../requests/page-request.js';
import type { Page } from '../store/page.js';

/** What a page is judged by once more. */
export interface Freshening {
  readonly policy: PagePolicy;
  readonly request: PageRequest;
  readonly exchange: Exchange;
}

/** A page that its maker calls good still, and why it is not to be kept all the same, if so. */
export interface FreshenedPage {
  readonly page: Page;
  readonly refusal: string | undefined;
}

/**
 * Returns a stored page with what a 304 says of it: other fields, another lifetime, and an age that begins anew.
 *
 * @param said the fields of the 304, by lower-case name
 * @param lines the same, as they were written
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
 */
export function freshenedPage(
  stored: Page,
  said: OutgoingHttpHeaders,
  lines: readonly HeaderLine[],
  { exchange, policy, request }: Freshening,
): FreshenedPage {
  const headers = updatedFields(stored.headers, lines);
  const fields = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value] as const));
  // The age of the validation, not of what was validated.
  const answer = {
    ...exchange,
    status: stored.status,
    headers: { ...fields, date: said['date'], age: said['age'] },
  };
  const date = parseHttpDate(fieldText(said['date']), exchange.respondedAt);
  const page: Page = {
    status: stored.status,
    headers,
    removed: stored.removed,
    body: stored.body,
    ...(stored.part && { part: stored.part }),
    isPublic: stored.isPublic,
    storedAt: exchange.respondedAt,
    ...(date !== undefined && { date }),
    entityTag: fieldText(fields['etag']),
    lastModified: fieldText(fields['last-modified']),
    ...policy.termsOf(answer),
  };
  return { page, refusal: policy.refusalToShare(request, answer) };
}

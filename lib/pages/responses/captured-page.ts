import type { OutgoingHttpHeaders } from 'node:http';
import type { EpochMs } from '../../core/clock.js';
import { strongEntityTag } from '../../http/entity-tag.js';
import {
  changedFields,
  fieldText,
  type HeaderLine,
  removedFields,
  storedFields,
} from '../../http/header-fields.js';
import { parseHttpDate } from '../../http/http-date.js';
import type { ReuseTerms } from '../../http/reuse.js';
import { isPublic } from '../../http/storability.js';
import { parseContentRange } from '../../http/ranges.js';
import type { Page } from '../store/page.js';
import type { CapturedResponse } from './response-capture.js';

/**
 * Returns the page that a response becomes. One without an entity tag gets one, made of its bytes, so that the next client who has them
 * needs no more than to be told so.
 *
 * @param before the headers that were there before the handler ran
 */
export function pageOf(
  { body, headers, lines, status }: CapturedResponse,
  before: OutgoingHttpHeaders,
  storedAt: EpochMs,
  terms: ReuseTerms,
  makesEntityTag: boolean,
): Page {
  const said = changedFields(storedFields(lines, fieldText(headers['connection'])), before);
  const given = fieldText(headers['etag']);
  const entityTag = given ?? (makesEntityTag ? strongEntityTag(body) : undefined);
  const made: HeaderLine[] = given === undefined && entityTag !== undefined ? [['ETag', entityTag]] : [];
  const date = parseHttpDate(fieldText(headers['date']), storedAt);
  return {
    ...terms,
    status,
    headers: [...said, ...made],
    removed: removedFields(headers, before),
    body,
    storedAt,
    ...(date !== undefined && { date }),
    entityTag,
    lastModified: fieldText(headers['last-modified']),
    ...(headers['set-cookie'] !== undefined && { setsCookies: true }),
    isPublic: isPublic(headers),
  };
}

/** Returns a page that is a part, if its Content-Range fits its body. */
export function partialPage(page: Page, { headers }: CapturedResponse): Page | undefined {
  const part = parseContentRange(fieldText(headers['content-range']));
  return part?.length !== undefined && part.last - part.first + 1 === page.body.length
    ? { ...page, part }
    : undefined;
}

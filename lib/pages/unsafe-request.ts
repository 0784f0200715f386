import { type CallHandler, Logger } from '@nestjs/common';
import { defer, type Observable } from 'rxjs';
import type { CacheView } from '../cache/cache-view.js';
import { messageOf } from '../core/show.js';
import { fieldText } from '../http/header-fields.js';
import { alsoChanged, isNonError } from '../http/unsafe-methods.js';
import { beforeHead } from './decorators/before-head.js';
import { holdAnswer } from './decorators/held-answer.js';
import type { PlatformRequest } from './requests/page-request.js';
import { pathTag } from './requests/path-tag.js';
import { headersOf, type PlatformReply, rawResponseOf } from './responses/platform-reply.js';
import type { PageEntry } from './store/page.js';

const logger = new Logger('CacheModule');

/**
 * Runs the handler of an unsafe request and, if it succeeds, makes the pages of its URL absent, and those of the URLs that its answer names,
 * before its client hears of it. The change is made, so that a store which does not confirm is told of and keeps nobody waiting.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.4
 */
export function invalidateAfter(
  cache: CacheView<PageEntry>,
  request: PlatformRequest,
  reply: PlatformReply,
  next: CallHandler,
): Observable<unknown> {
  const response = rawResponseOf(reply);
  const invalidate = async (): Promise<void> => {
    if (!isNonError(response.statusCode)) return;
    try {
      await cache.invalidateTags(changedPaths(request, reply));
    } catch (error) {
      logger.error(
        `The pages of ${request.originalUrl}, which ${request.method} has changed, were not invalidated: ${messageOf(error)}`,
      );
    }
  };
  // Node tells nobody of fields that are given with the status, unless they were set before.
  beforeHead(response, () => {});
  holdAnswer(response, invalidate, () => {});
  return defer(() => next.handle());
}

function changedPaths(request: PlatformRequest, reply: PlatformReply): string[] {
  const { headers, host, originalUrl, protocol, url } = request;
  // The host that the client knows, which a proxy may have told.
  const base = `${protocol}://${host ?? fieldText(headers['host']) ?? 'localhost'}`;
  const said = { ...headersOf(reply), ...rawResponseOf(reply).getHeaders() };
  const named = URL.canParse(originalUrl, base) ? alsoChanged(new URL(originalUrl, base), said) : [];
  return [...new Set([originalUrl, url, ...named.map(String)].map(pathTag))];
}

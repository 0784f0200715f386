/** How a cache handled a request, in the words of RFC 9211. */
export type CacheHandling =
  | { readonly hit: true; readonly ttl?: number }
  | { readonly fwd: 'uri-miss' | 'vary-miss' | 'bypass' | 'method' | 'request'; readonly stored?: boolean };

const CACHE_NAME = 'nestjs-cache';

/**
 * Returns a Cache-Status field with this cache's member after those that are there already.
 *
 * @param ttl the seconds of freshness left, below zero when it is over
 * @see https://www.rfc-editor.org/rfc/rfc9211#section-2
 */
export function withCacheStatus(field: string | undefined, handling: CacheHandling): string {
  const member = `${CACHE_NAME}; ${describe(handling)}`;
  return field ? `${field}, ${member}` : member;
}

function describe(handling: CacheHandling): string {
  if ('hit' in handling) return handling.ttl === undefined ? 'hit' : `hit; ttl=${Math.round(handling.ttl)}`;
  return `fwd=${handling.fwd}${handling.stored ? '; stored' : ''}`;
}

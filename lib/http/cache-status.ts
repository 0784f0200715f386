import { isPrintableAscii, structuredString } from './structured-strings.js';

/** Why a cache did not answer by itself. @see https://www.rfc-editor.org/rfc/rfc9211#section-2.2 */
export type ForwardReason =
  'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial';

/** How a cache handled a request, in the words of RFC 9211. */
export type CacheHandling =
  | { readonly hit: true; readonly ttl?: number; readonly detail?: string }
  | {
      readonly fwd: ForwardReason;
      /** The status that the handler gave, where the client got another. */
      readonly fwdStatus?: number;
      readonly stored?: boolean;
      /** Whether it waited for the answer to another request. */
      readonly collapsed?: boolean;
      readonly ttl?: number;
      /** Anything more, such as why nothing was stored. */
      readonly detail?: string;
    };

const CACHE_NAME = 'nestjs-cache';

/**
 * Returns a Cache-Status field with this cache's member after those that are there already.
 *
 * @param ttl the seconds of freshness left, below zero when it is over
 * @see https://www.rfc-editor.org/rfc/rfc9211#section-2
 */
export function withCacheStatus(field: string | undefined, handling: CacheHandling): string {
  const member = isPlainHit(handling)
    ? plainHit(handling.ttl)
    : [CACHE_NAME, ...parametersOf(handling)].join('; ');
  return field ? `${field}, ${member}` : member;
}

type PlainHit = { readonly hit: true; readonly ttl: number };

/** What most answers say. */
function isPlainHit(handling: CacheHandling): handling is PlainHit {
  return 'hit' in handling && handling.detail === undefined && handling.ttl !== undefined;
}

function plainHit(ttl: number): string {
  return `${CACHE_NAME}; hit; ttl=${Math.round(ttl)}`;
}

function parametersOf(handling: CacheHandling): string[] {
  const { detail, ttl } = handling;
  const last = [
    ...(ttl === undefined ? [] : [`ttl=${Math.round(ttl)}`]),
    ...(detail === undefined ? [] : [`detail=${detailText(detail)}`]),
  ];
  if ('hit' in handling) return ['hit', ...last];
  const { collapsed, fwd, fwdStatus, stored } = handling;
  return [
    `fwd=${fwd}`,
    ...(fwdStatus === undefined ? [] : [`fwd-status=${fwdStatus}`]),
    ...(stored ? ['stored'] : []),
    ...(collapsed ? ['collapsed'] : []),
    ...last,
  ];
}

/** A word as it is, other text as a string, which holds printable ASCII alone. */
function detailText(detail: string): string {
  if (/^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/.test(detail)) return detail;
  return structuredString(isPrintableAscii(detail) ? detail : encodeURI(detail.toWellFormed()));
}

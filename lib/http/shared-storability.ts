import { type Exchange, initialAge } from './age.js';
import { type CacheDirectives, deltaSeconds, isAllowed, readableSeconds } from './cache-control.js';
import { explicitLifetime, type Heuristics, heuristicLifetime } from './freshness.js';
import { fieldText, type HeaderFields } from './header-fields.js';
import { HEURISTICALLY_CACHEABLE, UNDERSTOOD } from './status-codes.js';
import { parseContentRange } from './ranges.js';
import { requestDirectivesOf, type ReuseTerms } from './reuse.js';
import type { RequestFacts } from './storability.js';
import { effectiveDirectives, type EffectiveDirectives } from './targeted-cache-control.js';
import { parseVary } from './vary.js';

/** What is open for an RFC 9111 shared cache to choose. */
export interface SharedCacheChoices {
  /** Targeted fields that are meant for this cache, in lower case, the nearest first. */
  readonly targets: readonly string[];
  /** How freshness is guessed where nothing is said; undefined: not at all. */
  readonly heuristics: Heuristics | undefined;
  /** Whether answers that set cookies are stored, cookies and all. */
  readonly storesSetCookie: boolean;
  /** Whether what a request says in Cache-Control counts. */
  readonly obeysRequests: boolean;
}

/** A final response and when it came. */
export interface FinalResponse extends Exchange {
  readonly status: number;
  readonly headers: HeaderFields;
}

/**
 * Returns why a shared cache must not store a response to GET, or would have no use for it, or undefined if it may. What is not said is not assumed:
 * without freshness and without a validator a response is not stored.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3
 */
export function refusalToStoreShared(
  request: RequestFacts,
  response: FinalResponse,
  choices: SharedCacheChoices,
): string | undefined {
  const { headers } = response;
  const effective = effectiveDirectives(headers, choices.targets);
  const { directives } = effective;
  const refusal = prohibitionOf(response.status, directives) ?? refusalOfRequest(request, choices);
  if (refusal !== undefined) return refusal;
  if (response.status === 206 && !parseContentRange(fieldText(headers['content-range'])))
    return 'nothing says which part it is';
  if (headers['set-cookie'] !== undefined && !choices.storesSetCookie) return 'it sets a cookie';
  if (parseVary(fieldText(headers['vary'])) === '*') return 'it varies on everything';
  return (
    refusalToShareIdentity(request, directives) ??
    lackOfPermission(response, effective) ??
    uselessness(response, effective, choices)
  );
}

function prohibitionOf(status: number, directives: CacheDirectives): string | undefined {
  // An answer without a body of its own, or to a question of the connection.
  if (status < 200 || status === 304) return `the status is ${status}`;
  if (isAllowed(directives, 'must-understand')) {
    if (!UNDERSTOOD.has(status)) return `it asks to be understood, and nothing is known of status ${status}`;
  } else if (directives.has('no-store')) return 'Cache-Control says no-store';
  // One that names fields leaves the rest to be stored.
  return directives.get('private') === true ? 'Cache-Control says private' : undefined;
}

function refusalOfRequest(
  { headers }: RequestFacts,
  { obeysRequests }: SharedCacheChoices,
): string | undefined {
  return obeysRequests && requestDirectivesOf(headers).has('no-store')
    ? 'the request says no-store'
    : undefined;
}

/** @see https://www.rfc-editor.org/rfc/rfc9111#section-3.5 */
function refusalToShareIdentity(request: RequestFacts, directives: CacheDirectives): string | undefined {
  // Who was found out by the application itself is beyond what the standards speak of.
  if (request.hasUser && !isAllowed(directives, 'public'))
    return 'the request shows who asks and Cache-Control does not say public';
  const isShared =
    isAllowed(directives, 'public') ||
    isAllowed(directives, 'must-revalidate') ||
    readableSeconds(directives, 's-maxage') !== undefined;
  return request.headers['authorization'] === undefined || isShared
    ? undefined
    : 'the request has Authorization and Cache-Control does not allow to share the answer';
}

/**
 * Of a status that is not stored without being told to, the response has to say that it may be, or how long it is good. A validator alone does not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3
 */
function lackOfPermission(
  { headers, status }: FinalResponse,
  { directives, isTargeted }: EffectiveDirectives,
): string | undefined {
  const isSaid =
    isAllowed(directives, 'public') ||
    ['max-age', 's-maxage'].some((name) => readableSeconds(directives, name) !== undefined) ||
    (!isTargeted && headers['expires'] !== undefined);
  return isSaid || HEURISTICALLY_CACHEABLE.has(status)
    ? undefined
    : `the status is ${status} and it does not say how long it is good`;
}

/** What could never be used is not stored: it is not fresh, and there is nothing to ask for a newer one with. */
function uselessness(
  response: FinalResponse,
  effective: EffectiveDirectives,
  choices: SharedCacheChoices,
): string | undefined {
  const { headers } = response;
  if (headers['etag'] !== undefined || headers['last-modified'] !== undefined) return undefined;
  if (effective.directives.get('no-cache') === true) return 'it is to be validated and has no validator';
  const lifetime = lifetimeOf(response, effective, choices);
  return lifetime === undefined ? 'it says nothing of its freshness and has no validator' : undefined;
}

function lifetimeOf(
  response: FinalResponse,
  effective: EffectiveDirectives,
  { heuristics }: SharedCacheChoices,
): number | undefined {
  const facts = { ...response, ...effective };
  return explicitLifetime(facts) ?? (heuristics && heuristicLifetime(facts, heuristics));
}

/**
 * Returns what a response says of its reuse. Without any freshness it is stale from the start.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2
 * @see https://www.rfc-editor.org/rfc/rfc5861
 * @see https://www.rfc-editor.org/rfc/rfc8246
 */
export function reuseTermsOf(response: FinalResponse, choices: SharedCacheChoices): ReuseTerms {
  const effective = effectiveDirectives(response.headers, choices.targets);
  const { directives } = effective;
  const needsValidation = directives.get('no-cache') === true;
  const mustRevalidate = ['must-revalidate', 'proxy-revalidate', 's-maxage'].some((name) =>
    directives.has(name),
  );
  const staleIfError = deltaSeconds(directives, 'stale-if-error');
  return {
    lifetime: lifetimeOf(response, effective, choices) ?? 0,
    initialAge: initialAge(response.headers, response),
    needsValidation,
    mustRevalidate,
    staleWhileRevalidate: deltaSeconds(directives, 'stale-while-revalidate') ?? 0,
    ...(staleIfError !== undefined && { staleIfError }),
    isImmutable: isAllowed(directives, 'immutable'),
  };
}

/**
 * Returns the fields that a response must not be used with before it is validated, or that are for one person: those that `no-cache` and `private`
 * name, in lower case.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.4
 */
export function reservedFields(headers: HeaderFields, { targets }: SharedCacheChoices): ReadonlySet<string> {
  const { directives } = effectiveDirectives(headers, targets);
  const lists = ['no-cache', 'private'].map((name) => directives.get(name));
  const names = lists.flatMap((list) => (typeof list === 'string' ? list.split(',') : []));
  return new Set(names.map((name) => name.trim().toLowerCase()).filter((name) => name !== ''));
}

import { requestDirectivesOf, mayStandIn, reuseOf } from '../../../lib/http/reuse.js';
import { fieldText, type HeaderFields } from '../../../lib/http/header-fields.js';
import {
  refusalToStoreShared,
  reservedFields,
  reuseTermsOf,
  type SharedCacheChoices,
} from '../../../lib/http/shared-storability.js';
import { parseVary, selectingValues } from '../../../lib/http/vary.js';
import type { Random } from './random.js';
import { strictDirectives } from './strict-grammar.js';
import {
  type Answer,
  HEURISTICS,
  StrictDirectives,
  type StrictTerms,
  strictTerms,
  strictUse,
} from './strict-terms.js';

export const NOW = Date.UTC(2026, 5, 15, 12);
const { abs, max } = Math;

const choices: SharedCacheChoices = {
  targets: ['own-cache-control', 'cdn-cache-control'],
  heuristics: HEURISTICS,
  storesSetCookie: true,
  obeysRequests: true,
};

const COMPANIONS: HeaderFields[] = [
  {},
  { 'cache-control': 'max-age=60' },
  { 'cache-control': 'public, s-maxage=100, stale-if-error=50' },
  { 'cache-control': 'max-age=10, stale-while-revalidate=30' },
  { expires: 'Mon, 15 Jun 2026 13:00:00 GMT', date: 'Mon, 15 Jun 2026 12:00:00 GMT' },
  { 'last-modified': 'Mon, 01 Jun 2026 12:00:00 GMT', date: 'Mon, 15 Jun 2026 11:00:00 GMT' },
  { 'cdn-cache-control': 'max-age=60, stale-if-error=10', 'cache-control': 'no-store' },
];
const WISHES = ['', '', 'max-age=0', 'max-age=30', 'min-fresh=20', 'max-stale', 'max-stale=50', 'no-cache'];
const SELECTING = ['accept', 'accept-language', 'cookie', 'x-other'];

/** Returns a response with a field in it, among other fields that are well-formed, to a request of one kind or another. */
export function answerWith(random: Random, name: string, value: string | string[]): Answer {
  return {
    status: name === 'content-range' ? 206 : random.pick([200, 200, 200, 404, 302, 500, 299]),
    request: random.chance(0.2) ? { authorization: 'Bearer x' } : {},
    headers: { ...random.pick(COMPANIONS), etag: '"a"', [name]: value },
    respondedAt: NOW,
  };
}

/** Returns what these rules allow of a response that a strict reader does not, and notes whether either allows anything. */
export function excessOfResponse(random: Random, answer: Answer, tally: (isUsed: boolean) => void): string[] {
  const response = { ...answer, requestedAt: NOW };
  const isStored =
    refusalToStoreShared({ method: 'GET', hasUser: false, headers: answer.request }, response, choices) ===
    undefined;
  tally(isStored);
  if (!isStored) return [];
  const strict = strictTerms(answer, choices.targets);
  if (!strict) return ['it is stored'];
  const terms = reuseTermsOf(response, choices);
  const reserved = reservedFields(answer.headers, choices);
  const initialAge = terms.initialAge ?? 0;
  return [
    ...(terms.needsValidation || [...strict.reserved].every((name) => reserved.has(name))
      ? []
      : ['a reserved field is used']),
    ...(isMore(terms.needsValidation ? 0 : terms.lifetime!, strict.lifetime) ? ['it lives longer'] : []),
    ...(isMore(strict.age, initialAge) ? ['it seems younger'] : []),
    ...excessOfUse(random, answer, strict, initialAge),
    ...excessOfVariants(random, answer.headers, strict),
  ];
}

function isMore(one: number, other: number): boolean {
  return one > other && abs(one - other) > 1e-6;
}

function excessOfUse(random: Random, answer: Answer, strict: StrictTerms, initialAge: number): string[] {
  const terms = reuseTermsOf({ ...answer, requestedAt: NOW }, choices);
  const edges = [0, 1, strict.lifetime, strict.lifetime + strict.staleWhileRevalidate, 60, 110, 1e7, 3e9];
  const age = max(initialAge, random.pick(edges) + random.pick([-1, 0, 0.5, 1]));
  const wishes = { 'cache-control': random.pick(WISHES) };
  const standsInStrictly =
    !strict.needsValidation &&
    (age < strict.lifetime ||
      (!strict.mustRevalidate && age - strict.lifetime < (strict.staleIfError ?? 20)));
  return [
    ...(isUsedMore(terms, strict, age, wishes) ? ['it is used'] : []),
    ...(mayStandIn(terms, age, 20) && !standsInStrictly ? ['it stands in'] : []),
  ];
}

/** Whether these rules use a stored response more freely than a strict reader. */
export function isUsedMore(
  terms: ReturnType<typeof reuseTermsOf>,
  strict: StrictTerms,
  age: number,
  request: HeaderFields,
): boolean {
  const use = { validate: 0, 'while-revalidating': 1, fresh: 2 }[
    reuseOf(terms, age, requestDirectivesOf(request))
  ];
  const wishes = new StrictDirectives(strictDirectives(fieldText(request['cache-control'])));
  return use > strictUse(strict, age, wishes);
}

/** Two requests get one answer only if all fields are alike that a strict reader finds in Vary. */
function excessOfVariants(random: Random, headers: HeaderFields, strict: StrictTerms): string[] {
  const names = parseVary(fieldText(headers['vary']));
  if (names === '*') return [];
  const [one, other] = [0, 1].map(() =>
    Object.fromEntries(
      SELECTING.filter(() => random.chance(0.5)).map((name) => [name, random.pick(['1', '2'])]),
    ),
  ) as [Record<string, string>, Record<string, string>];
  const [ours, others] = [one, other].map((fields) => JSON.stringify(selectingValues(names, fields)));
  const isAlike = [...strict.varies].every((name) => one[name] === other[name]);
  return ours === others && !isAlike ? ['it answers another variant'] : [];
}

/** Returns the terms of a response that is well-formed, as both sides read it. */
export function plainTerms(control: string): { terms: ReturnType<typeof reuseTermsOf>; strict: StrictTerms } {
  const answer = { status: 200, request: {}, headers: { 'cache-control': control }, respondedAt: NOW };
  const terms = reuseTermsOf({ ...answer, requestedAt: NOW }, choices);
  return { terms, strict: strictTerms(answer, choices.targets)! };
}

import CachePolicy from 'http-cache-semantics';
import { requestDirectivesOf, type Reuse, reuseOf } from '../../../lib/http/reuse.js';
import {
  refusalToStoreShared,
  reuseTermsOf,
  type SharedCacheChoices,
} from '../../../lib/http/shared-storability.js';
import { parseVary, selectingValues } from '../../../lib/http/vary.js';
import { type Exchange, type Fields, NOW } from './generated-case.js';

/** What one side says of an exchange. The rest speaks of a stored response, so it is empty for one that is not stored. */
export interface Verdict {
  readonly isStored: boolean;
  /** Seconds; 0 for what is never used unasked. */
  readonly lifetime?: number;
  readonly age?: number;
  readonly reuse?: Reuse;
}

const FRACTION = 0.1;

const choices = (obeysRequests: boolean): SharedCacheChoices => ({
  targets: [],
  heuristics: { fraction: FRACTION, longest: Number.POSITIVE_INFINITY },
  storesSetCookie: true,
  obeysRequests,
});

/** Asks the rules of this project. */
export function ourVerdict(exchange: Exchange, obeysRequests: boolean): Verdict {
  const request = { method: 'GET', headers: exchange.request, hasUser: false };
  const response = {
    status: exchange.status,
    headers: exchange.response,
    requestedAt: NOW,
    respondedAt: NOW,
  };
  if (refusalToStoreShared(request, response, choices(obeysRequests)) !== undefined)
    return { isStored: false };
  const terms = reuseTermsOf(response, choices(obeysRequests));
  const age = (terms.initialAge ?? 0) + exchange.secondsLater;
  const wishes = obeysRequests ? requestDirectivesOf(exchange.later) : undefined;
  return {
    isStored: true,
    lifetime: terms.needsValidation ? 0 : terms.lifetime!,
    age,
    reuse: isSameVariant(exchange) ? reuseOf(terms, age, wishes) : 'validate',
  };
}

function isSameVariant({ later, request, response }: Exchange): boolean {
  const names = parseVary(response['vary']);
  if (names === '*') return false;
  const [stored, asked] = [request, later].map((fields) => selectingValues(names, fields, true).join('\n'));
  return stored === asked;
}

/** The oracle, whose time can be set. */
class TimedPolicy extends CachePolicy {
  static time = NOW;

  now(): number {
    return TimedPolicy.time;
  }
}

/** Asks the oracle: a shared cache with the same heuristics, which thinks nothing of `immutable` on its own. */
export function theirVerdict(told: Exchange): Verdict {
  TimedPolicy.time = NOW;
  const policy = new TimedPolicy(
    { method: 'GET', headers: { ...told.request } },
    { status: told.status, headers: { ...told.response } },
    { shared: true, cacheHeuristic: FRACTION, immutableMinTimeToLive: 0, ignoreCargoCult: false },
  );
  if (!policy.storable()) return { isStored: false };
  TimedPolicy.time = NOW + told.secondsLater * 1000;
  const { response, revalidation } = policy.evaluateRequest({ method: 'GET', headers: { ...told.later } });
  const used = revalidation ? 'while-revalidating' : 'fresh';
  return {
    isStored: true,
    lifetime: policy.maxAge(),
    age: policy.age(),
    reuse: response ? used : 'validate',
  };
}

/** Returns the exchange for an oracle that is not to heed what requests say: it has no option for that. */
export function withoutWishes(exchange: Exchange): Exchange {
  const silenced = ({ 'cache-control': _wishes, pragma: _pragma, ...fields }: Fields): Fields => fields;
  return { ...exchange, request: silenced(exchange.request), later: silenced(exchange.later) };
}

/** Returns what two verdicts differ in. */
export function differences(ours: Verdict, theirs: Verdict): string[] {
  const isFar = (one = 0, other = 0): boolean => Math.abs(one - other) > 1e-6 * Math.max(1, Math.abs(one));
  return [
    ...(ours.isStored === theirs.isStored ? [] : ['storing']),
    ...(ours.isStored && theirs.isStored
      ? [
          ...(isFar(ours.lifetime, theirs.lifetime) ? ['lifetime'] : []),
          ...(isFar(ours.age, theirs.age) ? ['age'] : []),
          ...(ours.reuse === theirs.reuse ? [] : ['reuse']),
        ]
      : []),
  ];
}

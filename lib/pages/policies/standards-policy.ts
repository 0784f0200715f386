import type { LifetimeMs } from '../../core/timeout.js';
import type { HeaderFields } from '../../http/header-fields.js';
import { mayStandIn, requestDirectivesOf, type Reuse, reuseOf, type ReuseTerms } from '../../http/reuse.js';
import {
  refusalToStoreShared,
  reservedFields,
  reuseTermsOf,
  type SharedCacheChoices,
} from '../../http/shared-storability.js';
import { reasonToBypassShared, type RequestFacts } from '../../http/storability.js';
import type { Page } from '../store/page.js';
import type { AnswerFacts, PagePolicy } from './page-policy.js';

/** What is open in `standards`, checked. */
export interface StandardsChoices extends SharedCacheChoices {
  /** For how long a stale page is kept, to ask about it and to stand in where the handler fails, milliseconds. */
  readonly keepStaleMs: number;
  /** Whether a stale page that does not forbid it stands in where the handler fails, though it does not say so either. */
  readonly standsIn: boolean;
}

/**
 * Pages as their own words have them: a shared cache that goes by RFC 9111.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111
 */
export class StandardsPolicy implements PagePolicy {
  readonly keepsPages = true;
  /** An answer that depends on cookies says so. */
  readonly watchesCookies = false;
  readonly validates = true;
  readonly normalizesFields = true;
  readonly makesEntityTags = false;
  readonly servesParts = true;
  readonly heedsChanges = true;

  constructor(private readonly choices: StandardsChoices) {}

  isForStoreAlone({ headers }: RequestFacts): boolean {
    return this.choices.obeysRequests && requestDirectivesOf(headers).has('only-if-cached');
  }

  reasonToBypass(request: RequestFacts): 'method' | 'request' | undefined {
    return reasonToBypassShared(request);
  }

  /** What was shared lawfully is for all whom the application itself does not know. */
  mayHave(page: Page, request: RequestFacts): boolean {
    if (page.setsCookies && !this.choices.storesSetCookie) return false;
    return page.isPublic || !request.hasUser;
  }

  reuseOf(page: Page, age: number, { headers }: RequestFacts): Reuse {
    return reuseOf(page, age, this.choices.obeysRequests ? requestDirectivesOf(headers) : undefined);
  }

  mayStandIn(page: Page, age: number): boolean {
    const otherwise = this.choices.standsIn ? this.choices.keepStaleMs / 1000 : 0;
    return page.status < 500 && mayStandIn(page, age, otherwise);
  }

  keepsFailure(): boolean {
    return true;
  }

  refusalToShare(request: RequestFacts, answer: AnswerFacts): string | undefined {
    // Who asks for another part gets another answer.
    if (answer.status === 416) return 'it speaks of the part that was asked for';
    return refusalToStoreShared(request, answer, this.choices);
  }

  reservedFields(headers: HeaderFields): ReadonlySet<string> {
    return reservedFields(headers, this.choices);
  }

  termsOf(answer: AnswerFacts): ReuseTerms {
    return reuseTermsOf(answer, this.choices);
  }

  keepsFor({ initialAge = 0, lifetime, staleIfError = 0, staleWhileRevalidate = 0 }: ReuseTerms): LifetimeMs {
    if (lifetime === null) return null;
    const past = Math.max(staleIfError, staleWhileRevalidate, this.choices.keepStaleMs / 1000);
    return Math.max(0, lifetime - initialAge + past) * 1000;
  }

  toldLifetime(): undefined {
    return undefined;
  }
}

import type { LifetimeMs } from '../../core/timeout.js';
import { mayStandIn, type Reuse, reuseOf, type ReuseTerms } from '../../http/reuse.js';
import { isPersonal, reasonToBypass, refusalToShare, type RequestFacts } from '../../http/storability.js';
import type { Page } from '../store/page.js';
import type { AnswerFacts, PagePolicy } from './page-policy.js';

/** What a decorator, or `forRoot({ site })`, says of pages. Lifetimes in milliseconds, `null` for ever. */
export interface RuleTerms {
  readonly lifetime: LifetimeMs;
  /** `null`: browsers are told nothing of a lifetime; undefined: as long as the server keeps the page. */
  readonly browserMaxAge: number | null | undefined;
  /** The statuses beside 200 that are kept, and for how long. */
  readonly negative: ReadonlyMap<number, LifetimeMs>;
  /** Milliseconds past the lifetime. */
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly watchesCookies: boolean;
}

const NO_FIELDS: ReadonlySet<string> = new Set();

/** Pages as the decorator has them: their lifetime is its own, whatever is doubtful is not shared. */
export class RulePolicy implements PagePolicy {
  readonly keepsPages: boolean;
  readonly watchesCookies: boolean;
  readonly validates = false;
  readonly normalizesFields = false;
  readonly makesEntityTags = true;
  readonly servesParts = false;
  readonly heedsChanges = false;
  readonly #statuses: ReadonlySet<number>;

  constructor(private readonly rule: RuleTerms) {
    const { lifetime, negative, watchesCookies } = rule;
    this.keepsPages = lifetime === null || lifetime > 0 || negative.size > 0;
    this.watchesCookies = watchesCookies;
    this.#statuses = new Set([200, ...negative.keys()]);
  }

  isForStoreAlone(): boolean {
    return false;
  }

  reasonToBypass(request: RequestFacts): 'method' | 'request' | undefined {
    return reasonToBypass(request);
  }

  /** A page that a stranger caused to be stored is for those who show a credential only if it says that it is for everybody. */
  mayHave(page: Page, request: RequestFacts): boolean {
    return !page.setsCookies && (page.isPublic || !isPersonal(request));
  }

  reuseOf(page: Page, age: number): Reuse {
    return reuseOf(page, age);
  }

  mayStandIn(page: Page, age: number): boolean {
    return page.status < 500 && mayStandIn(page, age, 0);
  }

  keepsFailure(status: number): boolean {
    return this.rule.negative.has(status);
  }

  refusalToShare(request: RequestFacts, answer: AnswerFacts): string | undefined {
    const { failure } = answer;
    // Whatever else an exception filter makes of an error is not kept.
    const statuses = failure === undefined ? this.#statuses : new Set([failure]);
    return refusalToShare(request, answer, statuses);
  }

  /** An answer that says so of any field is not kept at all. */
  reservedFields(): ReadonlySet<string> {
    return NO_FIELDS;
  }

  /** What is used though it is stale is the page, not what stands in for one that is not there. */
  termsOf({ status }: AnswerFacts): ReuseTerms {
    const { negative, staleIfError, staleWhileRevalidate } = this.rule;
    const lifetime = secondsOf(this.#lifetimeOf(status));
    if (negative.has(status)) return { lifetime };
    return {
      lifetime,
      ...(staleWhileRevalidate > 0 && { staleWhileRevalidate: staleWhileRevalidate / 1000 }),
      ...(staleIfError > 0 && { staleIfError: staleIfError / 1000 }),
    };
  }

  keepsFor({ lifetime, staleIfError = 0, staleWhileRevalidate = 0 }: ReuseTerms): LifetimeMs {
    // What is never fresh is not kept to be stale.
    if (lifetime === null || lifetime === 0) return lifetime;
    return (lifetime + Math.max(staleIfError, staleWhileRevalidate)) * 1000;
  }

  toldLifetime(status: number): LifetimeMs | undefined {
    const { browserMaxAge } = this.rule;
    if (browserMaxAge === null) return undefined;
    return browserMaxAge ?? this.#lifetimeOf(status);
  }

  #lifetimeOf(status: number): LifetimeMs {
    const ofStatus = this.rule.negative.get(status);
    return ofStatus === undefined ? this.rule.lifetime : ofStatus;
  }
}

function secondsOf(lifetime: LifetimeMs): number | null {
  return lifetime === null ? null : Math.max(0, lifetime / 1000);
}

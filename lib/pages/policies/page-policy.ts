import type { LifetimeMs } from '../../core/timeout.js';
import type { Exchange } from '../../http/age.js';
import type { HeaderFields } from '../../http/header-fields.js';
import type { Reuse, ReuseTerms } from '../../http/reuse.js';
import type { RequestFacts, ResponseFacts } from '../../http/storability.js';
import type { Page } from '../store/page.js';

/** An answer and when it was asked for and came. */
export interface AnswerFacts extends Omit<ResponseFacts, 'respondedAt'>, Exchange {
  /** The status of the error that the handler failed with, if it did. */
  readonly failure?: number | undefined;
}

/** What decides which answers are kept, for how long, and for whom: the words of a decorator, or those of the answers themselves. */
export interface PagePolicy {
  /** Whether answers are kept at all. */
  readonly keepsPages: boolean;
  /** Whether a page that was made with a look at the cookies varies on them, although it does not say so. */
  readonly watchesCookies: boolean;
  /** Whether the handler is asked about a stale page with the page's validators, and may answer 304. */
  readonly validates: boolean;
  /** Whether answers without an entity tag get one, made of their bytes. */
  readonly makesEntityTags: boolean;
  /** Whether parts of pages are kept and served. */
  readonly servesParts: boolean;
  /** Whether an unsafe request that succeeds makes the pages of its URL absent. */
  readonly heedsChanges: boolean;
  /** Whether request fields that pages vary on are alike where they mean the same, and not only where they are written the same. */
  readonly normalizesFields: boolean;
  /** Whether a request that is not forwarded may be answered. */
  isForStoreAlone(request: RequestFacts): boolean;
  /** Why a request is not answered from the cache whatever is in it. */
  reasonToBypass(request: RequestFacts): 'method' | 'request' | undefined;
  /** Whether a stored page may be shown to who asks. */
  mayHave(page: Page, request: RequestFacts): boolean;
  /** How a page of an age in seconds may be used. */
  reuseOf(page: Page, age: number, request: RequestFacts): Reuse;
  /** Whether a page of an age in seconds may answer where the handler fails. */
  mayStandIn(page: Page, age: number): boolean;
  /** Whether the answer to a handler's failure may be kept. */
  keepsFailure(status: number): boolean;
  /** Why an answer is not for others; undefined if it is. */
  refusalToShare(request: RequestFacts, answer: AnswerFacts): string | undefined;
  /** The fields of an answer, in lower case, that are not kept with it: they are for one person, or must not be used unasked. */
  reservedFields(headers: HeaderFields): ReadonlySet<string>;
  /** For how long an answer may be used. */
  termsOf(answer: AnswerFacts): ReuseTerms;
  /** For how long from now the store keeps a page, milliseconds; 0: it does not. */
  keepsFor(terms: ReuseTerms): LifetimeMs;
  /** How long browsers are told that they may use it; undefined: what the answer says itself. */
  toldLifetime(status: number): LifetimeMs | undefined;
}

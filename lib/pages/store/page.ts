import type { EpochMs } from '../../core/clock.js';
import type { HeaderLine } from '../../http/header-fields.js';
import type { ContentRange } from '../../http/ranges.js';
import type { ReuseTerms } from '../../http/reuse.js';

/** A stored response. Nobody changes one: hits share it. */
export interface Page extends ReuseTerms {
  readonly status: number;
  /** What the page itself says; what middleware, guards and decorators said before is said anew for each request. */
  readonly headers: readonly HeaderLine[];
  /** Names of headers that were there before and that the page took away. */
  readonly removed: readonly string[];
  readonly body: Buffer;
  /** Where the body stands in the whole, if it is a part (206). */
  readonly part?: ContentRange;
  readonly storedAt: EpochMs;
  /** What its Date says, if the page has one of its own; otherwise it was made when it was stored. */
  readonly date?: EpochMs;
  readonly entityTag: string | undefined;
  /** The field as it was said. */
  readonly lastModified: string | undefined;
  /** Whether it hands out cookies. Nobody gets it but where the handler's policy keeps such pages. */
  readonly setsCookies?: boolean;
  /** Said `public`: also for those who show a credential. */
  readonly isPublic: boolean;
}

/** Returns how many seconds ago a page was made. */
export function ageOf({ initialAge = 0, storedAt }: Page, now: EpochMs): number {
  return initialAge + Math.max(0, now - storedAt) / 1000;
}

/** A body up to here goes out with its head in one piece, as text of one byte a character: cheaper than two pieces. */
export const SHORT_PAGE_BYTES = 16_384;

/** Stands at the address of a URL whose responses vary: which request headers make up the address of a page. */
export interface VaryIndex {
  readonly variesOn: readonly string[];
}

/** Pages that vary on more are not kept: a list that whoever asks can lengthen must not grow with each request. */
export const MOST_VARYING_HEADERS = 50;

export type PageEntry = Page | VaryIndex;

export function isVaryIndex(entry: PageEntry): entry is VaryIndex {
  return 'variesOn' in entry;
}

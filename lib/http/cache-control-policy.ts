import { type CacheDirectives, deltaSeconds, parseCacheControl } from './cache-control.js';
import type { WantedDirective } from './cache-control-options.js';
import { withDirectives } from './patch-cache-control.js';

/** What an answer says of itself because it knows better than a rule that was written for many. */
const RESTRICTIONS = new Set(['private', 'no-store', 'no-cache', 'must-revalidate', 'proxy-revalidate']);

/** What keeps an answer from other people, and what says that it is for several. They do not go together. */
const FOR_ONE = ['private', 'no-store', 'no-cache'];
const FOR_SEVERAL = new Set(['public', 's-maxage']);

const TIMES = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']);

/**
 * Returns a Cache-Control field with what a rule for many answers, such as a decorator, wants of this one. Unlike with `withDirectives` the
 * answer may be stricter than the rule: it stays private or out of caches if it says so, and of two times the smaller one
 * stays.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
 */
export function withPolicy(field: string | undefined, wanted: ReadonlyMap<string, WantedDirective>): string {
  const present = parseCacheControl(field);
  const isForOne = FOR_ONE.some((name) => present.has(name));
  const fitting = [...wanted].filter(([name, value]) =>
    value === false ? !RESTRICTIONS.has(name) : !(isForOne && FOR_SEVERAL.has(name)),
  );
  return withDirectives(
    field,
    new Map(fitting.map(([name, value]) => [name, smallerOf(present, name, value)])),
  );
}

function smallerOf(present: CacheDirectives, name: string, value: WantedDirective): WantedDirective {
  const seconds = TIMES.has(name) ? deltaSeconds(present, name) : undefined;
  return seconds === undefined || value === false ? value : String(Math.min(seconds, Number(value)));
}

import type { EpochMs } from '../core/clock.js';
import { MAX_DELTA_SECONDS } from './cache-control.js';
import { fieldText, type HeaderFields } from './header-fields.js';
import { parseHttpDate } from './http-date.js';

/** When a request went to whoever answers it, and when the answer came. */
export interface Exchange {
  readonly requestedAt: EpochMs;
  readonly respondedAt: EpochMs;
}

/**
 * Returns the seconds that an Age field tells: of several the first; undefined if it is absent or no whole number, which is as if it
 * were absent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.1
 */
export function parseAge(field: string | undefined): number | undefined {
  const first = field?.split(',', 1)[0]!.trim();
  if (first === undefined || !/^\d+$/.test(first)) return undefined;
  return Math.min(Number(first), MAX_DELTA_SECONDS);
}

/**
 * Returns how many seconds ago a response was made or validated by its origin, at the moment when it came: what its Date tells, or what Age
 * tells and the time under way, whichever is more. A Date that is absent, cannot be read or lies ahead tells nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.3
 */
export function initialAge(headers: HeaderFields, { requestedAt, respondedAt }: Exchange): number {
  const date = parseHttpDate(fieldText(headers['date']), respondedAt);
  const apparentAge = date === undefined ? 0 : Math.max(0, respondedAt - date) / 1000;
  const delay = Math.max(0, respondedAt - requestedAt) / 1000;
  const correctedAge = (parseAge(fieldText(headers['age'])) ?? 0) + delay;
  return Math.max(apparentAge, correctedAge);
}

import type { OptionRule } from '../../core/options.js';
import { lifetime } from '../../core/options.js';
import type { LifetimeMs, Timeout } from '../../core/timeout.js';

/**
 * The statuses beside 200 that caches may keep without being told to.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.1
 */
export type NegativeStatus = 203 | 300 | 301 | 308 | 404 | 410;

/** Timeouts by status. */
export type NegativeTimeouts = Readonly<Partial<Record<NegativeStatus, Timeout>>>;

const STATUSES: readonly number[] = [203, 300, 301, 308, 404, 410] satisfies NegativeStatus[];

/** What one timeout for all stands for: that there is nothing. */
const NOTHING_THERE = [404, 410] satisfies NegativeStatus[];

export const negativeOption: OptionRule<ReadonlyMap<number, LifetimeMs>> = {
  expected:
    "a timeout for 404 and 410, such as '30s', or timeouts by status such as { 404: '1m', 301: '1h' } " +
    `(statuses: ${STATUSES.join(', ')})`,
  parse: (value) => {
    if (typeof value !== 'object' || value === null)
      return new Map(NOTHING_THERE.map((status) => [status, lifetime.parse(value)]));
    const timeouts = Object.entries(value).filter(([, timeout]) => timeout !== undefined);
    return new Map(timeouts.map(([status, timeout]) => [statusOf(status), lifetime.parse(timeout)]));
  },
  fromText: (value) => value,
};

function statusOf(text: string): number {
  const status = Number(text);
  if (STATUSES.includes(status)) return status;
  throw new RangeError('not a status that is kept');
}

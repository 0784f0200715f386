import type { EpochMs } from '../core/clock.js';
import { withoutBlanks } from './list-field.js';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const LONG_DAY = '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)';
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

/** The three forms: the one that is written today, and two of the past that are still read. Case does not matter to caches. */
const FORMS = [
  String.raw`${DAY}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT`,
  String.raw`${LONG_DAY}, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT`,
  String.raw`${DAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`, 'i'));

/**
 * Returns the moment that a date in a header names; undefined for text that is none, and for two dates in one field.
 *
 * @param now decides on the century of a year with two digits: the latest that is no more than 50 years ahead
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
export function parseHttpDate(text: string | undefined, now: EpochMs = Date.now()): EpochMs | undefined {
  const trimmed = withoutBlanks(text ?? '');
  for (const form of FORMS) {
    const parts = form.exec(trimmed)?.groups;
    if (parts) return momentOf(parts, now);
  }
  return undefined;
}

function momentOf(parts: Readonly<Record<string, string>>, now: EpochMs): EpochMs | undefined {
  const year = parts['year']!;
  if (year.length === 4) return momentIn(Number(year), parts);
  const horizon = new Date(now);
  horizon.setUTCFullYear(horizon.getUTCFullYear() + 50);
  const latest = horizon.getUTCFullYear();
  const candidate = latest - ((latest - Number(year)) % 100);
  const moment = momentIn(candidate, parts);
  return moment !== undefined && moment > horizon.getTime() ? momentIn(candidate - 100, parts) : moment;
}

function momentIn(year: number, parts: Readonly<Record<string, string>>): EpochMs | undefined {
  const month = MONTHS.indexOf(parts['month']!.toLowerCase());
  const [day, hour, minute, second] = ['day', 'hour', 'minute', 'second'].map((name) => Number(parts[name]));
  const date = new Date(0);
  // Date.UTC would take the year 94 for 1994.
  date.setUTCFullYear(year, month, day);
  // A day that the month does not have falls into another.
  if (date.getUTCMonth() !== month) return undefined;
  // A minute has 61 seconds when one is put in.
  if (hour! > 23 || minute! > 59 || second! > 60) return undefined;
  return date.setUTCHours(hour!, minute, second);
}

/** Writes a moment as a header has it, in whole seconds. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
export function formatHttpDate(moment: EpochMs): string {
  return new Date(moment).toUTCString();
}

import { Random } from '../mutated/random.js';

export type Fields = Readonly<Record<string, string>>;

/** A response to a request, and a second request for the same some seconds later. */
export interface Exchange {
  readonly request: Fields;
  readonly later: Fields;
  readonly status: number;
  readonly response: Fields;
  readonly secondsLater: number;
}

/** When the response came: noon of a day in summer. */
export const NOW = Date.UTC(2026, 5, 15, 12);
const NOON = 'Mon, 15 Jun 2026 12:00:00 GMT';

const STATUSES = [203, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308, 400, 403, 404, 405, 410, 414];
const FAILURES = [451, 499, 500, 501, 502, 503, 504, 599, 999];

const SECONDS = ['0', '1', '10', '60', '100', '060', '3600', '86400', '"60"', '"100"'];
const ODD_SECONDS = ['', '-5', '1.5', '1e3', 'soon', '60s', '0x10', '""', '+9', "'60'"];
const HUGE_SECONDS = ['2147483647', '2147483648', '4294967296', '99999999999', '9'.repeat(40)];

const FLAGS = ['public', 'immutable', 'must-understand', 'must-revalidate', 'proxy-revalidate'];
const FORBIDDING = ['no-store', 'no-cache', 'private', 'no-transform'];
const TIMES = ['max-age', 'max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'];
const OTHERS = [
  'no-cache="x-name"',
  'no-cache="x-a, x-b"',
  'no-cache="x-b"',
  'private="x-a"',
  'private="x-name"',
  'private="x-a, no-store"',
  'ext="a, no-store, b"',
  'ext="max-age=3600"',
  'ext="a, max-age=3600, b"',
  'x-other=1',
  'community',
  'max-age = 60',
  'max-age= 60',
  'max-age =60',
  'max-age=60 now',
  'public=1',
  'immutable=yes',
  'must-understand=1',
  '',
];

const WISHED_TIMES = ['max-age', 'min-fresh', 'max-stale'];
const WISHES = ['no-cache', 'no-store', 'no-transform', 'max-stale', 'only-if-cached', 'nothing-to-see-here'];
const PRAGMAS = ['no-cache', 'No-Cache', 'foo', 'foo, no-cache', 'no-cache=1'];

const VARIES = [
  'accept',
  'Accept-Language',
  'accept, Accept-Language',
  'x-other',
  'accept,',
  '*',
  'accept, *',
];
const ODD_VARIES = ['accept cookie', 'accept;q=1'];
const LANGUAGES = ['de', 'en', 'DE', 'de,en', 'de, en', 'de ,en'];

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const DAY_SECONDS = 86_400;
const OFFSETS = [0, 1, 10, 59, 60, 100, 3600, DAY_SECONDS, 30 * DAY_SECONDS, 36_500 * DAY_SECONDS];

/** Returns a case that reaches every rule with a probability that lets rules meet. */
export function generatedCase(random: Random): Exchange {
  const isSuccess = random.chance(0.6);
  return {
    status: isSuccess ? 200 : random.pick([...STATUSES, ...FAILURES]),
    request: requestFields(random),
    later: requestFields(random),
    response: responseFields(random),
    secondsLater: random.pick([0, 0, 1, 5, 9, 10, 11, 59, 60, 61, 70, 100, 110, 3600, DAY_SECONDS]),
  };
}

function requestFields(random: Random): Fields {
  const fields: Record<string, string> = {};
  if (random.chance(0.12)) fields['authorization'] = random.pick(['Bearer x', '']);
  if (random.chance(0.25)) fields['cache-control'] = spelled(random, wishes(random));
  if (random.chance(0.12)) fields['pragma'] = random.pick(PRAGMAS);
  if (random.chance(0.4))
    fields['accept'] = random.pick(['text/html', 'text/plain', 'text/html ,text/plain']);
  if (random.chance(0.4)) fields['accept-language'] = random.pick(LANGUAGES);
  return fields;
}

function wishes(random: Random): string[] {
  return Array.from({ length: 1 + random.below(2) }, () =>
    random.chance(0.6) ? `${random.pick(WISHED_TIMES)}=${seconds(random)}` : random.pick(WISHES),
  );
}

function responseFields(random: Random): Fields {
  const writers: [probability: number, name: string, write: () => string][] = [
    [0.85, 'cache-control', () => spelled(random, directives(random))],
    [0.8, 'date', () => (random.chance(0.6) ? NOON : dateAround(random, 0.9))],
    [0.3, 'expires', () => dateAround(random, 0.2)],
    [0.35, 'last-modified', () => dateAround(random, 0.95)],
    [0.4, 'etag', () => random.pick(['"a"', 'W/"a"'])],
    [0.25, 'age', () => ageField(random)],
    [0.2, 'vary', () => random.pick(random.chance(0.93) ? VARIES : ODD_VARIES)],
    [0.1, 'set-cookie', () => 'a=1'],
    [0.05, 'pragma', () => 'no-cache'],
    [0.5, 'content-range', () => 'bytes 0-4/10'],
  ];
  const said = writers.filter(([probability]) => random.chance(probability));
  return Object.fromEntries(said.map(([, name, write]) => [name, write()]));
}

function directives(random: Random): string[] {
  return Array.from({ length: 1 + random.below(4) }, () => {
    const kind = random.next();
    if (kind < 0.55) return `${random.pick(TIMES)}=${seconds(random)}`;
    if (kind < 0.77) return random.pick(FLAGS);
    return random.pick(kind < 0.83 ? FORBIDDING : OTHERS);
  });
}

function seconds(random: Random): string {
  const kind = random.next();
  if (kind < 0.88) return random.pick(SECONDS);
  return random.pick(kind < 0.96 ? ODD_SECONDS : HUGE_SECONDS);
}

/** Writes members in one of the ways that all mean the same. */
function spelled(random: Random, members: readonly string[]): string {
  const separator = random.pick([', ', ', ', ', ', ',', ' ,\t', ',, ']);
  const isShouted = random.chance(0.12);
  return members.map((each) => (isShouted ? shouted(each) : each)).join(separator);
}

function shouted(directive: string): string {
  return directive.replace(/^[^="]+/, (name) => name.toUpperCase());
}

function ageField(random: Random): string {
  const kind = random.next();
  if (kind < 0.7) return random.pick(['0', '1', '10', '50', '60', '100', '3600']);
  return random.pick(['-5', '1.5', '5x', 'old', '', '60, 10', '10, 3600', '99999999999', '9'.repeat(40)]);
}

function dateAround(random: Random, pastProbability: number): string {
  if (random.chance(0.03)) return random.pick(['0', '-1', 'now', '2026-06-15T12:00:00Z', 'Mon, 15 Jun 2026']);
  const offset = random.pick(OFFSETS) * (random.chance(pastProbability) ? -1 : 1);
  const moment = new Date(NOW + offset * 1000);
  return random.chance(0.85) ? moment.toUTCString() : inOldForm(random, moment);
}

function inOldForm(random: Random, moment: Date): string {
  const [, day, month, year, time] = moment.toUTCString().split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const weekday = WEEKDAYS[moment.getUTCDay()]!;
  return random.pick([
    `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
    moment.toUTCString().toLowerCase(),
    // Neither is a date to HTTP.
    moment.toUTCString().replace('GMT', 'UTC'),
    moment.toUTCString().replace(', 0', ', '),
    moment.toUTCString().replace('GMT', '+0100'),
  ]);
}

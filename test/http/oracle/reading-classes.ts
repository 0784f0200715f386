import { strictAge, strictDate as readDate } from '../mutated/strict-grammar.js';
import {
  type DifferenceClass,
  inAllMessages,
  strictDirectives,
  withControl,
  withField,
} from './difference-class.js';
import { type Exchange, NOW } from './generated-case.js';

const SECONDS = new Set([
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
  'min-fresh',
  'max-stale',
]);
/** What allows something, and takes no value. */
const ALLOWING = new Set(['public', 'immutable', 'must-understand']);
const LARGEST = 2 ** 31;

const dates = new Map<string, number | undefined>();

/** Reads a date; each text once, as the same ones come again and again. */
function strictDate(field = ''): number | undefined {
  if (!dates.has(field)) dates.set(field, readDate(field, NOW));
  return dates.get(field);
}

/** Differences in how fields are read, in the order in which the oracle is told. */
export const readingClasses: readonly DifferenceClass[] = [
  {
    name: 'names of directives in upper case',
    section: 'RFC 9111, 5.2: directives are case-insensitive',
    right: 'ours',
    tell: (told) =>
      (['request', 'later', 'response'] as const).reduce<Exchange>(
        (each, part) =>
          withControl(each, part, (field) =>
            field.replaceAll(/(^|,)([^,="]+)/g, (member) => member.toLowerCase()),
          ),
        told,
      ),
  },
  {
    name: 'several lists of fields in private or no-cache',
    section: 'RFC 9111, 5.2.2.4 and 5.2.2.7: a cache may take the form with fields for the one without',
    right: 'either',
    tell: (told) =>
      withControl(told, 'response', (field) => {
        const lists = ['no-cache', 'private'].map((name) => {
          const values = strictDirectives(field).filter((each) => each.name === name);
          return new Set(values.map((each) => each.value)).size > 1 ? `, ${name}` : '';
        });
        return field + lists.join('');
      }),
  },
  {
    name: 'commas in quoted strings',
    section: 'RFC 9110, 5.6.1 and 5.6.4: a quoted string is one value',
    right: 'ours',
    tell: (told) => withControl(told, 'response', (field) => field.replaceAll(/[\w-]+="[^",]*,[^"]*"/g, '')),
  },
  {
    name: 'private or no-cache for some fields',
    section: 'RFC 9111, 5.2.2.4 and 5.2.2.7: the rest may be stored and used',
    right: 'either',
    tell: (told) =>
      withControl(told, 'response', (field) => field.replaceAll(/(?:private|no-cache)="[^"]*"/g, '')),
  },
  {
    name: 'the same directive twice',
    section: 'RFC 9111, 4.2.1: the first counts',
    right: 'ours',
    tell: (told) =>
      inAllMessages(told, (members) =>
        members.filter(({ name }, index) => members.findIndex((each) => each.name === name) === index),
      ),
  },
  {
    name: 'directives that are not written by the grammar',
    section: 'RFC 9111, 5.2 and 4.2.1: what cannot be read allows nothing, and such freshness is stale',
    right: 'ours',
    tell: (told) =>
      inAllMessages(told, (members) =>
        members.flatMap((each) => {
          if (each.value !== undefined) return [each];
          return SECONDS.has(each.name) && each.name !== 'max-stale' ? [{ name: each.name, value: '0' }] : [];
        }),
      ),
  },
  {
    name: 'seconds that are no whole number',
    section: 'RFC 9111, 1.2.2 and 4.2.1: delta-seconds are digits, and other freshness is stale',
    right: 'ours',
    tell: (told) =>
      inAllMessages(told, (members) =>
        members.flatMap((each) => {
          if (!SECONDS.has(each.name) || each.value === undefined) return [each];
          if (each.value !== true && /^[0-9]+$/.test(each.value)) return [each];
          if (each.name === 'max-stale') return each.value === true ? [each] : [];
          return [{ name: each.name, value: '0' }];
        }),
      ),
  },
  {
    name: 'permissions with a value',
    section: 'RFC 9111, 5.2.2.3 and 5.2.2.9, RFC 8246, 2: they are defined without one',
    right: 'ours',
    tell: (told) =>
      inAllMessages(told, (members) =>
        members.filter(({ name, value }) => !ALLOWING.has(name) || value === true),
      ),
  },
  {
    name: 'seconds beyond 2^31',
    section: 'RFC 9111, 1.2.2: they count as 2^31',
    right: 'ours',
    tell: (told) =>
      inAllMessages(told, (members) =>
        members.map((each) =>
          SECONDS.has(each.name) && Number(each.value) > LARGEST
            ? { name: each.name, value: String(LARGEST) }
            : each,
        ),
      ),
  },
  {
    name: 'dates in other than the three forms, and in the two old ones',
    section: 'RFC 9110, 5.6.7, and RFC 9111, 5.3: all three are read as UTC, and nothing else is',
    right: 'ours',
    tell: (told) =>
      ['date', 'expires', 'last-modified'].reduce((each, name) => {
        const field = each.response[name];
        if (field === undefined) return each;
        const read = strictDate(field);
        // The oracle takes a lone 0 for the year 2000.
        const unreadable = name === 'expires' ? 'never' : undefined;
        return withField(
          each,
          'response',
          name,
          read === undefined ? unreadable : new Date(read).toUTCString(),
        );
      }, told),
  },
  {
    name: 'an Expires more than 2^31 seconds ahead',
    section: 'RFC 9111, 1.2.2: no more than 2^31 seconds are counted',
    right: 'ours',
    tell: (told) => {
      const date = strictDate(told.response['date']) ?? NOW;
      const expires = strictDate(told.response['expires']) ?? 0;
      if ((expires - date) / 1000 <= LARGEST) return told;
      return withField(told, 'response', 'expires', new Date(date + LARGEST * 1000).toUTCString());
    },
  },
  {
    name: 'an Age that is no whole number or beyond 2^31',
    section: 'RFC 9111, 5.1 and 1.2.2: such a field is ignored, and 2^31 is the most',
    right: 'ours',
    tell: (told) => {
      const age = told.response['age'];
      return age === undefined ? told : withField(told, 'response', 'age', String(strictAge(age)));
    },
  },
  {
    name: 'an age that Date tells',
    section: 'RFC 9111, 4.2.3: the apparent age, where it is more than Age',
    right: 'ours',
    tell: (told) => {
      const apparent = (NOW - (strictDate(told.response['date']) ?? NOW)) / 1000;
      const age = Number.parseInt(told.response['age'] ?? '0', 10) || 0;
      return apparent > age ? withField(told, 'response', 'age', String(apparent)) : told;
    },
  },
];

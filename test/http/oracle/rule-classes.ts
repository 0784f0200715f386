import { strictVary } from '../mutated/strict-grammar.js';
import {
  type DifferenceClass,
  neverStale,
  notStored,
  type Part,
  says,
  saysNumber,
  saysPlainly,
  strictDirectives,
  withField,
  withMembers,
  without,
} from './difference-class.js';
import type { Exchange } from './generated-case.js';
import { theirVerdict } from './verdicts.js';

/** What the oracle stores. */
const KNOWN_TO_ORACLE = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501]);
/** The registered statuses that speak of a resource. */
const UNDERSTOOD = new Set([
  ...KNOWN_TO_ORACLE,
  206,
  400,
  401,
  403,
  406,
  411,
  413,
  415,
  451,
  500,
  502,
  503,
  504,
]);
/** Statuses whose answers may be stored without a word. */
const BY_DEFAULT = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);

const isWithoutAnswer = (status: number): boolean => status < 200 || status === 304;

/** Differences in what the fields mean, in the order in which the oracle is told. */
export const ruleClasses: readonly DifferenceClass[] = [
  {
    name: 'must-understand',
    section:
      'RFC 9111, 5.2.2.3: no-store is passed over where the status is understood, and only there it is stored',
    right: 'ours',
    tell: (told) => {
      if (!saysPlainly(told.response, 'must-understand')) return told;
      const plain = without(told, 'response', 'must-understand');
      return UNDERSTOOD.has(told.status) ? without(plain, 'response', 'no-store') : notStored(plain);
    },
  },
  {
    name: 'nothing readable that allows to store',
    section: 'RFC 9111, 3 and 3.5: some statuses, and answers to Authorization, need a permission',
    right: 'ours',
    tell: (told, { request, response, status }) => {
      const isPublic = saysPlainly(response, 'public');
      const isShared =
        isPublic || saysPlainly(response, 'must-revalidate') || saysNumber(response, 's-maxage');
      const hasLifetime =
        ['max-age', 's-maxage'].some((name) => saysNumber(response, name)) ||
        response['expires'] !== undefined;
      const isRefused =
        (request['authorization'] !== undefined && !isShared) ||
        (!BY_DEFAULT.has(status) && !isPublic && !hasLifetime);
      return isRefused ? notStored(told) : told;
    },
  },
  {
    name: 'a status that the oracle does not know',
    section: 'RFC 9111, 3: but for 206 and 304, a final status need not be understood',
    right: 'ours',
    tell: (told) => {
      if (isWithoutAnswer(told.status) || KNOWN_TO_ORACLE.has(told.status)) return told;
      if (told.status === 206) return told.response['content-range'] ? { ...told, status: 200 } : told;
      return { ...told, status: 302 };
    },
  },
  {
    name: 'Set-Cookie',
    section:
      'RFC 9111, 7.3: it does not keep a response from being used; leaving it out is a choice of each cache',
    right: 'either',
    tell: (told) => withField(told, 'response', 'set-cookie', undefined),
  },
  {
    name: 'Vary that no request matches',
    section: 'RFC 9111, 4.1: such a response is never used again, so that it need not be stored',
    right: 'either',
    tell: (told) =>
      told.response['vary'] !== undefined && strictVary(told.response['vary']) === undefined
        ? notStored(told)
        : told,
  },
  {
    name: 'alike fields that Vary names',
    section: 'RFC 9111, 4.1: white space, and case where it has no meaning, may be evened out',
    right: 'either',
    tell: (told) =>
      (['request', 'later'] as Part[]).reduce((each, part) => {
        const { accept, 'accept-language': language } = each[part];
        const even = (text: string): string => text.replaceAll(/\s*,\s*/g, ',');
        const spaced = accept === undefined ? each : withField(each, part, 'accept', even(accept));
        return language === undefined
          ? spaced
          : withField(spaced, part, 'accept-language', even(language).toLowerCase());
      }, told),
  },
  {
    name: 'an empty Authorization',
    section: 'RFC 9111, 3.5: it is the field that counts, not what it says',
    right: 'ours',
    tell: (told) =>
      told.request['authorization'] === '' ? withField(told, 'request', 'authorization', 'Bearer x') : told,
  },
  {
    name: 'Pragma beside Cache-Control, or in another case',
    section: 'RFC 9111, 5.4: it counts where there is no Cache-Control, and its names have no case',
    right: 'ours',
    tell: (told, { later }) =>
      later['pragma'] === undefined
        ? told
        : withField(
            told,
            'later',
            'pragma',
            later['cache-control'] === undefined ? later['pragma'].toLowerCase() : undefined,
          ),
  },
  {
    name: 'Pragma of a response',
    section: 'RFC 9111, 5.4: it has no meaning there',
    right: 'ours',
    tell: (told) => withField(told, 'response', 'pragma', undefined),
  },
  {
    name: 'no-cache and stale use',
    section: 'RFC 9111, 5.2.2.4 and 4.2.4: not even max-stale and stale-while-revalidate lift it',
    right: 'ours',
    tell: (told) => (says(told.response, 'no-cache') ? neverStale(told) : told),
  },
  {
    name: 's-maxage and stale use',
    section: 'RFC 9111, 5.2.2.10: it is a proxy-revalidate as well',
    right: 'ours',
    tell: (told) => (says(told.response, 's-maxage') ? neverStale(told) : told),
  },
  {
    name: 'proxy-revalidate on what is fresh',
    section: 'RFC 9111, 5.2.2.8: it counts once the response is stale',
    right: 'ours',
    tell: (told) =>
      says(told.response, 'proxy-revalidate')
        ? neverStale(without(told, 'response', 'proxy-revalidate'))
        : told,
  },
  {
    name: 'must-revalidate on what is fresh',
    section: 'RFC 9111, 5.2.2.2: it counts once the response is stale',
    right: 'ours',
    tell: (told) => {
      if (!says(told.response, 'must-revalidate')) return told;
      // It was also what allows to share the answer, which the oracle is not to miss.
      const shared = withField(told, 'request', 'authorization', undefined);
      return neverStale(without(shared, 'response', 'must-revalidate'));
    },
  },
  {
    name: 'nothing to use and nothing to ask with',
    section: 'RFC 9111, 3: a cache may leave out what it can never use',
    right: 'either',
    tell: (told, { response }) => {
      if (response['etag'] !== undefined || response['last-modified'] !== undefined) return told;
      const hasLifetime =
        ['max-age', 's-maxage'].some((name) => says(response, name)) || 'expires' in response;
      return says(told.response, 'no-cache') || !hasLifetime ? notStored(told) : told;
    },
  },
  {
    name: 'a reload of what is immutable',
    section: 'RFC 8246, 2: while it is fresh it is not validated, unless the request says no-cache',
    right: 'ours',
    tell: (told) =>
      saysPlainly(told.response, 'immutable') && stalenessOf(told) < 0
        ? without(told, 'later', 'max-age')
        : told,
  },
  {
    name: 'max-stale where stale-while-revalidate allows it too',
    section: 'RFC 5861, 3: what is used stale may be validated meanwhile',
    right: 'either',
    tell: (told) => {
      if (!says(told.later, 'max-stale')) return told;
      const value = strictDirectives(told.response['cache-control']).find(
        ({ name }) => name === 'stale-while-revalidate',
      )?.value;
      if (value === undefined) return told;
      const staleness = stalenessOf(told);
      return staleness >= 0 && staleness < Number(value) ? without(told, 'later', 'max-stale') : told;
    },
  },
  {
    name: 'a max-stale that is just reached',
    section: 'RFC 9111, 5.2.1.2: stale by no more than that many seconds',
    right: 'ours',
    tell: (told) =>
      withMembers(told, 'later', (members) =>
        members.map((each) =>
          each.name === 'max-stale' && /^[0-9]+$/.test(String(each.value))
            ? { name: each.name, value: `${String(each.value)}.001` }
            : each,
        ),
      ),
  },
];

/** By how many seconds a response has outlived its freshness to the oracle; below zero if it has not. */
function stalenessOf(told: Exchange): number {
  const { age = 0, isStored, lifetime = 0 } = theirVerdict(told);
  return isStored ? age - lifetime : Number.NaN;
}

import { fieldText, type HeaderFields } from '../../../lib/http/header-fields.js';
import {
  strictAge,
  strictDate,
  type StrictDirective,
  strictDirectives,
  strictVary,
} from './strict-grammar.js';
import { strictContentRange, strictTargeted } from './strict-lists.js';

/** What a strict reader allows of a response. */
export interface StrictTerms {
  readonly lifetime: number;
  readonly age: number;
  readonly needsValidation: boolean;
  readonly mustRevalidate: boolean;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number | undefined;
  readonly isImmutable: boolean;
  /** Fields that must not be used as they are. */
  readonly reserved: ReadonlySet<string>;
  readonly varies: ReadonlySet<string>;
}

export interface Answer {
  readonly request: HeaderFields;
  readonly status: number;
  readonly headers: HeaderFields;
  readonly respondedAt: number;
}

const BY_DEFAULT = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);
const OTHERS = '302 303 307 400 401 403 406 411 413 415 451 500 502 503 504'.split(' ').map(Number);
const UNDERSTOOD = new Set([...BY_DEFAULT, ...OTHERS]);
export const HEURISTICS = { fraction: 0.1, longest: 86_400 };

/** Directives as a strict reader looks at them. What allows something counts where it is said first, and what forbids wherever it is said. */
export class StrictDirectives {
  constructor(private readonly all: readonly StrictDirective[]) {}

  names(name: string): boolean {
    return this.all.some((each) => each.name === name);
  }

  allows(name: string): boolean {
    return this.all.find((each) => each.name === name)?.value === true;
  }

  number(name: string): number | undefined {
    const value = this.all.find((each) => each.name === name)?.value;
    return typeof value === 'string' && /^[0-9]+$/.test(value) ? Math.min(Number(value), 2 ** 31) : undefined;
  }

  /** Whether `private` or `no-cache` speaks of the whole response: it names no fields, or in no way that can be read. */
  isWhole(name: string): boolean {
    return this.all.some((each) => each.name === name && fieldNames(each.value) === undefined);
  }

  fieldsOf(name: string): string[] {
    return this.all.filter((each) => each.name === name).flatMap(({ value }) => fieldNames(value) ?? []);
  }
}

function fieldNames(value: StrictDirective['value']): string[] | undefined {
  if (typeof value !== 'string') return undefined;
  const names = strictVary(value);
  return names === undefined || names.size === 0 ? undefined : [...names];
}

/** Returns what a strict reader allows; undefined if it does not allow to store the response. */
export function strictTerms(answer: Answer, targets: readonly string[]): StrictTerms | undefined {
  const { headers } = answer;
  const target = targets.map((name) => strictTargeted(fieldText(headers[name]))).find(Boolean);
  const said = new StrictDirectives(target ?? strictDirectives(fieldText(headers['cache-control'])));
  const varies = strictVary(fieldText(headers['vary']));
  if (varies === undefined || isForbidden(answer, said, target !== undefined)) return undefined;
  return {
    lifetime: lifetimeOf(answer, said, target !== undefined),
    age: ageOf(answer),
    needsValidation: said.isWhole('no-cache'),
    mustRevalidate: ['must-revalidate', 'proxy-revalidate', 's-maxage'].some((name) => said.names(name)),
    staleWhileRevalidate: said.number('stale-while-revalidate') ?? 0,
    staleIfError: said.names('stale-if-error') ? (said.number('stale-if-error') ?? 0) : undefined,
    isImmutable: said.allows('immutable'),
    reserved: new Set([...said.fieldsOf('private'), ...said.fieldsOf('no-cache')]),
    varies,
  };
}

function isForbidden(answer: Answer, said: StrictDirectives, isTargeted: boolean): boolean {
  const { headers, request, status } = answer;
  if (status === 206 && !strictContentRange(fieldText(headers['content-range']))) return true;
  const mustBeUnderstood = said.allows('must-understand');
  if (mustBeUnderstood ? !UNDERSTOOD.has(status) : said.names('no-store')) return true;
  if (said.isWhole('private') || (request['authorization'] !== undefined && !mayBeShared(said))) return true;
  return !BY_DEFAULT.has(status) && !isPermitted(said, !isTargeted && headers['expires'] !== undefined);
}

function mayBeShared(said: StrictDirectives): boolean {
  return said.allows('public') || said.allows('must-revalidate') || said.number('s-maxage') !== undefined;
}

function isPermitted(said: StrictDirectives, hasExpires: boolean): boolean {
  const hasLifetime = said.number('max-age') !== undefined || said.number('s-maxage') !== undefined;
  return said.allows('public') || hasLifetime || hasExpires;
}

function lifetimeOf(answer: Answer, said: StrictDirectives, isTargeted: boolean): number {
  for (const name of ['s-maxage', 'max-age']) if (said.names(name)) return said.number(name) ?? 0;
  const { headers, respondedAt, status } = answer;
  const read = (name: string): number | undefined => strictDate(fieldText(headers[name]), respondedAt);
  const date = read('date') ?? respondedAt;
  if (!isTargeted && headers['expires'] !== undefined) {
    const expires = read('expires');
    return expires === undefined ? 0 : Math.min(Math.max(0, (expires - date) / 1000), 2 ** 31);
  }
  const changed = read('last-modified');
  if (changed === undefined || changed >= date || !(BY_DEFAULT.has(status) || said.allows('public')))
    return 0;
  return Math.min(((date - changed) / 1000) * HEURISTICS.fraction, HEURISTICS.longest);
}

function ageOf({ headers, respondedAt }: Answer): number {
  const date = strictDate(fieldText(headers['date']), respondedAt) ?? respondedAt;
  return Math.max(0, (respondedAt - date) / 1000, strictAge(fieldText(headers['age'])));
}

/** How a strict reader uses a stored response: 2 as it is, 1 while asking for a newer one, 0 not before asking. */
export function strictUse(terms: StrictTerms, age: number, wishes: StrictDirectives): 0 | 1 | 2 {
  if (terms.needsValidation || isUnwelcome(terms, age, wishes)) return 0;
  if (age < terms.lifetime) return 2;
  if (terms.mustRevalidate) return 0;
  const staleness = age - terms.lifetime;
  if (wishes.allows('max-stale') || staleness <= (wishes.number('max-stale') ?? -1)) return 2;
  return staleness < terms.staleWhileRevalidate ? 1 : 0;
}

/** Whether the request says that a response of this age will not do. */
function isUnwelcome({ isImmutable, lifetime }: StrictTerms, age: number, wishes: StrictDirectives): boolean {
  if (wishes.names('no-cache')) return true;
  const oldest = wishes.names('max-age') ? (wishes.number('max-age') ?? 0) : Number.POSITIVE_INFINITY;
  if (age > oldest && !(isImmutable && age < lifetime)) return true;
  return lifetime - age < (wishes.number('min-fresh') ?? Number.NEGATIVE_INFINITY);
}

import { parameterName, type ParameterName } from './query-parameter.js';
import { wildcardTest } from './wildcard.js';

/** Which parameters of a URL make a page. Names are compared as they are decoded, case counts, `*` stands for any text. */
export interface QueryRule {
  /** Parameters that do not matter, such as `'utm_*'`. */
  readonly ignore?: readonly string[] | undefined;
  /** The only parameters that matter. */
  readonly only?: readonly string[] | undefined;
  /** Whether the order of parameters with different names does not matter. Those of one name keep theirs. */
  readonly sort?: boolean | undefined;
}

/**
 * Parsers stop somewhere, Node's and Express's at 1,000 parameters. Behind that, what is left out here decides on what the application sees
 * of the rest.
 */
const MOST_PARAMETERS = 500;

interface Parameter {
  readonly raw: string;
  readonly name: ParameterName;
}

/**
 * Returns the URL under which a page is kept: the URL without the parameters that do not matter. It works on the text as it came, so that
 * nothing is lost: `?a` and `?a=` differ, escapes stay as they are, repeated parameters keep their order.
 *
 * A parameter is left out only if every usual reading of the URL agrees that it is one and has that name. What parsers are at odds
 * about stays in: more than 500 parameters, a `#`, a second `?` before a name, a `;` in a parameter or in the path. So nobody can hide a parameter from the cache
 * that the application sees.
 *
 * @param url path and query, as the client sent them
 */
export function normalizedQuery(url: string, rule: QueryRule): string {
  return queryNormalizer(rule)(url);
}

/** Returns `normalizedQuery` for one rule, prepared for many URLs. */
export function queryNormalizer({ ignore = [], only, sort = false }: QueryRule): (url: string) => string {
  if (ignore.length === 0 && !only && !sort) return (url) => url;
  const isIgnored = anyOf(ignore);
  const isOnly = only ? anyOf(only) : () => true;
  const matters = ({ name, raw }: Parameter): boolean =>
    raw.includes(';') || (name.mayBe(isOnly) && !name.isSurely(isIgnored));
  return (url) => {
    const parameters = parametersOf(url);
    if (!parameters) return url;
    const kept = parameters.filter(matters);
    const path = url.slice(0, url.indexOf('?'));
    const query = (sort ? sorted(kept) : kept).map(({ raw }) => raw).join('&');
    return query === '' ? path : `${path}?${query}`;
  };
}

/** Returns undefined for a URL without a query, or whose query is not the same to all parsers. */
function parametersOf(url: string): Parameter[] | undefined {
  const mark = url.indexOf('?');
  if (mark === -1 || isDisputed(url, mark)) return undefined;
  const members = url.slice(mark + 1).split('&', MOST_PARAMETERS + 1);
  // Some pass over a question mark at the start, where a parameter would come to stand if those before it were left out.
  if (members.length > MOST_PARAMETERS || members.some((raw) => raw.startsWith('?'))) return undefined;
  // Two `&` in a row, or one at an end, have nothing between them for any parser.
  return members.filter((raw) => raw !== '').map((raw) => ({ raw, name: parameterName(raw) }));
}

function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const tests = patterns.map(wildcardTest);
  return (name) => tests.some((matches) => matches(name));
}

/** Whether parsers differ on where the query begins or ends: some end it at `#`, some begin it at `;`. */
function isDisputed(url: string, mark: number): boolean {
  const semicolon = url.indexOf(';');
  return url.includes('#') || (semicolon !== -1 && semicolon < mark);
}

function sorted(parameters: readonly Parameter[]): readonly Parameter[] {
  // `[a]=1` and `b;a=1` may be other ways to write `a=1`, to which their order would matter.
  if (parameters.some(({ name, raw }) => name.root === '' || raw.includes(';'))) return parameters;
  return parameters.toSorted((a, b) => compare(a.name.root, b.name.root));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

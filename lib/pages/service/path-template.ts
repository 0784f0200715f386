import { InvalidCacheArgumentError } from '../../core/errors.js';
import { show } from '../../core/show.js';

/** Values of the parameters of a route by name; a list for a wildcard that stands for several segments. */
export type RouteParameters = Readonly<Record<string, string | number | readonly (string | number)[]>>;

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter' | 'wildcard'; readonly name: string; readonly isOptional: boolean }
  | { readonly kind: 'group'; readonly parts: readonly Part[] };

/** A name after `:` or `*`, with the pattern that Fastify allows behind it, and its mark of an optional one. */
const NAMED = /^[:*]("(?:[^"\\]|\\.)+"|\w*)(\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))?(\?)?/;

/** A path as controllers write it for Express or Fastify: `/films/:id`, `/files/*path`, `/films{/:id}`. */
export class PathTemplate {
  readonly #parts: readonly Part[];
  readonly #pattern: RegExp;

  constructor(readonly template: string) {
    this.#parts = partsOf(template);
    this.#pattern = new RegExp(`^${patternOf(this.#parts)}/*$`, 'is');
  }

  /** How much of a path it says itself: of two that match, the one that says more is meant. */
  get weight(): number {
    return this.#parts.reduce((sum, part) => sum + (part.kind === 'text' ? part.text.length : 0), 0);
  }

  /**
   * Returns the paths that parameters make of it: several where it has a part that may be absent.
   *
   * @throws {InvalidCacheArgumentError} if a parameter is missing
   */
  pathsFor(parameters: RouteParameters): string[] {
    return fill(this.#parts, parameters, this.template);
  }

  /** Returns the parameters of a path, or undefined if it is none of this template. */
  match(path: string): Record<string, string> | undefined {
    const match = this.#pattern.exec(path);
    if (!match) return undefined;
    const values = match.slice(1);
    const names = namesIn(this.#parts);
    return Object.fromEntries(
      names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, decoded(values[index])]])),
    );
  }
}

function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let rest = template;
  while (rest !== '') {
    const { length, part } = partAt(rest);
    parts.push(part);
    rest = rest.slice(length);
  }
  return parts;
}

function partAt(rest: string): { part: Part; length: number } {
  const named = rest[0] === ':' || rest[0] === '*' ? NAMED.exec(rest) : null;
  if (named) {
    const [whole, name = '', , optional] = named;
    const kind = rest[0] === ':' ? 'parameter' : 'wildcard';
    // Fastify calls what its nameless wildcard matches `*`.
    const known = name === '' ? '*' : name.replaceAll(/^"|"$/g, '');
    return { part: { kind, name: known, isOptional: optional !== undefined }, length: whole.length };
  }
  const end = rest.startsWith('{') ? endOfGroup(rest) : undefined;
  if (end !== undefined)
    return { part: { kind: 'group', parts: partsOf(rest.slice(1, end)) }, length: end + 1 };
  const text = /^\\(.)|^[^:*{\\]+/s.exec(rest) ?? /^./s.exec(rest)!;
  return { part: { kind: 'text', text: text[1] ?? text[0] }, length: text[0].length };
}

function endOfGroup(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return undefined;
}

function fill(parts: readonly Part[], parameters: RouteParameters, template: string): string[] {
  let paths = [''];
  for (const part of parts) {
    const endings = endingsOf(part, parameters, template);
    paths = paths.flatMap((path) => endings.map((ending) => path + ending));
  }
  return paths;
}

function endingsOf(part: Part, parameters: RouteParameters, template: string): string[] {
  if (part.kind === 'text') return [part.text];
  if (part.kind === 'group') {
    const names = namesIn(part.parts);
    if (names.some((name) => parameters[name] === undefined)) return [''];
    const filled = fill(part.parts, parameters, template);
    return names.length === 0 ? ['', ...filled] : filled;
  }
  const value = parameters[part.name];
  if (value !== undefined) return [written(value)];
  if (part.isOptional) return [''];
  throw new InvalidCacheArgumentError(
    `The route "${template}" has the parameter "${part.name}", which is missing in ${show(parameters)}.`,
  );
}

function written(value: string | number | readonly (string | number)[]): string {
  const segments = typeof value === 'string' || typeof value === 'number' ? [value] : value;
  return segments.map((segment) => encodeURIComponent(String(segment).toWellFormed())).join('/');
}

function namesIn(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => {
    if (part.kind === 'text') return [];
    return part.kind === 'group' ? namesIn(part.parts) : [part.name];
  });
}

function patternOf(parts: readonly Part[]): string {
  return parts.map(patternOfPart).join('');
}

function patternOfPart(part: Part): string {
  if (part.kind === 'text') return part.text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  if (part.kind === 'group') return `(?:${patternOf(part.parts)})?`;
  if (part.kind === 'wildcard') return '(.*)';
  return part.isOptional ? '([^/]*)' : '([^/]+)';
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

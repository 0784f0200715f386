import { createRequire } from 'node:module';
import { parse as parseQuerystring } from 'node:querystring';

/** What an application sees of a query: values by name, nested where the parser nests. */
export type ParsedQuery = Readonly<Record<string, unknown>>;

const requireHere = createRequire(import.meta.url);
const requireOf = (...chain: string[]): unknown => {
  const last = chain.pop()!;
  // Each comes with the one before it, the first with this project.
  return chain.reduce((from, name) => createRequire(from.resolve(name)), requireHere)(last);
};

const qs = requireOf('@nestjs/platform-express', 'express', 'qs') as {
  parse(query: string, options?: object): ParsedQuery;
};
const fast = requireOf('@nestjs/platform-fastify', 'fastify', 'fast-querystring') as {
  parse(query: string): ParsedQuery;
};

function parseForm(query: string): ParsedQuery {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)]));
}

/** The parsers that applications on Express and Fastify use, as they come, and in the ways that are often asked for. */
export const queryParsers: [name: string, parse: (query: string) => ParsedQuery][] = [
  ['node:querystring, the simple one of Express', (query) => parseQuerystring(query)],
  ['qs, the extended one of Express', (query) => qs.parse(query, { allowPrototypes: true })],
  ['qs with points', (query) => qs.parse(query, { allowDots: true, allowPrototypes: true })],
  ['fast-querystring, the one of Fastify', (query) => fast.parse(query)],
  ['URLSearchParams', parseForm],
  ['one that splits at semicolons as well', (query) => parseForm(query.replaceAll(';', '&'))],
];

/** How routers find the query: all that follows the first `?`, or only up to a `#`. */
export const querySplitters: [name: string, queryOf: (url: string) => string][] = [
  ['up to the end', (url) => afterMark(url)],
  ['up to a #', (url) => afterMark(url.split('#', 1)[0]!)],
];

function afterMark(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}

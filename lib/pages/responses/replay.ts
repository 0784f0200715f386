import { isAscii } from 'node:buffer';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Clock, EpochMs } from '../../core/clock.js';
import { type CacheHandling, type ForwardReason, withCacheStatus } from '../../http/cache-status.js';
import { evaluateConditions } from '../../http/conditions.js';
import { fieldText } from '../../http/header-fields.js';
import { ageOf, type Page, SHORT_PAGE_BYTES } from '../store/page.js';
import type { PageRequest } from '../requests/page-request.js';
import type { ReplayTurn } from '../flights/page-turn.js';
import { isBare, noteForLogs, type PlatformReply, silence, takeHeaders, takeOver } from './platform-reply.js';

/**
 * The fields of a 304 answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
 */
const FIELDS_OF_304 = new Set([
  'cache-control',
  'content-location',
  'etag',
  'expires',
  'vary',
  'last-modified',
]);

/** What middleware may have said of a body that the answer does not have, or has in another form. */
const FIELDS_OF_BODY = ['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'trailer'];
const FIELDS_OF_PARTS = ['transfer-encoding', 'trailer'];
/** What speaks of a body that a 304 does not have. */
const FIELDS_OF_CONTENT = /^content-(?:disposition|encoding|language|length|range|type)$/i;

/** Where a page is replayed. */
export interface Stage {
  readonly clock: Clock;
  /** Whether nobody does anything with the reply after that. */
  readonly isOutermost: boolean;
  /** Whether somebody looks afterwards at what was said. */
  readonly isWatched: boolean;
}

type Fields = Record<string, string | readonly string[]>;

/** Answers a request with a stored page, or with 304 if the client has it already. */
export function replay(
  turn: ReplayTurn,
  request: PageRequest,
  reply: PlatformReply,
  { clock, isOutermost, isWatched }: Stage,
): void {
  const { page } = turn;
  const isKnown = isKnownTo(request, page);
  const status = isKnown ? 304 : page.status;
  const isFirst = !isWatched && isBare(reply);
  const response = isOutermost ? takeHeaders(reply) : takeOver(reply);
  const age = Math.floor(ageOf(page, clock.now()));
  const fields = isKnown ? fieldsOf304(page, age) : fieldsOf(page, age);
  const cacheStatus = request.tellsStatus ? statusField(response, turn, age) : undefined;
  if (isFirst) {
    const head = withStatus(fields, cacheStatus);
    response.writeHead(status, head as Record<string, string>);
    noteForLogs(reply, head);
  } else {
    response.statusCode = status;
    sayAmongOthers(response, page, isKnown, fields);
    if (cacheStatus !== undefined) response.setHeader('Cache-Status', cacheStatus);
  }
  if (isKnown || request.method === 'HEAD') response.end();
  else sendBody(page, response);
  if (!isOutermost) silence(response);
}

/** Names and values by turns: the form that Node takes without looking at each name, and that is copied at no cost. */
type FlatHead = (string | readonly string[])[];

/** How a page goes out that has all its fields, within one second. */
interface LoneAnswer {
  readonly age: number;
  readonly head: FlatHead;
  /** With what is told of the cache. */
  readonly tellingHead: FlatHead;
  readonly body: string | Buffer;
}

const loneAnswers = new WeakMap<Page, LoneAnswer>();

/**
 * Answers a request with a page that has all its fields, on a response that nobody else has to do with.
 *
 * @returns the status
 */
export function replayAlone(
  page: Page,
  request: IncomingMessage,
  response: ServerResponse,
  { now, tellsStatus }: { readonly now: EpochMs; readonly tellsStatus: boolean },
): number {
  const age = Math.floor(ageOf(page, now));
  let answer = loneAnswers.get(page);
  if (answer?.age !== age) loneAnswers.set(page, (answer = loneAnswerOf(page, age)));
  const head = tellsStatus ? answer.tellingHead : answer.head;
  if (isKnownTo(request as Parameters<typeof isKnownTo>[0], page)) {
    response.writeHead(304, headWithoutBody(head));
    response.end();
    return 304;
  }
  // A copy: what wraps the response may put something into the list.
  response.writeHead(page.status, head.slice() as string[]);
  if (request.method === 'HEAD') response.end();
  else if (typeof answer.body === 'string') response.end(answer.body, 'latin1');
  else response.end(answer.body);
  return page.status;
}

function loneAnswerOf(page: Page, age: number): LoneAnswer {
  const head: FlatHead = Object.entries(fieldsOf(page, age)).flat();
  const status = withCacheStatus(undefined, { hit: true, ...ttlOf(page, age) });
  return {
    age,
    head,
    tellingHead: [...head, 'Cache-Status', status],
    body: preparedOf(page, age).text ?? page.body,
  };
}

function headWithoutBody(head: FlatHead): string[] {
  return head.filter((_part, at) => !FIELDS_OF_CONTENT.test(String(head[at - (at % 2)]))) as string[];
}

function sendBody(page: Page, response: ServerResponse): void {
  const text = prepared.get(page)?.text;
  if (text === undefined) response.end(page.body);
  else response.end(text, 'latin1');
}

/** A page in the place of what a handler said. */
export interface InsteadTurn {
  readonly page: Page;
  readonly fwd: ForwardReason;
  /** The status of what the handler said, if it said one. */
  readonly fwdStatus?: number;
}

/**
 * Answers a request with a page although its handler has begun to answer, or has failed.
 *
 * @param before the headers that were there before the handler ran
 */
export function replayInstead(
  { fwd, fwdStatus, page }: InsteadTurn,
  request: PageRequest,
  response: ServerResponse,
  before: OutgoingHttpHeaders,
  clock: Clock,
): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  for (const [name, value] of Object.entries(before))
    if (value !== undefined) response.setHeader(name, value);
  const isKnown = isKnownTo(request, page);
  const age = Math.floor(ageOf(page, clock.now()));
  response.statusCode = isKnown ? 304 : page.status;
  sayAmongOthers(response, page, isKnown, isKnown ? fieldsOf304(page, age) : fieldsOf(page, age));
  if (request.tellsStatus) {
    const handling = { fwd, ...(fwdStatus !== undefined && { fwdStatus }), ...ttlOf(page, age) };
    response.setHeader(
      'Cache-Status',
      withCacheStatus(fieldText(response.getHeader('Cache-Status')), handling),
    );
  }
  if (isKnown || request.method === 'HEAD') response.end();
  else response.end(page.body);
  silence(response);
}

/** Conditions are asked of successes alone. */
function isKnownTo(
  request: Pick<PageRequest, 'method' | 'headers'>,
  { entityTag, lastModified, status }: Page,
): boolean {
  const { headers } = request;
  if (headers['if-none-match'] === undefined && headers['if-modified-since'] === undefined) return false;
  if (status < 200 || status > 299) return false;
  return evaluateConditions(request, { entityTag, lastModified }) === 'not-modified';
}

/** What hits of one page have in common; pages in memory are read again and again. */
interface Prepared {
  readonly text: string | undefined;
  age: number;
  fields: Fields;
}

const prepared = new WeakMap<Page, Prepared>();

/** The same object for all hits within a second: it is copied before others see it. */
function fieldsOf(page: Page, age: number): Fields {
  const ready = preparedOf(page, age);
  if (ready.age !== age) {
    ready.fields = { ...ready.fields, Age: String(age) };
    ready.age = age;
  }
  return ready.fields;
}

function preparedOf(page: Page, age: number): Prepared {
  let ready = prepared.get(page);
  if (!ready) {
    const { body, headers, status } = page;
    const fields = {
      ...Object.fromEntries(headers),
      ...timesOf(page, age),
      // https://www.rfc-editor.org/rfc/rfc9110#section-8.6
      ...(status !== 204 && { 'Content-Length': String(body.length) }),
    };
    // Of ASCII alone: middleware that looks at the text need not know its encoding.
    const text = body.length <= SHORT_PAGE_BYTES && isAscii(body) ? body.toString('latin1') : undefined;
    prepared.set(page, (ready = { text, age, fields }));
  }
  return ready;
}

function fieldsOf304(page: Page, age: number): Fields {
  const lines = page.headers.filter(([name]) => FIELDS_OF_304.has(name.toLowerCase()));
  return { ...Object.fromEntries(lines), ...timesOf(page, age) };
}

function timesOf({ date, storedAt }: Page, age: number): Fields {
  return { Date: new Date(date ?? storedAt).toUTCString(), Age: String(age) };
}

function withStatus(fields: Fields, cacheStatus: string | undefined): Fields {
  // Middleware around `writeHead` may change the object that it is given.
  return cacheStatus === undefined ? { ...fields } : { ...fields, 'Cache-Status': cacheStatus };
}

function sayAmongOthers(response: ServerResponse, page: Page, isKnown: boolean, fields: Fields): void {
  for (const name of page.removed) response.removeHeader(name);
  for (const name of isKnown ? FIELDS_OF_BODY : FIELDS_OF_PARTS) response.removeHeader(name);
  for (const name in fields) response.setHeader(name, ownCopy(fields[name]!));
}

/** `appendHeader` of Node adds to the very list that was set. */
function ownCopy(value: string | readonly string[]): string | readonly string[] {
  return typeof value === 'string' ? value : [...value];
}

function statusField(
  response: ServerResponse,
  { collapsed, page, standsIn }: ReplayTurn,
  age: number,
): string {
  const handling: CacheHandling =
    collapsed === undefined
      ? { hit: true, ...ttlOf(page, age), ...(standsIn && { detail: 'stands-in' }) }
      : { fwd: collapsed, collapsed: true };
  return withCacheStatus(fieldText(response.getHeader('Cache-Status')), handling);
}

function ttlOf({ lifetime }: Page, age: number): { ttl?: number } {
  return lifetime === null ? {} : { ttl: lifetime - age };
}

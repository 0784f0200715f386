import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { CacheView } from '../../cache/cache-view.js';
import type { EpochMs } from '../../core/clock.js';
import { ADDRESSING_FIELDS, addressingValues, saysAddress } from '../../http/addressing.js';
import { fieldText, type HeaderLine, storedFields } from '../../http/header-fields.js';
import { parseVary, selectingValues } from '../../http/vary.js';
import { linesOf } from '../responses/response-capture.js';
import type { ServedRequest } from '../requests/page-request.js';
import type { PagePlan } from '../rules/page-plans.js';
import type { Page, PageEntry } from '../store/page.js';

/** What a request has to show to get a page early, which the application would otherwise have found out. */
export interface EarlyPage {
  readonly plan: PagePlan;
  readonly cache: CacheView<PageEntry>;
  /** The page with all fields of its answer, those of middleware too. */
  readonly page: Page;
  readonly host: string | undefined;
  readonly isEncrypted: boolean;
  /** What the request said of its own address beside Host and URL, and who said it: the platform does not believe everybody. */
  readonly addressing: string;
  /** The request fields that the answer varies on, and what they were. */
  readonly variesOn: readonly string[];
  readonly values: readonly (string | null)[];
  readonly learnedAt: EpochMs;
  /** How many removals there had been when the page was looked for. */
  readonly removals: number;
}

/** A request whose answer may be remembered, as it was before anything was looked for or computed. */
export interface Lesson {
  readonly plan: PagePlan;
  readonly request: ServedRequest;
  /** Node's own request. */
  readonly raw: IncomingMessage;
  /** Handlers may change those of the request. */
  readonly headers: IncomingHttpHeaders;
  readonly beganAt: EpochMs;
  readonly removals: number;
}

/** Browsers are told by Origin who may read an answer, and middleware that tells them does not always say so in Vary. */
const ALWAYS_VARIED_ON = ['origin'];
const NO_ADDRESSING = '';

/**
 * Returns what is to be remembered of an answer that has been sent; undefined if it may not be the same for all who ask alike.
 *
 * @param alsoVariesOn request fields by which routes of one URL are told apart
 */
export function earlyPageOf(
  { beganAt, headers, plan, raw, removals, request }: Lesson,
  page: Page,
  response: ServerResponse,
  alsoVariesOn: readonly string[],
): EarlyPage | undefined {
  if (request.hasUser || headers.authorization !== undefined || page.setsCookies || page.part)
    return undefined;
  const sent = response.headersSent ? fieldsAsSent(page, response) : undefined;
  if (!sent) return undefined;
  const said = parseVary(fieldText(sent.find(([name]) => name.toLowerCase() === 'vary')?.[1]));
  if (said === '*') return undefined;
  const variesOn = [
    ...new Set([
      ...said,
      ...plan.vary,
      ...plan.store.knownVary(request),
      ...alsoVariesOn,
      ...ALWAYS_VARIED_ON,
    ]),
  ];
  // Middleware may have put other values there, which a request that nobody has touched does not have.
  const isUntouched = [...variesOn, 'host', 'forwarded', ...ADDRESSING_FIELDS].every((name) =>
    isAsItCame(raw, name, headers[name]),
  );
  if (!isUntouched) return undefined;
  return {
    plan,
    cache: plan.store.cache,
    page: { ...page, headers: sent },
    host: hostOf(headers),
    isEncrypted: isEncrypted(raw),
    addressing: addressingOf(headers, raw),
    variesOn,
    values: selectingValues(variesOn, headers),
    learnedAt: beganAt,
    removals,
  };
}

/** Undefined if it was sent in a form, or with a cookie, that middleware made for one visitor. */
function fieldsAsSent(page: Page, response: ServerResponse): HeaderLine[] | undefined {
  const encoding = page.headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  const isOwn = fieldText(response.getHeader('content-encoding')) === fieldText(encoding);
  if (!isOwn || response.hasHeader('set-cookie')) return undefined;
  // HTTP/2 has the status among them.
  const lines = linesOf(response).filter(([name]) => !name.startsWith(':'));
  return storedFields(lines, fieldText(response.getHeader('connection')));
}

function isAsItCame(
  { rawHeaders }: IncomingMessage,
  name: string,
  value: string | readonly string[] | undefined,
): boolean {
  const lines: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]!.toLowerCase() === name) lines.push(rawHeaders[at + 1]!);
  const text = fieldText(value);
  if (lines.length === 0) return text === undefined;
  // Node joins some fields with a comma, cookies with a semicolon, and of others takes the first line.
  return text === lines.join(', ') || text === lines.join('; ') || text === lines[0];
}

/** Whether a request gets the page: it says the same as the one that the page was learned from, as far as that matters. */
export function isFor(early: EarlyPage, request: IncomingMessage): boolean {
  const { headers } = request;
  if (hostOf(headers) !== early.host || isEncrypted(request) !== early.isEncrypted) return false;
  const { values, variesOn } = early;
  for (let at = 0; at < variesOn.length; at++)
    if (valueOf(headers, variesOn[at]!) !== values[at]) return false;
  return early.addressing === NO_ADDRESSING
    ? !saysAddress(headers)
    : addressingOf(headers, request) === early.addressing;
}

function valueOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return fieldText(value) ?? null;
}

/** `:authority` is that of HTTP/2. */
function hostOf(headers: IncomingHttpHeaders): string | undefined {
  return headers.host ?? fieldText(headers[':authority']);
}

function isEncrypted({ socket }: IncomingMessage): boolean {
  return (socket as { readonly encrypted?: boolean }).encrypted === true;
}

function addressingOf(headers: IncomingHttpHeaders, { socket }: IncomingMessage): string {
  const values = addressingValues(headers);
  return values.length === 0 ? NO_ADDRESSING : JSON.stringify([socket.remoteAddress, ...values]);
}

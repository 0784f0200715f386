import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { CacheView } from '../../cache/cache-view.js';
import type { EpochMs } from '../../core/clock.js';
import { addressingValues, saysAddress } from '../../http/addressing.js';
import { fieldText, type HeaderLine } from '../../http/header-fields.js';
import { parseVary, selectingValues } from '../../http/vary.js';
import type { PageRequest } from '../requests/page-request.js';
import type { PagePlan } from '../rules/page-plans.js';
import type { Page, PageEntry } from '../store/page.js';

/** What a request has to show to get a page early, which the application would otherwise have found out. */
export interface EarlyPage {
  readonly plan: PagePlan;
  readonly cache: CacheView<PageEntry>;
  readonly tellsStatus: boolean;
  /** The page with all fields of its answer, those of middleware too. */
  readonly page: Page;
  readonly host: string | undefined;
  readonly isEncrypted: boolean;
  /** What the request said of its own address beside Host and URL. */
  readonly addressing: string;
  /** The request fields that the answer varies on, and what they were. */
  readonly variesOn: readonly string[];
  readonly values: readonly (string | null)[];
  readonly learnedAt: EpochMs;
  /** How many removals there had been when the page was looked for. */
  readonly removals: number;
}

/** Where a page was learned. */
export interface Lesson {
  readonly plan: PagePlan;
  readonly request: PageRequest;
  /** The request as it came. */
  readonly raw: IncomingMessage;
  readonly page: Page;
  /** The headers said before the handler ran, or would have run. */
  readonly before: OutgoingHttpHeaders;
  readonly removals: number;
  readonly alsoVariesOn: readonly string[];
}

const NO_ADDRESSING = '';

/** Returns what is to be remembered of an answer; undefined if it may not be the same for all who ask alike. */
export function earlyPageOf(
  { alsoVariesOn, before, page, plan, raw, removals, request }: Lesson,
  now: EpochMs,
): EarlyPage | undefined {
  // What middleware hands out here is one visitor's.
  if (before['set-cookie'] !== undefined || page.setsCookies || page.part) return undefined;
  const headers = fieldsAsSent(page, before);
  const said = parseVary(fieldText(headers.find(([name]) => name.toLowerCase() === 'vary')?.[1]));
  if (said === '*') return undefined;
  const variesOn = [...new Set([...said, ...plan.vary, ...plan.store.knownVary(request), ...alsoVariesOn])];
  // Middleware may have put other values there, which a request that nobody has touched does not have.
  if (!variesOn.every((name) => isAsItCame(raw, name, request.headers[name]))) return undefined;
  return {
    plan,
    cache: plan.store.cache,
    tellsStatus: request.tellsStatus,
    page: { ...page, headers },
    host: raw.headers.host ?? hostOf(raw.headers),
    isEncrypted: isEncrypted(raw),
    addressing: addressingOf(raw.headers),
    variesOn,
    values: selectingValues(variesOn, raw.headers),
    learnedAt: now,
    removals,
  };
}

function fieldsAsSent({ headers, removed }: Page, before: OutgoingHttpHeaders): HeaderLine[] {
  const named = new Set([...headers.map(([name]) => name.toLowerCase()), ...removed]);
  const others = Object.entries(before).filter(([name, value]) => value !== undefined && !named.has(name));
  return [
    ...others.map(([name, value]): HeaderLine => [name, Array.isArray(value) ? value : String(value)]),
    ...headers,
  ];
}

function isAsItCame(
  { rawHeaders }: IncomingMessage,
  name: string,
  value: string | readonly string[] | number | undefined,
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
  if ((headers.host ?? hostOf(headers)) !== early.host || isEncrypted(request) !== early.isEncrypted)
    return false;
  const { values, variesOn } = early;
  for (let at = 0; at < variesOn.length; at++)
    if (valueOf(headers, variesOn[at]!) !== values[at]) return false;
  return early.addressing === NO_ADDRESSING
    ? !saysAddress(headers)
    : addressingOf(headers) === early.addressing;
}

function valueOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return fieldText(value) ?? null;
}

/** Over HTTP/2. */
function hostOf(headers: IncomingHttpHeaders): string | undefined {
  return fieldText(headers[':authority']);
}

function isEncrypted({ socket }: IncomingMessage): boolean {
  return (socket as { readonly encrypted?: boolean }).encrypted === true;
}

function addressingOf(headers: IncomingHttpHeaders): string {
  const values = addressingValues(headers);
  return values.length === 0 ? NO_ADDRESSING : JSON.stringify(values);
}
